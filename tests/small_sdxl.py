"""A model of SDXL's own layers, but narrow ones: in diffusers' form, and in one file.

Random weights, some ten megabytes. The single file has the names of SDXL's first implementation, as published
checkpoints do: those of the U-Net by the map that is checked against diffusers' own converter, the others by
the rules below, which go the other way than the converters that the program uses.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from dreammix.fooocus import original_name
from dreammix.models.single_file import tokenizers

NATIVE_SIDE: Final = 64
UNET_WIDTHS: Final = (32, 32, 64)
VAE_WIDTHS: Final = (32, 32, 32, 32)
TEXT_WIDTHS: Final = (8, 16)
TIME_WIDTH: Final = 8
CONFIGS: Final = Path(__file__).parents[1] / "dreammix" / "models" / "configs"


def full_unet(in_channels: int = 4) -> UNet2DConditionModel:
    """SDXL's U-Net at its full size, of no content: on the meta device."""
    with torch.device("meta"):
        return UNet2DConditionModel.from_config(
            _config("unet") | {"in_channels": in_channels}  # diffusers takes its configurations as tables
        )


def small_unet(in_channels: int = 4, **changes: Any) -> UNet2DConditionModel:
    """The same, narrow, with random weights."""
    config = _config("unet") | {
        "sample_size": NATIVE_SIDE // 8,
        "in_channels": in_channels,
        "block_out_channels": UNET_WIDTHS,
        "attention_head_dim": [1, 1, 1],
        "cross_attention_dim": sum(TEXT_WIDTHS),
        "addition_time_embed_dim": TIME_WIDTH,
        "projection_class_embeddings_input_dim": 6 * TIME_WIDTH + TEXT_WIDTHS[1],
    }
    return UNet2DConditionModel.from_config(config | changes)


def save_small_sdxl(
    folder: Path,
    *,
    in_channels: int = 4,
    prediction: str = "epsilon",
    variant: str | None = None,
    **unet: Any,
) -> None:
    """Write the folder as diffusers does, without a manifest; `unet` changes the U-Net's configuration."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = AutoencoderKL.from_config(
            _config("vae") | {"block_out_channels": VAE_WIDTHS, "sample_size": 64}
        )
        models = {
            "unet": small_unet(in_channels, **unet),
            "vae": vae,
            "text_encoder": CLIPTextModel(_text_config("text_encoder", TEXT_WIDTHS[0])),
            "text_encoder_2": CLIPTextModelWithProjection(_text_config("text_encoder_2", TEXT_WIDTHS[1])),
        }
    _save(folder, models, prediction, variant)


def full_parts(device: torch.device) -> Mapping[str, Any]:
    """SDXL 1.0 at its full size, by its folders, with random weights that are drawn on a device."""
    with device:
        return {
            "unet": UNet2DConditionModel.from_config(_config("unet")),
            "vae": AutoencoderKL.from_config(_config("vae")),
            "text_encoder": CLIPTextModel(CLIPTextConfig(**_config("text_encoder"))),
            "text_encoder_2": CLIPTextModelWithProjection(CLIPTextConfig(**_config("text_encoder_2"))),
        }


def save_full_sdxl(folder: Path, device: torch.device) -> None:
    """Write it as diffusers does, in half precision, without a manifest: 7 GB."""
    _save(folder, full_parts(device), "epsilon", "fp16")


def _save(folder: Path, models: Mapping[str, Any], prediction: str, variant: str | None) -> None:
    for name, model in models.items():
        model.half().save_pretrained(folder / name, variant=variant)
    for name, tokenizer in zip(("tokenizer", "tokenizer_2"), tokenizers(), strict=True):
        tokenizer.save_pretrained(folder / name)
    EulerDiscreteScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        steps_offset=1,
        timestep_spacing="leading",
    ).save_pretrained(folder / "scheduler")


def save_single_file(folder: Path, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write a model's folder once more, as one file with the original names."""
    tensors = {}
    for part, prefix, renamed in (
        ("unet", "model.diffusion_model.", _unet),
        ("vae", "first_stage_model.", _vae),
        ("text_encoder", "conditioner.embedders.0.transformer.text_model.", _first_text),
    ):
        for name, tensor in _weights(folder / part).items():
            for original, value in renamed(name, tensor):
                tensors[prefix + original] = value
    second = _second_text(_weights(folder / "text_encoder_2"))
    tensors |= {f"conditioner.embedders.1.model.{name}": tensor for name, tensor in second.items()}
    # What published files have besides, and no loader needs.
    tensors["conditioner.embedders.0.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    tensors["conditioner.embedders.1.model.logit_scale"] = torch.tensor(4.6)
    told = {"modelspec.resolution": f"{NATIVE_SIDE}x{NATIVE_SIDE}"} if metadata is None else dict(metadata)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, told)


def _weights(folder: Path) -> Mapping[str, Tensor]:
    (path,) = folder.glob("*.safetensors")
    return load_file(path)


def _unet(name: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    return [(original_name(name, 2), tensor)]


def _first_text(name: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    return [(name.removeprefix("text_model."), tensor)]


def _vae(name: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    last = len(VAE_WIDTHS) - 1
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{last - int(m[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0", "mid.attn_1").replace("conv_shortcut", "nin_shortcut")
    name = name.replace("conv_norm_out", "norm_out").replace("group_norm", "norm")
    for theirs, ours in (("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
        if f"attn_1.{theirs}" in name:
            name = name.replace(theirs, ours)
            tensor = tensor[:, :, None, None] if tensor.ndim == 2 else tensor
    return [(name, tensor)]


def _second_text(weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    renamed: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        name = name.removeprefix("text_model.")
        for theirs, ours in (
            ("encoder.layers", "transformer.resblocks"),
            ("layer_norm1", "ln_1"),
            ("layer_norm2", "ln_2"),
            ("mlp.fc1", "mlp.c_fc"),
            ("mlp.fc2", "mlp.c_proj"),
            ("self_attn.", "attn."),
            ("embeddings.position_embedding.weight", "positional_embedding"),
            ("embeddings.token_embedding", "token_embedding"),
            ("final_layer_norm", "ln_final"),
        ):
            name = name.replace(theirs, ours)
        renamed[name] = tensor
    renamed["text_projection"] = renamed.pop("text_projection.weight").T
    for name in [name for name in renamed if ".q_proj." in name]:
        stem, kind = name.split(".q_proj.")
        joined = torch.cat([renamed.pop(f"{stem}.{part}_proj.{kind}") for part in "qkv"])
        renamed[f"{stem}.in_proj_{kind}"] = joined
    return renamed


def _text_config(name: str, width: int) -> CLIPTextConfig:
    narrow = {"hidden_size": width, "intermediate_size": 2 * width, "projection_dim": width}
    return CLIPTextConfig(**_config(name) | narrow | {"num_hidden_layers": 2, "num_attention_heads": 1})


def _config(name: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((CONFIGS / name / "config.json").read_text())
    return config
