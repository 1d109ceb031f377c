"""What a model needs of a device's memory, profile by profile, and which of them fits: arithmetic, no torch.

The activations are counts of numbers that live at once, taken from a run of SDXL's own networks in which
every tensor is known by its size alone (`python -m tests.benchmarks.footprint`), with attention that never
writes its matrix down. What a library's kernels take beside that is an allowance, `WORKSPACE_BYTES`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from pathlib import Path
from typing import Final

from dreammix.models.recognise import read_weights_header, weights_of
from dreammix.models.tensors import Declared
from dreammix.protocol import InvalidRequest, Profile

GIB: Final = 1 << 30
UNET_NUMBERS: Final = 15.9
"""Numbers that the U-Net holds at once beside its weights, a row, latent cell and first level's channel."""
LEARNING_NUMBERS: Final = 550.0
"""The same while it learns, kept for the backward pass."""
CHECKPOINTED_NUMBERS: Final = 58.0
"""The same where the blocks are computed again in the backward pass."""
VAE_NUMBERS: Final = 6.1
"""Numbers that the autoencoder holds at once while it decodes, for each pixel and first level's channel."""
TILE_PIXELS: Final = 512 * 512
"""What a tiled autoencoder sees at once."""
STREAMED_BYTES: Final = 256 << 20
"""What group offload has of a network on the device: the layer at work and the next one, from above."""
WORKSPACE_BYTES: Final = 512 << 20
"""Allowance on a card for what its kernels and its allocator take beside tensors."""
SPARE_SHARE: Final = 0.05
"""Share of the free memory that is left alone."""
LORA_BYTES: Final = 16
"""For each number of a LoRA that learns: itself, its gradient and Adam's two moments, in fp32."""
LORA_SHARE: Final = 0.01
"""Numbers of a LoRA of rank 32 over those of its U-Net."""

_FILE_UNET: Final = "model.diffusion_model."
_FILE_VAE: Final = "first_stage_model."


AUTO: Final = "auto"
"""The name of the device that has most free memory of its own; of the processor where there is none."""
PROCESSOR: Final = "cpu"
"""The name of the device that is always there."""
SHARED: Final = frozenset({PROCESSOR, "mps"})
"""torch's names of the devices whose memory is the machine's: moving weights away from them frees nothing."""


class DeviceKind(StrEnum):
    """What computes."""

    CUDA = "CUDA"
    ROCM = "ROCm"
    MPS = "MPS"
    XPU = "XPU"
    CPU = "CPU"

    @property
    def shares_memory(self) -> bool:
        """See `SHARED`."""
        return self.value.lower() in SHARED


class Precision(StrEnum):
    """The numbers that a device computes a model in."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"

    @property
    def bytes(self) -> int:
        """Of one number."""
        return 4 if self is Precision.FP32 else 2

    @property
    def of_autoencoder(self) -> Precision:
        """SDXL's own autoencoder overflows in fp16."""
        return Precision.FP32 if self is Precision.FP16 else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Something that can compute, as it is now.

    Attributes:
        name: as torch calls it: "cpu", "cuda:0" (also of ROCm), "mps", "xpu:0".
        kind: what it is.
        title: as its maker calls it.
        precision: what models are computed in on it.
        total_bytes, free_bytes: of its memory.
    """

    name: str
    kind: DeviceKind
    title: str
    precision: Precision
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """What of a model its memory depends on.

    Attributes:
        unet, text, vae: numbers of parameters: of the U-Net, both text encoders, the autoencoder.
        unet_channels, vae_channels: widths of their first levels.
        native_side: in pixels.
        scale: pixels per latent cell along a side.
    """

    unet: int
    text: int
    vae: int
    unet_channels: int = 320
    vae_channels: int = 128
    native_side: int = 1024
    scale: int = 8


SDXL: Final = ModelSize(unet=2_567_463_684, text=123_060_480 + 694_659_840, vae=83_653_863)
"""Stable Diffusion XL 1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a model is to do at once.

    Attributes:
        pictures: how many are encoded and decoded together.
        rows: how many go through the U-Net together: with guidance two for each picture.
        pixels: of the largest of them, as the model sees it.
        teaches: whether it learns from them.
        worn: numbers of the LoRAs that it wears besides a subject's: of drafts, of other people.
    """

    pictures: int
    rows: int
    pixels: int
    teaches: bool = False
    worn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a model has room on a device, and how.

    Attributes:
        fits: whether there is room.
        profile: how; where there is none, the smallest that was asked about.
        needed_bytes: the highest point, all of the model included.
        free_bytes: what may be taken for it.
        why: what decides it, one sentence for the artist.
    """

    fits: bool
    profile: Profile
    needed_bytes: int
    free_bytes: int
    why: str


