"""Other people's LoRAs for SDXL, stacked on a subject: read without trust, in kohya's names or diffusers'.

Such a file may change any linear or convolutional layer of the U-Net and of both text encoders. A layer of
rank r adds weight * alpha / r * up · down · x to its output; alpha is r where the file does not say. Several
are worn at once, and with a subject's own: what they add is summed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Final

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from dreammix.conditioning import TextEncoders
from dreammix.fooocus.names import original_name
from dreammix.models.base import BaseModel
from dreammix.models.tensors import CHECKPOINT_ITEM_BYTES, Header, read_header, shown
from dreammix.models.wearing import Factors, Outfit, together, wearing
from dreammix.protocol import InvalidRequest
from dreammix.protocol.requests import MAX_LORA_WEIGHT

MAX_STACKED_BYTES: Final = 2 << 30
"""Largest file, in bytes: a LoRA of rank 128 for all of SDXL's layers, in half precision, is smaller."""
MAX_STACKED_HEADER_BYTES: Final = 4 << 20
"""Longest header, in bytes: trainers write their settings and their captions' words in it."""
MAX_STACKED_RANK: Final = 1024
_DOWN: Final = "down"
_UP: Final = "up"
_ALPHA: Final = "alpha"
_ENDINGS: Final[Mapping[str, str]] = {
    ".lora_down.weight": _DOWN,
    ".lora_up.weight": _UP,
    ".alpha": _ALPHA,
    ".lora_A.weight": _DOWN,
    ".lora_B.weight": _UP,
    "_lora.down.weight": _DOWN,
    "_lora.up.weight": _UP,
    ".lora.down.weight": _DOWN,
    ".lora.up.weight": _UP,
    ".lora_linear_layer.down.weight": _DOWN,
    ".lora_linear_layer.up.weight": _UP,
}
"""What follows a layer's name: of kohya's, of peft's, and of diffusers' before it used peft."""
_OTHER_KINDS: Final[Mapping[str, str]] = {
    "dora_scale": "a DoRA",
    "lora_magnitude_vector": "a DoRA",
    "hada_": "a LoHa",
    "lokr_": "a LoKr",
    "lora_mid": "a LoCon in three factors",
}
_NOTES: Final = "lora_adapter_metadata"
"""Where diffusers writes alpha, as JSON."""
_PARTS: Final = ("unet", "text_encoder", "text_encoder_2")


@dataclass(frozen=True, slots=True, eq=False)
class StackedLora:
    """One file in memory, for one model: what its parts are to wear, weight and scale included.

    Attributes:
        unet: the U-Net.
        text: each text encoder.
    """

    unet: Outfit
    text: tuple[Outfit, Outfit]

    def to(self, device: torch.device) -> StackedLora:
        """The same with its factors on a device; those that are there are shared."""
        unet, first, second = (
            {name: factors.to(device) for name, factors in outfit.items()}
            for outfit in (self.unet, *self.text)
        )
        return StackedLora(unet, (first, second))


@contextmanager
def stacked_on_text(text: TextEncoders, stack: Sequence[StackedLora]) -> Iterator[TextEncoders]:
    """While the block lasts, text encoders wear theirs: others, in what they say and what they remember."""
    outfits = [together([lora.text[place] for lora in stack]) for place in range(len(text.encoders))]
    with ExitStack() as worn:
        for encoder, outfit in zip(text.encoders, outfits, strict=True):
            worn.enter_context(wearing(encoder, outfit))
        yield replace(text) if any(outfits) else text


def read_stacked(path: Path, weight: float, model: BaseModel) -> StackedLora:
    """Read somebody's LoRA for a model. Names, types, shapes and places are checked before anything is read.

    Args:
        path: a safetensors file with kohya's names, by either naming of the U-Net's layers, or diffusers'.
        weight: how much of it is worn, -`MAX_LORA_WEIGHT` to `MAX_LORA_WEIGHT`; 1 as it was taught.
        model: what is to wear it.

    Raises:
        InvalidRequest: the file is missing or damaged, or no LoRA, or one for another sort of model.
    """
    if not -MAX_LORA_WEIGHT <= weight <= MAX_LORA_WEIGHT:
        raise _refused(path, f"its weight is {weight}, not -{MAX_LORA_WEIGHT} to {MAX_LORA_WEIGHT}")
    try:
        return _read(path, weight, model)
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error
    except (ValueError, SafetensorError, RecursionError) as error:
        raise _refused(path, str(error)) from error


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A layer of the model that a LoRA may name: which part's, its name there, itself."""

    part: str
    name: str
    module: nn.Linear | nn.Conv2d


def _read(path: Path, weight: float, model: BaseModel) -> StackedLora:
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MAX_STACKED_BYTES:
            raise ValueError(f"it has {size} bytes, {MAX_STACKED_BYTES} are the most")
        header = read_header(stream, size, CHECKPOINT_ITEM_BYTES, MAX_STACKED_HEADER_BYTES)
        parts = _named(header, _layers(model))
        alphas = _alphas(header)
        for layer, keys in parts.values():
            _check(layer, {role: header.tensors[key].shape for role, key in keys.items()})
        stored = safetensors.torch.load(header.content + stream.read())
    added: dict[str, dict[str, Factors]] = {part: {} for part in _PARTS}
    first, second = model.text.encoders
    precisions = dict(zip(_PARTS, (model.precision, first.dtype, second.dtype), strict=True))
    for layer, keys in parts.values():
        down, up = (stored[keys[role]].float() for role in (_DOWN, _UP))
        rank = len(down)
        alpha = float(stored[keys[_ALPHA]]) if _ALPHA in keys else alphas.get(layer.part, float(rank))
        added[layer.part][layer.name] = _factors(layer, down, up * (weight * alpha / rank)).to(
            model.device, precisions[layer.part]
        )
    return StackedLora(added["unet"], (added["text_encoder"], added["text_encoder_2"]))


