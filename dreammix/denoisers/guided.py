"""Classifier-free guidance in one batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dreammix.conditioning import Conditioning
from dreammix.denoisers.contract import Denoiser


def guided(
    bind: Callable[[Conditioning], Denoiser], positive: Conditioning, negative: Conditioning, weight: float
) -> Denoiser:
    """A denoiser led towards `positive` and away from `negative`.

    Args:
        bind: binds the model to words.
        positive, negative: the words, as many rows each.
        weight: negative + weight * (positive - negative); at 1 `negative` has no say and costs nothing.
    """
    if weight == 1:
        return bind(positive)
    both = Conditioning(
        tokens=torch.cat([negative.tokens, positive.tokens]),
        pooled=torch.cat([negative.pooled, positive.pooled]),
    )
    return _Guided(bind(both), weight)


class _Guided:
    def __init__(self, model: Denoiser, weight: float) -> None:
        self._model = model
        self._weight = weight

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        negative, positive = self._model(torch.cat([x, x]), sigma).chunk(2)
        return negative.lerp(positive, self._weight)
