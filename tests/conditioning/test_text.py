"""What the U-Net is told is what SDXL's own pipeline tells it, to the bit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor

from dreammix.conditioning import Conditioning, TextEncoders, time_ids
from dreammix.conditioning.text import MAX_HEARD
from dreammix.models.base import load
from dreammix.protocol import Size

PROMPTS = ["a red mug", "", "a red red red red red red thing that is far too long for sixteen tokens"]


@pytest.fixture(scope="module")
def text(tiny_model: Path) -> TextEncoders:
    """The tiny model's encoders."""
    return load(tiny_model).text


@pytest.fixture(scope="module")
def pipeline(tiny_model: Path, text: TextEncoders) -> StableDiffusionXLPipeline:
    """Diffusers' pipeline of the same parts."""
    model = load(tiny_model)
    return StableDiffusionXLPipeline(
        vae=model.autoencoder.vae,
        unet=model.unet,
        text_encoder=text.encoders[0],
        text_encoder_2=text.encoders[1],
        tokenizer=text.tokenizers[0],
        tokenizer_2=text.tokenizers[1],
        scheduler=None,
        add_watermarker=False,
    )


@pytest.mark.parametrize("prompt", PROMPTS)
def test_words_are_encoded_as_sdxl_encodes_them(
    text: TextEncoders, pipeline: StableDiffusionXLPipeline, prompt: str
) -> None:
    """Tokens and pooled embedding of a prompt, empty or too long as it may be, are the pipeline's."""
    ours = text.encode([prompt])
    tokens, _, pooled, _ = pipeline.encode_prompt(prompt, device="cpu", do_classifier_free_guidance=False)
    assert torch.equal(ours.tokens, tokens)
    assert torch.equal(ours.pooled, pooled)


def test_several_prompts_are_rows(text: TextEncoders) -> None:
    """Prompts encoded together are encoded as each alone would be."""
    together = text.encode(PROMPTS)
    assert together.tokens.shape[:2] == (3, text.tokenizers[0].model_max_length)
    for row, prompt in enumerate(PROMPTS):
        alone = text.encode([prompt])
        torch.testing.assert_close(together.tokens[row], alone.tokens[0])
        torch.testing.assert_close(together.pooled[row], alone.pooled[0])


def test_only_states_has_gradients(text: TextEncoders) -> None:
    """Training goes through the encoders, sampling does not."""
    assert text.states(text.ids(["red"])).tokens.requires_grad
    assert text.states(text.ids(["red"])).pooled.requires_grad
    encoded = text.encode(["red"])
    assert not encoded.tokens.requires_grad
    assert not encoded.pooled.requires_grad


def runs_of(text: TextEncoders, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many prompts the encoders are given, each time that they run."""
    runs: list[int] = []
    usual = TextEncoders.states

    def states(text: TextEncoders, ids: tuple[Tensor, Tensor]) -> Conditioning:
        runs.append(len(ids[0]))
        return usual(text, ids)

    monkeypatch.setattr(TextEncoders, "states", states)
    return runs


def test_prompts_are_encoded_once(text: TextEncoders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, the encoders do not run, and what they said is the same; another value has to ask."""
    fresh = replace(text)
    runs = runs_of(fresh, monkeypatch)
    first, second = fresh.encode(["red", ""]), fresh.encode(["red", ""])
    assert runs == [2]
    assert torch.equal(first.tokens, second.tokens)
    replace(fresh).encode(["red", ""])
    assert runs == [2, 2]


def test_the_oldest_words_are_forgotten(text: TextEncoders, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for so many prompts; those that were asked for lately stay."""
    fresh = replace(text)
    runs = runs_of(fresh, monkeypatch)
    fresh.encode(["old"])
    fresh.encode(["kept"])
    fresh.encode(["new"] * (MAX_HEARD - 2))
    fresh.encode(["kept"])
    fresh.encode(["one more"])
    runs.clear()
    for prompts in (["kept"], ["one more"], ["new"] * (MAX_HEARD - 2)):
        fresh.encode(prompts)
    assert runs == []
    fresh.encode(["old"])
    assert runs == [1]


def test_size_numbers_are_sdxls(pipeline: StableDiffusionXLPipeline) -> None:
    """Original size, no crop, target size: height first, as the pipeline has them."""
    ours = time_ids(Size(96, 64))
    theirs = pipeline._get_add_time_ids(
        (64, 96), (0, 0), (64, 96), dtype=torch.float32, text_encoder_projection_dim=ours_projection(pipeline)
    )
    assert torch.equal(ours, theirs)


def ours_projection(pipeline: StableDiffusionXLPipeline) -> int:
    """Width of the pooled embedding, which the pipeline wants to check."""
    return int(pipeline.text_encoder_2.config.projection_dim)