def painting(variants: int, pixels: int, *, guided: bool = True, worn: int = 0) -> Workload:
    """An insert, all of whose variants are computed at once."""
    return Workload(pictures=variants, rows=variants * (2 if guided else 1), pixels=pixels, worn=worn)


def learning(size: ModelSize, rows: int) -> Workload:
    """A lesson's step of `rows` pictures, which were encoded one by one before."""
    return Workload(pictures=1, rows=rows, pixels=size.native_side**2, teaches=True)


def fit(
    size: ModelSize,
    device: Device,
    work: Workload,
    profile: Profile | None = None,
    *,
    loaded: Profile | None = None,
) -> Fit:
    """What will fit, and why: the profile that gives up least and has room, or the one that was asked for.

    Args:
        size: the model.
        device: where it is to compute.
        work: what it is to do.
        profile: None chooses; `Profile.FP8` is chosen only where nothing else has room.
        loaded: the profile in which it is loaded there already: what it holds is its own to use.
    """
    own = 0 if loaded is None else resident_bytes(size, device, loaded)
    free = int((1 - SPARE_SHARE) * device.free_bytes) + own
    candidates = _candidates(device, work) if profile is None else (profile,)
    needs = {candidate: needed_bytes(size, device, work, candidate) for candidate in candidates}
    found = next((candidate for candidate, needed in needs.items() if needed <= free), None)
    best = found or min(needs, key=needs.__getitem__)
    verb = "teaching" if work.teaches else "painting"
    why = (
        f"{verb} with the profile {best} takes about {_gib(needs[best])} of {_gib(free)} "
        f"that may be used on {device.title}"
    )
    if found is None:
        why = f"{why}: there is too little"
    elif best is not candidates[0]:
        why = f"{why}; {candidates[0]} would take {_gib(needs[candidates[0]])}"
    return Fit(fits=found is not None, profile=best, needed_bytes=needs[best], free_bytes=free, why=why)


def needed_bytes(size: ModelSize, device: Device, work: Workload, profile: Profile) -> int:
    """The highest point of a device's memory, in bytes, in one profile."""
    unet, text, vae = _weights(size, device, profile)
    thinking = _thinking(size, device, work)
    coding = coding_bytes(size, device, work, tiled=profile is Profile.TILED)
    if not moves(profile, device.kind):
        highest = unet + text + vae + max(thinking, coding)
    elif profile is Profile.PARKED:
        highest = unet + vae + max(text, thinking, coding)
    else:
        highest = max(unet + thinking, text, vae + coding)
    workspace = 0 if device.kind is DeviceKind.CPU else WORKSPACE_BYTES
    return highest + work.worn * device.precision.bytes + workspace


def resident_bytes(size: ModelSize, device: Device, profile: Profile) -> int:
    """What a loaded model's weights take of a device's memory at most while it does nothing, in bytes."""
    unet, text, vae = _weights(size, device, profile)
    if not moves(profile, device.kind):
        return unet + text + vae
    return unet + vae if profile is Profile.PARKED else max(unet, text, vae)


def learning_bytes(size: ModelSize, device: Device, rows: int, *, checkpointed: bool) -> int:
    """What the U-Net keeps for the backward pass of `rows` pictures of its native side, in bytes."""
    each = CHECKPOINTED_NUMBERS if checkpointed else LEARNING_NUMBERS
    return int(each * _cells(size, size.native_side**2) * size.unet_channels * rows * device.precision.bytes)


def coding_bytes(size: ModelSize, device: Device, work: Workload, *, tiled: bool) -> int:
    """What the autoencoder holds while it decodes, beside its weights, in bytes."""
    pixels = work.pixels if not tiled else min(work.pixels, TILE_PIXELS)
    number = device.precision.of_autoencoder.bytes
    return int(VAE_NUMBERS * pixels * size.vae_channels * work.pictures * number)


