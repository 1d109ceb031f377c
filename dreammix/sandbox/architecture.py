"""SDXL's architecture, small: the sandbox model's parts, made fresh with random weights."""

from __future__ import annotations

from typing import Final

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

NATIVE_SIDE: Final = 128
"""Pixels."""
VAE_SCALE: Final = 4
"""Pixels per latent cell along a side."""
LATENT_CHANNELS: Final = 4
TOKENS: Final = 32
"""Length of a prompt in tokens, with the marks of beginning and end."""
WIDTHS: Final = (96, 128)
"""Widths of the two text encoders; their penultimate states, joined, are what the U-Net attends to."""
POOLED: Final = 128
"""Width of the second encoder's projected embedding."""
TIME_ID_WIDTH: Final = 16
"""Width of the embedding of each of SDXL's six size numbers."""
UNET_CHANNELS: Final = (48, 96, 192)
HEAD_INPUTS: Final = 1 + LATENT_CHANNELS
"""The inpaint head reads the mask and the masked picture's latent, as Fooocus' does."""


def autoencoder() -> AutoencoderKL:
    """An autoencoder from sides to a quarter, in 4 channels; convolutions only, so that any size will do."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 96),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=NATIVE_SIDE,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _text_config(vocabulary: int, width: int, end: int, *, projection: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=4 * width,
        projection_dim=projection,
        num_hidden_layers=3,
        num_attention_heads=width // 32,
        max_position_embeddings=TOKENS,
        bos_token_id=end - 1,
        eos_token_id=end,
        pad_token_id=end,
        hidden_act="quick_gelu",
    )


def text_encoders(vocabulary: int, end: int) -> tuple[CLIPTextModel, CLIPTextModelWithProjection]:
    """SDXL's pair: a plain encoder, and one with a projection for the pooled embedding.

    Args:
        vocabulary: number of tokens.
        end: id of the token that ends (and pads) a prompt.
    """
    return (
        CLIPTextModel(_text_config(vocabulary, WIDTHS[0], end, projection=WIDTHS[0])),
        CLIPTextModelWithProjection(_text_config(vocabulary, WIDTHS[1], end, projection=POOLED)),
    )


def unet() -> UNet2DConditionModel:
    """SDXL's U-Net, small: no attention at the first level; sizes and pooled text join the time embedding."""
    return UNet2DConditionModel(
        sample_size=NATIVE_SIDE // VAE_SCALE,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=UNET_CHANNELS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        transformer_layers_per_block=1,
        attention_head_dim=(2, 3, 6),
        cross_attention_dim=sum(WIDTHS),
        norm_num_groups=16,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_ID_WIDTH,
        projection_class_embeddings_input_dim=POOLED + 6 * TIME_ID_WIDTH,
    )
