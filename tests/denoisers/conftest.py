"""A U-Net of SDXL's kind, so small that it runs in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from dreammix.conditioning import Conditioning
from dreammix.denoisers import Inpainting, NoiseLevels, Prediction, TextUNet

TOKENS, POOLED = 12, 6
WIDTH = 8


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that an adapter needs, with random weights."""

    def unet(self, in_channels: int = 4) -> UNet2DConditionModel:
        torch.manual_seed(0)
        unet = UNet2DConditionModel(
            sample_size=8,
            in_channels=in_channels,
            block_out_channels=(WIDTH, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=TOKENS,
            attention_head_dim=4,
            norm_num_groups=4,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=POOLED + 6 * 4,
        )
        return unet.requires_grad_(False).eval()

    def words(self, rows: int = 1, seed: int = 0) -> Conditioning:
        generator = torch.Generator().manual_seed(seed)
        return Conditioning(
            tokens=torch.randn(rows, 5, TOKENS, generator=generator),
            pooled=torch.randn(rows, POOLED, generator=generator),
        )

    def inpainting(self) -> Inpainting:
        generator = torch.Generator().manual_seed(3)
        mask = torch.zeros(1, 1, 8, 12)
        mask[..., 2:6, 3:9] = 1
        return Inpainting(mask=mask, masked_latent=torch.randn(1, 4, 8, 12, generator=generator))

    def head(self) -> torch.Tensor:
        return torch.randn(WIDTH, 5, 3, 3, generator=torch.Generator().manual_seed(4))

    def latents(self, rows: int = 2) -> torch.Tensor:
        return torch.randn(rows, 4, 8, 12, generator=torch.Generator().manual_seed(5))

    def bound(
        self,
        unet: UNet2DConditionModel,
        words: Conditioning | None = None,
        prediction: Prediction = Prediction.V,
    ) -> TextUNet:
        return TextUNet(
            unet=unet,
            prediction=prediction,
            levels=sdxl_levels(),
            conditioning=words or self.words(),
            time_ids=torch.tensor([[64.0, 96.0, 0.0, 0.0, 64.0, 96.0]]),
            dtype=unet.dtype,
        )


def sdxl_levels() -> NoiseLevels:
    """The noise that SDXL was trained on."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return NoiseLevels(torch.cumprod(1 - betas, 0))


@pytest.fixture
def bench() -> Bench:
    """The parts of an adapter."""
    return Bench()


@pytest.fixture
def levels() -> NoiseLevels:
    """SDXL's noise."""
    return sdxl_levels()
