"""The two stages, pinned with models that know the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from dreammix.denoisers import Denoiser, Inpainting, NoiseLevels
from dreammix.geometry import View
from dreammix.protocol import Box, InsertSettings, InvalidMask, NumericalFailure, Size, Solver, Stage
from dreammix.sampling import (
    Blending,
    BlendNoise,
    Finished,
    LocalBlend,
    Noise,
    Pasted,
    Record,
    Step,
    Views,
    local_global,
    local_steps,
)

CANVAS = Size(40, 32)
LOCAL = View(Box(8, 8, 16, 16), Size(16, 16))
WHOLE = View(Box.of(CANVAS), CANVAS)
VIEWS = Views(local=LOCAL, global_=WHOLE)
MASK_BOX = Box(12, 11, 6, 7)
LEVELS = NoiseLevels(torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0))


@dataclass
class Oracle:
    """A model of pictures as they are (each pixel is a latent cell), which knows what belongs into each view.

    It keeps what it was told and shown.
    """

    answers: dict[Size, Tensor]
    levels: NoiseLevels = LEVELS
    scale: int = 1
    told: list[Inpainting] = field(default_factory=list)
    shown: list[tuple[Size, Tensor, float]] = field(default_factory=list)

    def encode(self, pictures: Tensor) -> Tensor:
        return pictures

    def decode(self, latents: Tensor) -> Tensor:
        return latents

    def denoiser(self, inpainting: Inpainting, size: Size) -> Denoiser:
        self.told.append(inpainting)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            self.shown.append((size, x, float(sigma)))
            return self.answers[size].expand_as(x)

        return denoise


def picture(seed: int, size: Size = CANVAS) -> NDArray[np.float32]:
    """Random pixels (H, W, 3) in [0, 1]."""
    return np.random.default_rng(seed).random((size.height, size.width, 3), dtype=np.float32)


def masked(box: Box = MASK_BOX) -> NDArray[np.float32]:
    """A mask (H, W) of the canvas: 1 in the box."""
    mask = np.zeros((CANVAS.height, CANVAS.width), np.float32)
    mask[box.y : box.bottom, box.x : box.right] = 1
    return mask


def cut(array: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
    return array[box.y : box.bottom, box.x : box.right]


def latent(pixels: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(pixels).movedim(-1, 0)[None] * 2 - 1


SCENE = picture(0)
TARGET = picture(1)


def oracle() -> Oracle:
    return Oracle({LOCAL.size: latent(cut(TARGET, LOCAL.box)), WHOLE.size: latent(TARGET)})


@pytest.mark.parametrize("solver", Solver)
@pytest.mark.parametrize("steps", [1, 2, 3, 30])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("seeds", [(7,), (1, 2, 3)])
def test_oracle(solver: Solver, steps: int, share: float, seeds: tuple[int, ...]) -> None:
    """A model that knows the answer gives it, whatever the solver, the steps, lambda and the variants."""
    settings = InsertSettings(steps=steps, local_share=share, solver=solver)
    *_, last = local_global(SCENE, masked(), VIEWS, oracle(), settings, Noise(seeds))
    assert isinstance(last, Finished)
    assert last.box == MASK_BOX
    assert len(last.pictures) == len(seeds)
    for variant in last.pictures:
        np.testing.assert_allclose(variant, cut(TARGET, MASK_BOX), atol=1e-6)
