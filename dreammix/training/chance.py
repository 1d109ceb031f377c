"""Where teaching's randomness comes from: a generator for each use and place, whatever was drawn before."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Use(IntEnum):
    """What is drawn. The numbers are part of every teaching's identity: never change one."""

    FACTORS = 0
    """The first values of one projection's LoRA."""
    SUBJECT_PAIR = 1
    REGULAR_PAIR = 2
    """A mask for a picture, and how it is seen."""
    STEP = 3
    """Batches, timesteps and noise of one step."""


def rng_for(seed: int, use: Use, *place: int) -> np.random.Generator:
    """The generator of one use at one place, such as the number of a step."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(use, *place)))
