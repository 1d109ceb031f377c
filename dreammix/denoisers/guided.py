"""Classifier-free guidance in one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from dreammix.conditioning import Conditioning
from dreammix.denoisers.contract import Denoiser

Watch: TypeAlias = Callable[[Tensor], None]
"""Is told what the words change: the clean latents (N, C, h, w) expected with them, less those without."""


def guided(
    bind: Callable[[Conditioning], Denoiser],
    positive: Conditioning,
    negative: Conditioning,
    weight: float,
    watch: Watch | None = None,
) -> Denoiser:
    """A denoiser led towards `positive` and away from `negative`.

    Args:
        bind: binds the model to words.
        positive, negative: the words, as many rows each.
        weight: negative + weight * (positive - negative); at 1 `negative` has no say and costs nothing.
        watch: sees each difference; never called at weight 1.
    """
    if weight == 1:
        return bind(positive)
    both = Conditioning(
        tokens=torch.cat([negative.tokens, positive.tokens]),
        pooled=torch.cat([negative.pooled, positive.pooled]),
    )
    return _Guided(bind(both), weight, watch)


class _Guided:
    def __init__(self, model: Denoiser, weight: float, watch: Watch | None) -> None:
        self._model = model
        self._weight = weight
        self._watch = watch

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        negative, positive = self._model(torch.cat([x, x]), sigma).chunk(2)
        if self._watch is not None:
            self._watch(positive - negative)
        return negative.lerp(positive, self._weight)
