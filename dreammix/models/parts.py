"""The parts of an SDXL in memory, and how they come out of diffusers' folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parts:
    """What a base model is made of.

    Attributes:
        unet: with SDXL's `text_time` conditioning.
        vae: between pictures and latents.
        tokenizers, encoders: of the text, in SDXL's order.
        scheduler: the noise that the U-Net was trained on.
    """

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    tokenizers: tuple[CLIPTokenizer, CLIPTokenizer]
    encoders: tuple[CLIPTextModel, CLIPTextModelWithProjection]
    scheduler: DDPMScheduler


def load_folder(folder: Path, dtype: torch.dtype) -> Parts:
    """Load all parts from diffusers' folder, and from nowhere else; full precision files before half ones.

    Raises:
        OSError, ValueError, TypeError, KeyError, RuntimeError: the files do not fit together.
    """

    def where(part: str) -> dict[str, Any]:
        return {
            "subfolder": part,
            "local_files_only": True,
            "use_safetensors": True,
            "variant": _variant(folder / part),
        }

    first = CLIPTextModel.from_pretrained(folder, dtype=dtype, **where("text_encoder"))
    second = CLIPTextModelWithProjection.from_pretrained(folder, dtype=dtype, **where("text_encoder_2"))
    tokenizers = tuple(
        CLIPTokenizer.from_pretrained(folder, subfolder=name, local_files_only=True)
        for name in ("tokenizer", "tokenizer_2")
    )
    return Parts(
        unet=UNet2DConditionModel.from_pretrained(folder, torch_dtype=dtype, **where("unet")),
        vae=AutoencoderKL.from_pretrained(folder, torch_dtype=dtype, **where("vae")),
        tokenizers=(tokenizers[0], tokenizers[1]),
        encoders=(first, second),
        scheduler=DDPMScheduler.from_pretrained(folder, subfolder="scheduler", local_files_only=True),
    )


def _variant(folder: Path) -> str | None:
    """The variant of a part, which is named where it is published in half precision alone."""
    names = [path.name for path in folder.glob("*.safetensors")]
    return "fp16" if names and all(".fp16" in name for name in names) else None