def _factors(layer: _Layer, down: Tensor, up: Tensor) -> Factors:
    if not (torch.isfinite(down).all() and torch.isfinite(up).all()):
        raise ValueError(f"{layer.name} holds NaN or infinity")
    if isinstance(layer.module, nn.Linear):
        down, up = down.flatten(1), up.flatten(1)
    elif down.ndim == 2:
        down, up = down[:, :, None, None], up[:, :, None, None]
    return Factors(down, up)


def _layers(model: BaseModel) -> Mapping[str, _Layer]:
    """Every layer that a LoRA may change, by each of the names that files have for it."""
    named = {}
    layers_per_block = int(model.unet.config["layers_per_block"])
    for name, module in model.unet.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            layer = _Layer("unet", name, module)
            parent, _, leaf = name.removesuffix(".0").rpartition(".")
            for alias in (
                f"lora_unet_{original_name(name, layers_per_block).replace('.', '_')}",
                f"lora_unet_{name.replace('.', '_')}",
                f"unet.{name}",
                f"unet.{parent}.processor.{leaf}",
            ):
                named[alias] = layer
    for number, (part, encoder) in enumerate(zip(_PARTS[1:], model.text.encoders, strict=True), 1):
        for name, module in encoder.named_modules():
            if isinstance(module, nn.Linear):
                layer = _Layer(part, name, module)
                inner = name.removeprefix("text_model.")
                whole = name if name == "text_projection" else f"text_model.{inner}"
                for alias in (
                    f"lora_te{number}_{whole.replace('.', '_')}",
                    f"{part}.{whole}",
                    f"{part}.{inner}",
                ):
                    named[alias] = layer
                if number == 1:
                    named[f"lora_te_{whole.replace('.', '_')}"] = layer
    return named


def _named(header: Header, layers: Mapping[str, _Layer]) -> Mapping[str, tuple[_Layer, Mapping[str, str]]]:
    """For each layer that the file changes, the keys of its factors. Raises ValueError at a strange key."""
    found: dict[str, tuple[_Layer, dict[str, str]]] = {}
    for key in header.tensors:
        kind = next((kind for mark, kind in _OTHER_KINDS.items() if mark in key), None)
        if kind is not None:
            raise ValueError(f"it is {kind}, and only plain LoRAs can be stacked")
        layer, role = _place(key, layers)
        roles = found.setdefault(f"{layer.part}.{layer.name}", (layer, {}))[1]
        if role in roles:
            raise ValueError(f"it names {shown(key)} twice, in two ways")
        roles[role] = key
    for name, (_, roles) in found.items():
        if not {_DOWN, _UP} <= roles.keys():
            raise ValueError(f"of {name} only a part is there")
    if not found:
        raise ValueError("it is empty")
    return found


def _place(key: str, layers: Mapping[str, _Layer]) -> tuple[_Layer, str]:
    for ending, role in _ENDINGS.items():
        layer = layers.get(key.removesuffix(ending)) if key.endswith(ending) else None
        if layer is not None:
            return layer, role
    raise ValueError(f"{shown(key)} belongs to no layer of this model: it is made for another kind")


def _check(layer: _Layer, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ValueError where factors of these shapes do not fit the layer."""
    down, up = shapes[_DOWN], shapes[_UP]
    weight = tuple(layer.module.weight.shape)
    fits = (
        len(down) in (2, 4)
        and len(up) == len(down)
        and 1 <= down[0] == up[1] <= MAX_STACKED_RANK
        and (up[0], down[1]) == weight[:2]
        and all(side == 1 for side in up[2:])
        and (down[2:] or (1,) * len(weight[2:])) == (weight[2:] or (1,) * len(down[2:]))
    )
    if not fits:
        raise ValueError(f"its factors for {layer.name} are of other shapes: it is made for another model")
    if prod(shapes.get(_ALPHA, ())) != 1:
        raise ValueError(f"its alpha for {layer.name} is no number")


def _alphas(header: Header) -> Mapping[str, float]:
    """The alpha of each part, where diffusers wrote it beside the tensors."""
    notes = json.loads(header.notes.get(_NOTES, "{}"))
    if not isinstance(notes, dict):
        raise ValueError("what is written beside its tensors makes no sense")
    alphas = {}
    for part in _PARTS:
        if notes.get(f"{part}.use_rslora") or notes.get(f"{part}.alpha_pattern"):
            raise ValueError("its layers are scaled in a way that is not supported (rslora, alpha_pattern)")
        alpha = notes.get(f"{part}.lora_alpha")
        if isinstance(alpha, int | float):
            alphas[part] = float(alpha)
    return alphas


def _refused(path: Path, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"The LoRA {path} cannot be stacked", why, "Give one that was made for SDXL, or none"
    )
