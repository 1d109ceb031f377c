"""A U-Net's repeated blocks compiled: the same numbers to rounding, sooner, after a warm-up.

Only the transformer blocks are, which take most of the time and of which a few stand for all. The size of the
picture and what a block wears are its inputs (see `wearing`), so another subject compiles nothing again.
Whether anything is worn is not: the warm-up comes at the first bare step, and at the first that is not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import torch
import torch.fx.experimental._config as shapes
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from dreammix.protocol import Profile

COMPILE_VARIABLE: Final = "DREAMMIX_COMPILE"
"""Where it is 1, models are compiled: it pays only for who paints many pictures on a card without a break."""
COMPILABLE: Final = frozenset({Profile.FULL, Profile.PARKED, Profile.OFFLOAD})
"""The profiles in which a whole U-Net lies on the device while it computes; else hooks move its layers."""


def asked_for(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether models are to be compiled on this machine."""
    return environment.get(COMPILE_VARIABLE) == "1"


def compile_blocks(unet: UNet2DConditionModel) -> None:
    """Have the blocks compiled when each is first used; pictures' sizes and LoRAs' ranks may then change."""
    shapes.use_duck_shape = False  # Else two sizes that are once the same are taken to be the same always.
    unet.compile_repeated_blocks(dynamic=True)


@contextmanager
def as_written() -> Iterator[None]:
    """While the block lasts, what is compiled runs as it is written: no lesson is worth the warm-up."""
    with torch.compiler.set_stance("force_eager"):
        yield
