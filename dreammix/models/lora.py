"""A subject's LoRA: what it is called and shaped like, and how its file is read.

A LoRA of rank r adds up · down · x to the output of each key and value projection of a U-Net's self- and
cross-attention (`attn1`, `attn2`). Its file has the keys that diffusers writes, `unet.<module>.lora_A.weight`
for down, (r, in), and `unet.<module>.lora_B.weight` for up, (out, r); alpha is the rank, so its scale is 1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import safetensors.torch
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import SafetensorError
from torch import Tensor, nn

from dreammix.models.tensors import Declared, read_header, shown
from dreammix.models.wearing import Factors, Outfit
from dreammix.protocol import SubjectDamaged, WrongBase

if TYPE_CHECKING:
    from dreammix.models.base import BaseModel

MAX_LORA_BYTES: Final = 1 << 29
"""Largest file, in bytes: a LoRA of SDXL at the largest rank, in fp32, is smaller."""
MAX_RANK: Final = 128
PREFIX: Final = "unet."
DOWN: Final = ".lora_A.weight"
UP: Final = ".lora_B.weight"
_TARGET: Final = re.compile(r"(.+\.)?attn[12]\.to_[kv]")
_KEY: Final = re.compile(r"unet\.[\w.]+\.lora_[AB]\.weight", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class LoraWeights:
    """A LoRA in memory, in its U-Net's precision and on its device.

    Attributes:
        rank: r, 1 to `MAX_RANK`.
        layers: the factors of every target.
    """

    rank: int
    layers: Outfit


def lora_targets(unet: UNet2DConditionModel) -> Mapping[str, nn.Linear]:
    """The projections that a LoRA changes, by their names, in the U-Net's order."""
    return {
        name: module
        for name, module in unet.named_modules()
        if _TARGET.fullmatch(name) and isinstance(module, nn.Linear)
    }


def lora_shapes(unet: UNet2DConditionModel, rank: int) -> Mapping[str, tuple[int, int]]:
    """The keys of a LoRA's file, and the shape of each tensor."""
    shapes = {}
    for name, module in lora_targets(unet).items():
        shapes[f"{PREFIX}{name}{DOWN}"] = (rank, module.in_features)
        shapes[f"{PREFIX}{name}{UP}"] = (module.out_features, rank)
    return shapes


def lora_tensors(lora: LoraWeights) -> Mapping[str, Tensor]:
    """What a LoRA's file holds, by its keys."""
    tensors = {}
    for name, factors in lora.layers.items():
        tensors[f"{PREFIX}{name}{DOWN}"] = factors.down
        tensors[f"{PREFIX}{name}{UP}"] = factors.up
    return tensors


def check_base(model: BaseModel, base: str, fingerprint: str) -> None:
    """Refuse a LoRA that was taught on another base. Raises WrongBase.

    Args:
        model: the model that is to wear it.
        base, fingerprint: the name and the `Manifest.fingerprint` of the model that it was taught on.
    """
    if fingerprint != model.fingerprint:
        why = (
            f"that was another version of {base}"
            if base == model.name
            else f"that was {base}, this is {model.name}"
        )
        raise _wrong_base(why)


def read_lora(path: Path, unet: UNet2DConditionModel, device: torch.device | None = None) -> LoraWeights:
    """Read a LoRA's file, which may be hostile, for a U-Net.

    Size, names, types, shapes and places are checked before anything is allocated for them.

    Args:
        path: the file.
        unet: what is to wear it.
        device: where the U-Net computes; None: where its weights are.

    Raises:
        SubjectDamaged: the file is missing, or is no LoRA, or holds NaN or infinity.
        WrongBase: it is a LoRA for other projections than this U-Net's.
    """
    try:
        rank, tensors = _read(path, unet, device or unet.device)
    except FileNotFoundError:
        raise _damaged(path, "it is missing") from None
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, SafetensorError) as error:
        raise _damaged(path, str(error)) from error
    layers = {
        name: Factors(tensors[f"{PREFIX}{name}{DOWN}"], tensors[f"{PREFIX}{name}{UP}"])
        for name in lora_targets(unet)
    }
    return LoraWeights(rank, layers)


def _read(path: Path, unet: UNet2DConditionModel, device: torch.device) -> tuple[int, Mapping[str, Tensor]]:
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MAX_LORA_BYTES:
            raise ValueError(f"it has {size} bytes, {MAX_LORA_BYTES} are the most")
        header = read_header(stream, size)
        rank = _rank(header.tensors)
        if {name: tensor.shape for name, tensor in header.tensors.items()} != lora_shapes(unet, rank):
            raise _wrong_base("its LoRA is made for other layers than this model has")
        stored = safetensors.torch.load(header.content + stream.read())
    dtype = unet.dtype  # Asked once: diffusers looks through all modules for it.
    tensors = {name: tensor.to(device, dtype) for name, tensor in stored.items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{name} holds NaN or infinity")
    return rank, tensors


def _rank(declared: Mapping[str, Declared]) -> int:
    """The one rank of all factors. Raises ValueError where they are no factors, or of several ranks."""
    ranks = set()
    for name, tensor in declared.items():
        if not _KEY.fullmatch(name) or len(tensor.shape) != 2:
            raise ValueError(f"{shown(name)} is no part of a LoRA")
        ranks.add(tensor.shape[0 if name.endswith(DOWN) else 1])
    if len(ranks) != 1:
        raise ValueError(f"its tensors are of {len(ranks)} different ranks")
    (rank,) = ranks
    if not 1 <= rank <= MAX_RANK:
        raise ValueError(f"its rank is {rank}, not 1 to {MAX_RANK}")
    return rank


def _damaged(path: Path, why: str) -> SubjectDamaged:
    return SubjectDamaged(f"The LoRA {path} cannot be used", why, "Teach the subject again")


def _wrong_base(why: str) -> WrongBase:
    return WrongBase(
        "The subject was taught on another model",
        why,
        "Choose the model that it was taught on, or teach it again on this one",
    )
