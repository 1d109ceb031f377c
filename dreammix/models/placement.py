"""A memory profile carried out: which part of a loaded model lies where, and who moves it when.

What is given to the parts has to be on the device already; they move their weights, not their inputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import torch
from diffusers.hooks import apply_group_offloading
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from dreammix.models.memory import Device, DeviceKind, Precision, moves
from dreammix.models.parts import Parts
from dreammix.protocol import Profile

AWAY: Final = torch.device("cpu")
"""Where the parts wait."""
DTYPES: Final = {
    Precision.FP32: torch.float32,
    Precision.BF16: torch.bfloat16,
    Precision.FP16: torch.float16,
}
STREAMING: Final = frozenset({"cuda", "xpu"})
"""The types of device to which weights travel while they compute."""
CHANNELS_LAST: Final = frozenset({DeviceKind.CUDA, DeviceKind.ROCM, DeviceKind.XPU})
"""The devices whose convolutions are quickest where a pixel's channels lie side by side."""


class Part(Protocol):
    """What can be sent somewhere."""

    def to(self, device: torch.device) -> object:
        """Move its weights."""
        ...


class Turns:
    """Parts that share a place on the device: who is to run comes, who was there leaves first.

    Args:
        device: the place.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._there: Part | None = None

    def come(self, part: Part | None) -> None:
        """Have a part on the device, and no other; None clears it."""
        if part is not self._there:
            if self._there is not None:
                self._there.to(AWAY)
            self._there = None  # Where the next has no room either, nobody is taken to be there.
            if part is not None:
                part.to(self._device)
            self._there = part

    def before(self, doors: Iterable[nn.Module], part: Part | None) -> None:
        """Have `part` come before any of the modules runs."""
        for door in doors:
            door.register_forward_pre_hook(lambda _module, _inputs: self.come(part))


def lay_out(parts: Parts, *, device: Device, profile: Profile, native_side: int) -> None:
    """Put a model's parts where the profile has them, each changed in place.

    Args:
        parts: on the processor, in the device's precision.
        device: what computes.
        profile: see there.
        native_side: in pixels; a tile of the autoencoder's is half as wide.
    """
    there = torch.device(device.name)
    unet, vae = parts.unet, parts.vae
    encoders: tuple[nn.Module, ...] = parts.encoders
    if vae.config["force_upcast"]:  # SDXL's own overflows in fp16.
        vae.to(DTYPES[device.precision.of_autoencoder])
    if device.kind in CHANNELS_LAST:
        for network in (unet, vae):
            network.to(memory_format=torch.channels_last)
    if profile is Profile.TILED:
        vae.enable_tiling()
        vae.tile_sample_min_size = native_side // 2
        vae.tile_latent_min_size = native_side // 2 >> (len(vae.config["block_out_channels"]) - 1)
    if profile is Profile.FP8:
        unet.enable_layerwise_casting(
            storage_dtype=torch.float8_e4m3fn, compute_dtype=DTYPES[device.precision]
        )
    if not moves(profile, device.kind):
        for part in (unet, vae, *encoders):
            part.to(there)
        return
    turns = Turns(there)
    for encoder in encoders:
        turns.before([encoder], encoder)
    if profile is Profile.PARKED:
        for part in (unet, vae):
            part.to(there)
        turns.before([unet, *vae.children()], None)
        return
    turns.before(vae.children(), vae)  # It is asked to encode and decode, never as a whole.
    if profile in (Profile.GROUP, Profile.TILED):
        stream(unet, there)
        turns.before([unet], None)
    else:
        turns.before([unet], unet)


def stream(unet: UNet2DConditionModel, device: torch.device) -> None:
    """Have a U-Net's layers come to the device one by one, the next while one computes, where that can be."""
    apply_group_offloading(
        unet,
        onload_device=device,
        offload_device=AWAY,
        offload_type="leaf_level",
        use_stream=device.type in STREAMING,
    )
