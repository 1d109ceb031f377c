"""What is measured: at which size, how often, of which picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from dreammix.geometry import to_picture
from dreammix.protocol import Harmonisation, InsertRequest, InsertSettings, Picture

STEPS: Final = 30
MARGIN_SHARE: Final = 0.25
"""How wide the margin around the region is, as a share of the picture's side."""
PROMPT: Final = "a red mug made of glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large the model is.

    Attributes:
        name: of the folder, and of the report.
        full: whether it is SDXL itself, or narrow.
        side: of the pictures that it is trained on, in pixels.
    """

    name: str
    full: bool
    side: int


FULL: Final = Scale(name="sdxl-full", full=True, side=1024)
SMALL: Final = Scale(name="sdxl-small", full=False, side=512)
SCALES: Final = {"full": FULL, "small": SMALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured, and with what.

    Attributes:
        scale: of the model.
        device: torch's name of what computes.
        place: where models are made and kept.
        rounds: how often each insert and each step is timed, after one that is not.
        steps: of an insert.
    """

    scale: Scale
    device: torch.device
    place: Path
    rounds: int
    steps: int


def noise(side: int, seed: int) -> Picture:
    """A picture of it, RGBA8."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    return to_picture(pixels)


def middle(side: int) -> Picture:
    """A mask of the middle of a picture, GRAY8."""
    mask = np.zeros((side, side), np.uint8)
    edge = round(MARGIN_SHARE * side)
    mask[edge:-edge, edge:-edge] = 255
    return to_picture(mask)


def request(wanted: Wanted) -> InsertRequest:
    """An insert into a picture of the model's own size, all of which the second stage sees."""
    side = wanted.scale.side
    settings = InsertSettings(steps=wanted.steps, harmonisation=Harmonisation.WHOLE)
    return InsertRequest(scene=noise(side, 1), mask=middle(side), prompt=PROMPT, seed=7, settings=settings)
