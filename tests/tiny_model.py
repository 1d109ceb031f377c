"""A model of random weights, a few hundred kilobytes in all, saved just as a real one is."""

from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from dreammix.models import write_manifest

NATIVE_SIDE: Final = 32
MULTIPLE: Final = 16
TEXT_WIDTH: Final = 8
TEXT_LENGTH: Final = 48
UNET_WIDTH: Final = 8
TIME_WIDTH: Final = 4


def save_tiny_model(folder: Path, *, in_channels: int = 4) -> None:
    """Write the model's folder; always the same model, and nobody else's random numbers change.

    A U-Net of 4 input channels gets a head beside it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _save_parts(folder, in_channels)
        head = 0.1 * torch.randn(UNET_WIDTH, 5, 3, 3)
        preview = {"weight": 0.3 * torch.randn(3, 4), "bias": torch.zeros(3)}
    if in_channels == 4:
        save_file({"head": head.half()}, folder / "inpaint_head.safetensors")
    save_file(preview, folder / "preview.safetensors")
    write_manifest(folder, name="tiny", native_side=NATIVE_SIDE, multiple=MULTIPLE)


def _save_parts(folder: Path, in_channels: int) -> None:
    tokenizer = _tokenizer()
    scheduler = DDPMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type="v_prediction"
    )
    _autoencoder().half().save_pretrained(folder / "vae")
    _unet(in_channels).half().save_pretrained(folder / "unet")
    CLIPTextModel(_text_config(tokenizer)).half().save_pretrained(folder / "text_encoder")
    CLIPTextModelWithProjection(_text_config(tokenizer)).half().save_pretrained(folder / "text_encoder_2")
    tokenizer.save_pretrained(folder / "tokenizer")
    tokenizer.save_pretrained(folder / "tokenizer_2")
    scheduler.save_pretrained(folder / "scheduler")


def _tokenizer() -> CLIPTokenizer:
    """CLIP's byte-pair encoding with two merges: "red" is one token, any other word one a letter."""
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "re", "red</w>"]
    vocabulary = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    merges: Any = [
        ("r", "e"),
        ("re", "d</w>"),
    ]  # The library's own annotation says strings, its code says pairs.
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TEXT_LENGTH)


def _text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=2 * TEXT_WIDTH,
        projection_dim=TEXT_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TEXT_LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _unet(in_channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=NATIVE_SIDE // 4,
        in_channels=in_channels,
        block_out_channels=(UNET_WIDTH, 2 * UNET_WIDTH, 2 * UNET_WIDTH),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        cross_attention_dim=2 * TEXT_WIDTH,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_WIDTH,
        projection_class_embeddings_input_dim=6 * TIME_WIDTH + TEXT_WIDTH,
        use_linear_projection=True,
    )


def _autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=NATIVE_SIDE,
        scaling_factor=0.5,
    )
