"""Variations of the blend of Eq. 5 and Eq. 6."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class BlendNoise(Enum):
    """The noise on the known latent outside of the mask."""

    FRESH = "fresh"
    """Drawn anew at each step, as in the authors' code."""
    FIXED = "fixed"
    """The noise that the stage started from."""


class LocalBlend(Enum):
    """What LCG may repaint in its crop."""

    REGION = "m'"
    """All of it: the crop is m', so Eq. 5 keeps nothing, and the ring around m may follow the subject."""
    MASK = "m"
    """The artist's mask only, as in Eq. 6: the ring is the scene's at every step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blending:
    """How known and generated latents are put together.

    Attributes:
        noise: the noise on the known latents.
        local: what LCG may repaint.

    Blending the predicted clean latents as well, as Fooocus does, would change nothing: solvers work cell by
    cell, and outside of the mask the blend replaces whatever they made of a prediction.
    """

    noise: BlendNoise = BlendNoise.FRESH
    local: LocalBlend = LocalBlend.REGION


PAPERS_BLENDING = Blending()
"""Eq. 5 and Eq. 6 as they stand."""
