"""SDXL at its full size, of no content: what arithmetic and benchmarks take for granted about it."""

from math import prod
from typing import Any

import torch

from dreammix.models.memory import SDXL
from tests.small_sdxl import full_parts, small_unet


def test_sdxl_has_as_many_parameters_as_the_arithmetic_says() -> None:
    """Its U-Net, its autoencoder, and both text encoders together."""
    parts = full_parts(torch.device("meta"))
    assert (_numbers(parts["unet"]), _numbers(parts["vae"])) == (SDXL.unet, SDXL.vae)
    assert _numbers(parts["text_encoder"]) + _numbers(parts["text_encoder_2"]) == SDXL.text


def test_what_is_narrow_has_the_same_layers() -> None:
    """Each parameter of the small U-Net is one of the large, of as many sides: what is tested there holds."""
    full, small = (
        {name: parameter.ndim for name, parameter in unet.named_parameters()}
        for unet in (full_parts(torch.device("meta"))["unet"], small_unet())
    )
    assert small.items() <= full.items()
    assert all(".conv_shortcut." in name for name in full.keys() - small.keys())


def _numbers(module: Any) -> int:
    return sum(prod(parameter.shape) for parameter in module.parameters())