def model_size(place: Path, native_side: int) -> ModelSize:
    """Count a model's parameters from its files' headers; nothing else of them is read.

    Args:
        place: a folder in diffusers' layout, or a single file.
        native_side: in pixels, as its manifest has it.

    Raises:
        OSError, ValueError, KeyError, TypeError: a file is missing, or is not what its name says.
    """
    source = weights_of(place)
    if source.is_file():
        return _size_of_file(read_weights_header(source).tensors, native_side)
    unet, vae = (
        json.loads((source / part / "config.json").read_text(encoding="utf-8")) for part in ("unet", "vae")
    )
    return ModelSize(
        unet=_parameters(source / "unet"),
        text=_parameters(source / "text_encoder") + _parameters(source / "text_encoder_2"),
        vae=_parameters(source / "vae"),
        unet_channels=unet["block_out_channels"][0],
        vae_channels=vae["block_out_channels"][0],
        native_side=native_side,
        scale=1 << (len(vae["block_out_channels"]) - 1),
    )


def _size_of_file(tensors: Mapping[str, Declared], native_side: int) -> ModelSize:
    def count(prefix: str) -> int:
        return sum(prod(tensor.shape) for name, tensor in tensors.items() if name.startswith(prefix))

    downs = {name.split(".")[3] for name in tensors if name.startswith(f"{_FILE_VAE}encoder.down.")}
    return ModelSize(
        unet=count(_FILE_UNET),
        text=count("conditioner."),
        vae=count(_FILE_VAE),
        unet_channels=tensors[f"{_FILE_UNET}input_blocks.0.0.weight"].shape[0],
        vae_channels=tensors[f"{_FILE_VAE}encoder.conv_in.weight"].shape[0],
        native_side=native_side,
        scale=1 << (len(downs) - 1),
    )


def _parameters(folder: Path) -> int:
    """Numbers in the files of a part; where it is there in two precisions, it is loaded once."""
    files = sorted(folder.glob("*.safetensors"))
    full = [path for path in files if ".fp16" not in path.name]
    return sum(
        prod(tensor.shape) for path in full or files for tensor in read_weights_header(path).tensors.values()
    )


def _candidates(device: Device, work: Workload) -> tuple[Profile, ...]:
    """In the order in which they are tried."""
    return tuple(
        profile
        for profile in Profile
        if possible(profile, device.kind)
        and (not work.teaches or teaches(profile, shared=device.kind.shares_memory))
    )


def moves(profile: Profile, kind: DeviceKind) -> bool:
    """Whether parts of the model wait in the machine's memory."""
    return profile is not Profile.FULL and not kind.shares_memory


def teaches(profile: Profile, *, shared: bool) -> bool:
    """Whether a subject can be taught in a profile: the backward pass needs the weights to stay.

    Args:
        profile: how the model lies in memory.
        shared: whether the device's memory is the machine's, so that nothing is moved.
    """
    return profile in (Profile.FULL, Profile.PARKED, Profile.OFFLOAD) or (shared and profile is Profile.TILED)


def possible(profile: Profile, kind: DeviceKind) -> bool:
    """Whether a profile means something on a device: one that shares the machine's memory moves nothing."""
    if profile in (Profile.PARKED, Profile.OFFLOAD, Profile.GROUP):
        return not kind.shares_memory
    return profile is not Profile.FP8 or kind is not DeviceKind.MPS  # Which has no such numbers.


def check_possible(profile: Profile, device: Device) -> None:
    """Raises InvalidRequest: the profile means nothing on the device."""
    if not possible(profile, device.kind):
        raise InvalidRequest(
            f"The memory profile {profile} means nothing on {device.title}",
            "its memory is the machine's own" if device.kind.shares_memory else "it has no such numbers",
            f"Choose the profile {Profile.FULL} or {Profile.TILED}",
        )


def _weights(size: ModelSize, device: Device, profile: Profile) -> tuple[int, int, int]:
    """Bytes of the U-Net, the text encoders and the autoencoder while they are on the device."""
    unet = size.unet * (1 if profile is Profile.FP8 else device.precision.bytes)
    text = size.text * device.precision.bytes
    if profile in (Profile.GROUP, Profile.TILED) and moves(profile, device.kind):
        unet = min(unet, STREAMED_BYTES)
    return unet, text, size.vae * device.precision.of_autoencoder.bytes


def _thinking(size: ModelSize, device: Device, work: Workload) -> int:
    """What the U-Net holds beside its weights."""
    if work.teaches:
        lora = int(size.unet * LORA_SHARE * LORA_BYTES)
        return lora + learning_bytes(size, device, work.rows, checkpointed=True)
    cells = _cells(size, work.pixels)
    return int(UNET_NUMBERS * cells * size.unet_channels * work.rows * device.precision.bytes)


def _cells(size: ModelSize, pixels: int) -> int:
    return pixels // size.scale**2


def _gib(count: int) -> str:
    return f"{count / GIB:.1f} GiB"
