"""What was learned as files: in diffusers' keys, and in kohya's, which most artists' tools read."""

from __future__ import annotations

from collections.abc import Mapping

import safetensors.torch
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.fooocus import original_name
from dreammix.models.lora import LoraWeights, lora_tensors
from dreammix.subjects import LoraFiles


def lora_files(lora: LoraWeights, unet: UNet2DConditionModel) -> LoraFiles:
    """Both files of a LoRA that was taught on this U-Net."""
    return LoraFiles(diffusers=_saved(lora_tensors(lora)), kohya=_saved(kohya_tensors(lora, unet)))


def kohya_tensors(lora: LoraWeights, unet: UNet2DConditionModel) -> Mapping[str, Tensor]:
    """A LoRA in kohya's keys for SDXL: layers are numbered as in its first code, and alpha is the rank."""
    layers_per_block = int(unet.config["layers_per_block"])
    tensors = {}
    for name, factors in lora.layers.items():
        layer = f"lora_unet_{original_name(name, layers_per_block).replace('.', '_')}"
        tensors[f"{layer}.lora_down.weight"] = factors.down
        tensors[f"{layer}.lora_up.weight"] = factors.up
        tensors[f"{layer}.alpha"] = torch.tensor(float(lora.rank))
    return tensors


def _saved(tensors: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    )
