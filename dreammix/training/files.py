"""What was learned as files: in diffusers' keys, and in kohya's, which most artists' tools read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import safetensors.torch
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.models.lora import LoraWeights, lora_tensors
from dreammix.subjects import LoraFiles

_PLACE: Final = re.compile(r"(down|up)_blocks\.(\d+)\.attentions\.(\d+)\.(.+)|mid_block\.attentions\.0\.(.+)")


def lora_files(lora: LoraWeights, unet: UNet2DConditionModel) -> LoraFiles:
    """Both files of a LoRA that was taught on this U-Net."""
    return LoraFiles(diffusers=_saved(lora_tensors(lora)), kohya=_saved(kohya_tensors(lora, unet)))


def kohya_tensors(lora: LoraWeights, unet: UNet2DConditionModel) -> Mapping[str, Tensor]:
    """A LoRA in kohya's keys for SDXL: layers are numbered as in its first code, and alpha is the rank."""
    per_block = int(unet.config["layers_per_block"]) + 1
    tensors = {}
    for name, factors in lora.layers.items():
        layer = f"lora_unet_{original_name(name, per_block).replace('.', '_')}"
        tensors[f"{layer}.lora_down.weight"] = factors.down
        tensors[f"{layer}.lora_up.weight"] = factors.up
        tensors[f"{layer}.alpha"] = torch.tensor(float(lora.rank))
    return tensors


def original_name(name: str, per_block: int) -> str:
    """What a module inside of one of diffusers' attention layers is called in SDXL's first implementation.

    There each layer of the way down, its down-samplers and `conv_in` count as input blocks, and each layer of
    the way up as an output block; the attention comes second in its block.

    Args:
        name: of the module, such as "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k".
        per_block: how many numbers a block of diffusers takes: its layers on the way down, and one more.
    """
    place = _PLACE.fullmatch(name)
    if place is None:
        raise ValueError(f"{name} is in no attention layer")
    way, block, layer, rest, middle = place.groups()
    if way is None:
        return f"middle_block.1.{middle}"
    number = int(block) * per_block + int(layer)
    return f"input_blocks.{1 + number}.1.{rest}" if way == "down" else f"output_blocks.{number}.1.{rest}"


def _saved(tensors: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    )
