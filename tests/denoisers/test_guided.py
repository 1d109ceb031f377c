"""Classifier-free guidance in one batch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dreammix.conditioning import Conditioning
from dreammix.denoisers import Denoiser, HeadUNet, guided
from tests.denoisers.conftest import Bench

SIGMA = torch.tensor(2.5)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("weight", [1.5, 4.0, 30.0])
def test_two_calls(bench: Bench, weight: float, rows: int) -> None:
    """One batch gives what two calls give, for words that all variants share and for words of their own."""
    unet, x = bench.unet(), bench.latents()

    def bind(words: Conditioning) -> Denoiser:
        return HeadUNet(bench.bound(unet, words), bench.head(), bench.inpainting())

    positive, negative = bench.words(rows, seed=1), bench.words(rows, seed=2)
    with_words, without = bind(positive)(x, SIGMA), bind(negative)(x, SIGMA)
    assert (with_words - without).abs().max() > 1e-3
    torch.testing.assert_close(
        guided(bind, positive, negative, weight)(x, SIGMA),
        without + weight * (with_words - without),
        rtol=1e-4,
        atol=1e-5 * weight,
    )


def test_watched(bench: Bench) -> None:
    """Who watches is told at each step what the words changed, without the guidance's weight."""
    unet, x = bench.unet(), bench.latents()

    def bind(words: Conditioning) -> Denoiser:
        return HeadUNet(bench.bound(unet, words), bench.head(), bench.inpainting())

    positive, negative = bench.words(seed=1), bench.words(seed=2)
    seen: list[Tensor] = []
    guided(bind, positive, negative, 7, seen.append)(x, SIGMA)
    (change,) = seen
    expected = bind(positive)(x, SIGMA) - bind(negative)(x, SIGMA)
    torch.testing.assert_close(change, expected, rtol=1e-4, atol=1e-5)


def test_weight_of_one(bench: Bench) -> None:
    """Without guidance the negative words are never bound."""
    bound: list[Conditioning] = []

    def bind(words: Conditioning) -> Denoiser:
        bound.append(words)
        return bench.bound(bench.unet(), words)

    positive = bench.words(seed=1)
    guided(bind, positive, bench.words(seed=2), 1)(bench.latents(), SIGMA)
    assert bound == [positive]
