"""A model that knows the answer, and a small scene to insert it into."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from dreammix.denoisers import Denoiser, Inpainting, NoiseLevels, Watch
from dreammix.geometry import View
from dreammix.protocol import Box, InsertSettings, Size, Stage
from dreammix.sampling import Finished, Noise, Record, Views, local_global

LEVELS = NoiseLevels(torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0))
CANVAS = Size(40, 32)
LOCAL = View(Box(8, 8, 16, 16), Size(16, 16))
WHOLE = View(Box.of(CANVAS), CANVAS)
WINDOW = View(Box(5, 3, 26, 28), Size(26, 28))
VIEWS = Views(local=LOCAL, global_=WHOLE)
MASKED = Box(12, 11, 6, 7)
"""The box of the mask: inside of the crop, and off every multiple of 2."""

Pixels = NDArray[np.float32]


def picture(seed: int) -> Pixels:
    """Random pixels of the canvas."""
    return np.random.default_rng(seed).random((CANVAS.height, CANVAS.width, 3), dtype=np.float32)


def cut(array: Pixels, box: Box) -> Pixels:
    """The part of an array of the canvas that a box holds."""
    return array[box.y : box.bottom, box.x : box.right]


def mask_of(box: Box = MASKED, value: float = 1) -> Pixels:
    """A mask of the canvas that has one value in a box."""
    mask = np.zeros((CANVAS.height, CANVAS.width), np.float32)
    cut(mask, box)[:] = value
    return mask


def latent(pixels: Pixels) -> Tensor:
    """Pixels as the latents of `Oracle`."""
    return torch.from_numpy(pixels).movedim(-1, 0)[None] * 2 - 1


SCENE, TARGET = picture(0), picture(1)
FEW = InsertSettings(steps=4)
"""Three steps of LCG, one of GCH."""


@dataclass
class Oracle:
    """A model that knows what belongs into each view, and keeps what it was told and shown.

    Its latent cells are pixels, or means of `scale` * `scale` pixels.
    """

    answers: dict[Size, Tensor] = field(
        default_factory=lambda: {each.size: latent(cut(TARGET, each.box)) for each in (LOCAL, WINDOW, WHOLE)}
    )
    levels: NoiseLevels = LEVELS
    scale: int = 1
    told: list[Inpainting] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    shown: list[tuple[Size, float, Tensor]] = field(default_factory=list)

    def encode(self, pictures: Tensor) -> Tensor:
        return F.avg_pool2d(pictures, self.scale)

    def decode(self, latents: Tensor) -> Tensor:
        return latents.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)

    def denoiser(self, inpainting: Inpainting, size: Size, stage: Stage, watch: Watch) -> Denoiser:
        self.told.append(inpainting)
        self.stages.append(stage)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            assert not torch.is_grad_enabled()
            self.shown.append((size, float(sigma), x))
            return self.answer(x, sigma, size)

        return denoise

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        """What belongs into a view."""
        return self.answers[size].expand_as(x)

    def shown_of(self, view: View) -> list[Tensor]:
        """The noisy latents of a view, step by step."""
        return [x for size, _, x in self.shown if size == view.size]


class Dreamer(Oracle):
    """A model whose answer depends on the noise that it is shown and on what it was told."""

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        return torch.tanh(x + self.told[-1].masked_latent) / (1 + 0.1 * sigma)


def insert(
    model: Oracle | None = None,
    settings: InsertSettings = FEW,
    *,
    mask: Pixels | None = None,
    views: Views = VIEWS,
    seeds: tuple[int, ...] = (7,),
) -> list[Record]:
    """Everything that the sampler reports of one insert into the scene."""
    return list(
        local_global(
            SCENE,
            mask_of() if mask is None else mask,
            views,
            model or Oracle(),
            settings,
            Noise(seeds),
        )
    )


def result_of(records: list[Record]) -> Pixels:
    """The pictures of the last record."""
    last = records[-1]
    assert isinstance(last, Finished)
    return last.pictures
