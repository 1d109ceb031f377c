"""Whether the activations of a step fit into memory, or have to be computed twice."""

from __future__ import annotations

from typing import Final

import psutil
import torch

from dreammix.models.base import BaseModel

NUMBERS_PER_CELL_AND_CHANNEL: Final = 1200
"""What a U-Net keeps for the backward pass of one picture, by latent cell and by channel of its first level:
an estimate for SDXL, from above; shallower U-Nets keep less."""
SPARE_SHARE: Final = 0.25
"""Share of the free memory that is left to others."""


def must_checkpoint(model: BaseModel, rows: int) -> bool:
    """Whether a step of `rows` pictures needs gradient checkpointing on the U-Net's device."""
    return activation_bytes(model, rows) > (1 - SPARE_SHARE) * free_bytes(model.unet.device)


def activation_bytes(model: BaseModel, rows: int) -> int:
    """An estimate of what the U-Net keeps for the backward pass of `rows` pictures."""
    device = model.unet.device
    number = 2 if device.type == "cuda" else model.unet.dtype.itemsize  # Autocast computes in bf16.
    cells = (model.native_side // model.autoencoder.scale) ** 2
    channels = int(model.unet.config["block_out_channels"][0])
    return rows * cells * channels * number * NUMBERS_PER_CELL_AND_CHANNEL


def free_bytes(device: torch.device) -> int:
    """Memory that can be had on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return int(psutil.virtual_memory().available)
