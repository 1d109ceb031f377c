"""An SDXL in one safetensors file: built from configurations that come with the program, not from the hub.

The configurations are SDXL's; widths and numbers of layers are those of the file. diffusers' own converters
give its tensors their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import init_empty_weights  # type: ignore[import-untyped]
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from safetensors import safe_open
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from dreammix.models.parts import Parts
from dreammix.models.recognise import read_weights_header

CONFIGS: Final = Path(__file__).parent / "configs"
_UNET: Final = "model.diffusion_model."
_VAE: Final = "first_stage_model."
_FIRST: Final = "conditioner.embedders.0.transformer.text_model."
_SECOND: Final = "conditioner.embedders.1.model."
_HEAD_WIDTH: Final = 64
"""Channels of one attention head, in SDXL's U-Net as in its text encoders."""
_PADDING: Final = ("<|endoftext|>", "!")
"""What each of SDXL's two tokenizers pads with."""
_MAX_TOKENS: Final = 77

Shapes = Mapping[str, tuple[int, ...]]


def load_single_file(path: Path, dtype: torch.dtype) -> Parts:
    """Load all parts of a file that `recognise` took for an SDXL.

    Raises:
        OSError, ValueError, KeyError, RuntimeError: it is damaged, or holds other parts than it seemed to.
    """
    shapes = {name: tensor.shape for name, tensor in read_weights_header(path).tensors.items()}
    unet_config, vae_config = _unet_config(shapes), _vae_config(shapes)
    first_config, second_config = _first_config(shapes), _second_config(shapes)
    with init_empty_weights():
        unet = UNet2DConditionModel.from_config(unet_config)
        vae = AutoencoderKL.from_config(vae_config)
        first, second = CLIPTextModel(first_config), CLIPTextModelWithProjection(second_config)
    with safe_open(path, framework="pt") as stored:
        _fill(unet, convert_ldm_unet_checkpoint(_taken(stored, _UNET, shapes, dtype), unet_config))
        _fill(vae, convert_ldm_vae_checkpoint(_taken(stored, _VAE, shapes, dtype), vae_config))
        _fill(first, convert_ldm_clip_checkpoint(_taken(stored, _FIRST, shapes, dtype)))
        tensors = _taken(stored, _SECOND, shapes, dtype)
        _fill(second, convert_open_clip_checkpoint(second, tensors, prefix=_SECOND))
    return Parts(
        unet=unet,
        vae=vae,
        tokenizers=tokenizers(),
        encoders=(first, second),
        scheduler=DDPMScheduler.from_config(_config("scheduler", "scheduler_config.json")),
    )


def tokenizers() -> tuple[CLIPTokenizer, CLIPTokenizer]:
    """CLIP's tokenizer, as SDXL's two text encoders use it."""
    lines = (CONFIGS / "tokenizer" / "merges.txt").read_text(encoding="utf-8").splitlines()
    merges: Any = [tuple(line.split(" ")) for line in lines]  # The library's annotation says strings.
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    vocabulary = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    first, second = (
        CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=padding, model_max_length=_MAX_TOKENS)
        for padding in _PADDING
    )
    return first, second


def _fill(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors into a model without content: all of them, each in its place."""
    wanted = model.state_dict()
    # transformers has changed whether the text model is wrapped, and older files hold counters besides.
    by_name = {name if name in wanted else name.removeprefix("text_model."): t for name, t in tensors.items()}
    by_name = {
        name if name in wanted else f"text_model.{name}": tensor
        for name, tensor in by_name.items()
        if not name.endswith(("position_ids", "logit_scale"))
    }
    model.load_state_dict(by_name, strict=True, assign=True)


def _taken(stored: Any, prefix: str, shapes: Shapes, dtype: torch.dtype) -> dict[str, Tensor]:
    """The floating-point tensors of one part. Raises ValueError where one is no number."""
    tensors = {}
    for name in shapes:
        if name.startswith(prefix):
            tensor = stored.get_tensor(name)
            if not tensor.is_floating_point():
                continue
            tensors[name] = tensor.to(dtype)
            if not torch.isfinite(tensors[name]).all():
                raise ValueError(f"{name} holds NaN or infinity")
    return tensors


def _unet_config(shapes: Shapes) -> Mapping[str, Any]:
    widths = [shapes[f"{_UNET}{name}.weight"][0] for name in ("input_blocks.0.0", *_FIRST_CONVOLUTIONS)]
    told = shapes[f"{_UNET}label_emb.0.0.weight"][1]
    pooled = shapes[f"{_SECOND}text_projection"][1]
    return {
        **_config("unet"),
        "in_channels": shapes[f"{_UNET}input_blocks.0.0.weight"][1],
        "block_out_channels": widths,
        "attention_head_dim": [_heads(width) for width in widths],
        "cross_attention_dim": shapes[f"{_UNET}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"][1],
        "addition_time_embed_dim": (told - pooled) // 6,
        "projection_class_embeddings_input_dim": told,
    }


_FIRST_CONVOLUTIONS: Final = ("input_blocks.4.0.in_layers.2", "input_blocks.7.0.in_layers.2")
"""Of the U-Net's second and third level."""


def _vae_config(shapes: Shapes) -> Mapping[str, Any]:
    config = _config("vae")
    levels = range(len(config["block_out_channels"]))
    widths = [shapes[f"{_VAE}encoder.down.{level}.block.0.conv1.weight"][0] for level in levels]
    # Whether its autoencoder was mended for fp16 a file does not say: it shows when it computes.
    return {**config, "block_out_channels": widths, "force_upcast": False}


def _first_config(shapes: Shapes) -> CLIPTextConfig:
    words, width = shapes[f"{_FIRST}embeddings.token_embedding.weight"]
    return CLIPTextConfig(
        **_config("text_encoder")
        | {
            "vocab_size": words,
            "hidden_size": width,
            "intermediate_size": shapes[f"{_FIRST}encoder.layers.0.mlp.fc1.weight"][0],
            "projection_dim": width,
            "num_hidden_layers": _layers(shapes, f"{_FIRST}encoder.layers."),
            "num_attention_heads": _heads(width),
        }
    )


def _second_config(shapes: Shapes) -> CLIPTextConfig:
    words, width = shapes[f"{_SECOND}token_embedding.weight"]
    return CLIPTextConfig(
        **_config("text_encoder_2")
        | {
            "vocab_size": words,
            "hidden_size": width,
            "intermediate_size": shapes[f"{_SECOND}transformer.resblocks.0.mlp.c_fc.weight"][0],
            "projection_dim": shapes[f"{_SECOND}text_projection"][1],
            "num_hidden_layers": _layers(shapes, f"{_SECOND}transformer.resblocks."),
            "num_attention_heads": _heads(width),
        }
    )


def _heads(width: int) -> int:
    return max(1, width // _HEAD_WIDTH)


def _layers(names: Iterable[str], prefix: str) -> int:
    return len({name.removeprefix(prefix).split(".")[0] for name in names if name.startswith(prefix)})


def _config(part: str, file: str = "config.json") -> dict[str, Any]:
    config: dict[str, Any] = json.loads((CONFIGS / part / file).read_text(encoding="utf-8"))
    return config
