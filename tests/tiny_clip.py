"""A CLIP of random weights, as transformers saves one."""

from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPProcessor, CLIPTokenizer


def save_tiny_clip(folder: Path, tiny_model: Path) -> None:
    """Write one whose words are those of a model's folder."""
    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = CLIPConfig(
        text_config={**shape, **ends, "vocab_size": len(tokenizer)},
        vision_config={**shape, "image_size": 28, "patch_size": 14},
        projection_dim=16,
    )
    CLIPModel(config).save_pretrained(folder)
    seeing = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    CLIPProcessor(image_processor=seeing, tokenizer=tokenizer).save_pretrained(folder)
