"""What the metrics CLIP learns from, and that it learns."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from dreammix.sandbox import clip
from dreammix.sandbox.training import clip as training
from dreammix.sandbox.training.loop import rng_for
from dreammix.sandbox.world import Category


def looks(count: int) -> list[training.Look]:
    """The first looks of a stream."""
    return [training.sample_look(rng_for(3, 5, 0, k)) for k in range(count)]


def test_a_look_depends_on_its_stream_alone() -> None:
    """The same stream gives the same look, so that a resumed run sees the same data."""
    for first, again in zip(looks(4), looks(4), strict=True):
        np.testing.assert_array_equal(first.picture, again.picture)
        assert (first.caption, first.answers) == (again.caption, again.answers)


def test_every_category_and_every_defect_is_looked_at() -> None:
    """What the judge can answer, training asks about; a defect answers nothing else."""
    drawn = looks(150)
    assert {look.answers[0] for look in drawn} == set(range(len(clip.CATEGORY)))
    for look in drawn:
        spoilt = look.answers[0] >= len(Category)
        assert all((answer == training.UNASKED) is spoilt for answer in look.answers[1:])
        assert look.picture.shape == (clip.LOOK_SIDE, clip.LOOK_SIDE, 3)
        assert 0 <= look.picture.min() <= look.picture.max() <= 1


def test_an_objects_caption_agrees_with_its_answers() -> None:
    """The class word of the caption is the category that is asked for."""
    for look in looks(40):
        if look.answers[0] < len(Category):
            assert list(Category)[look.answers[0]].value in look.caption


@pytest.fixture
def tokenizer(tiny_model: Path) -> CLIPTokenizer:
    """One that knows letters."""
    loaded: CLIPTokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    return loaded


def test_a_few_steps_on_few_looks_lower_the_loss(
    tokenizer: CLIPTokenizer, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gradient reaches both encoders, and goes the right way."""
    monkeypatch.setattr(training, "SHARD", 16)
    vae = AutoencoderKL.from_pretrained(tiny_model / "vae", torch_dtype=torch.float32)
    shard = training.make_shard(0, 0, vae, tokenizer)
    assert -1 <= shard.pictures.min() < shard.pictures.max() <= 1
    torch.manual_seed(0)
    model = clip.untrained(tokenizer)
    questions = [clip.token_ids(tokenizer, sentences) for sentences in training.ASKED]
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        loss = training.loss(model, questions, shard)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    assert all(p.grad is not None and bool(p.grad.abs().any()) for p in model.vision.classifier.parameters())
    assert all(p.grad is not None for p in model.text.text_projection.parameters())
