"""A vision-language model of LLaVA's classes, small enough to learn by heart what two pictures look like."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from dreammix.attributes.asking import describing

SIDE, PATCH, STEPS = 28, 14, 120
SPECIAL = ("<pad>", "<s>", "</s>", "<image>")
TEMPLATE = (
    "{% for m in messages %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}\n{% endif %}"
)


def _processor(class_word: str) -> Any:  # transformers gives its processors no types.
    bytewise = Tokenizer(models.BPE())
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    # The question becomes few tokens, so that it is learned soon.
    learner = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bytewise.train_from_iterator([describing(class_word)] * 2, learner)
    pad, start, end, image = SPECIAL
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytewise,
        pad_token=pad,
        bos_token=start,
        eos_token=end,
        extra_special_tokens={"image_token": image},
    )
    return LlavaProcessor(
        image_processor=CLIPImageProcessorPil(
            size={"height": SIDE, "width": SIDE}, crop_size={"height": SIDE, "width": SIDE}
        ),
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )


def _model(vocabulary: int) -> Any:
    torch.manual_seed(0)
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        projection_dim=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
    )
    text = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlavaForConditionalGeneration(
        LlavaConfig(vision_config=vision, text_config=text, image_token_index=3, image_seq_length=4)
    )


def save_tiny_seer(folder: Path, answers: Mapping[tuple[int, int, int], str], class_word: str) -> None:
    """Write a model that learned the answer for a plain picture of each colour; for none, a random one."""
    processor = _processor(class_word)
    model = _model(len(processor.tokenizer))
    if answers:
        _learn(model, processor, answers, class_word)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def _learn(model: Any, processor: Any, answers: Mapping[tuple[int, int, int], str], class_word: str) -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in answers]
    question = [{"type": "image"}, {"type": "text", "text": describing(class_word)}]
    asked = processor.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True)
    batch = processor(
        text=[f"{asked}{answer}</s>" for answer in answers.values()],
        images=pictures,
        padding=True,
        padding_side="right",
        return_tensors="pt",
    )
    answered = max(len(answer) for answer in answers.values()) + 1
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    labels[:, : labels.shape[1] - answered] = -100
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(STEPS):
        optimiser.zero_grad()
        model(**batch, labels=labels).loss.backward()
        optimiser.step()
