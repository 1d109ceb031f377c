"""Whether the activations of a step fit into memory, or have to be computed twice."""

from __future__ import annotations

from typing import Final

import torch

from dreammix.models.base import BaseModel
from dreammix.models.devices import device_named
from dreammix.models.memory import LEARNING_NUMBERS

SPARE_SHARE: Final = 0.25
"""Share of the free memory that is left to others."""


def must_checkpoint(model: BaseModel, rows: int) -> bool:
    """Whether a step of `rows` pictures needs gradient checkpointing on the U-Net's device."""
    return activation_bytes(model, rows) > (1 - SPARE_SHARE) * free_bytes(model.device)


def activation_bytes(model: BaseModel, rows: int) -> int:
    """An estimate of what the U-Net keeps for the backward pass of `rows` pictures."""
    device = model.device
    number = 2 if device.type == "cuda" else model.precision.itemsize  # Autocast computes in bf16.
    cells = (model.native_side // model.autoencoder.scale) ** 2
    channels = int(model.unet.config["block_out_channels"][0])
    return int(rows * cells * channels * number * LEARNING_NUMBERS)


def free_bytes(device: torch.device) -> int:
    """Memory that can be had on a device."""
    return device_named(str(device)).free_bytes
