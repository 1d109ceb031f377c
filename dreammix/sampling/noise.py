"""Seeded noise: each draw has a name, and depends on nothing but its name and its variant's seed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor


class Draw(IntEnum):
    """What noise is drawn for. The numbers are part of every result's identity: never change one."""

    START = 0
    """The pure noise that the first stage starts from."""
    SWITCH = 1
    """The noise that takes z^G back to the noise level of the step that GCH starts with."""
    BLEND = 2
    """The noise on the known latent in Eq. 5 and Eq. 6, one draw a step."""
    SOLVER = 3
    """What a stochastic solver adds, one draw a step."""


class Noise:
    """Unit noise for a batch of variants.

    A variant's noise is the same whichever variants are computed beside it, whatever was drawn before, and
    on whichever device: every draw has a generator of its own on the CPU.

    Args:
        seeds: one a variant, at least 0.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        if not seeds:
            raise ValueError("noise needs the seed of at least one variant")
        self._seeds = tuple(seeds)

    def __len__(self) -> int:
        return len(self._seeds)

    def draw(self, draw: Draw, like: Tensor, step: int = 0) -> Tensor:
        """Draw unit noise.

        Args:
            draw: what for.
            like: (..., C, h, w): its last three sides, device and precision are taken over.
            step: which of the steps that draw this, from 0.

        Returns:
            (variants, C, h, w).
        """
        shape = like.shape[-3:]
        rows = [
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draw, step))).standard_normal(
                shape, dtype=np.float32
            )
            for seed in self._seeds
        ]
        return torch.from_numpy(np.stack(rows)).to(like)
