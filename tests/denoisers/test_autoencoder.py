"""The autoencoder behind the denoisers' scale."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from dreammix.denoisers import Autoencoder


@pytest.fixture
def vae() -> AutoencoderKL:
    """A small one that halves the sides twice."""
    torch.manual_seed(0)
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        norm_num_groups=4,
        latent_channels=4,
        scaling_factor=0.7,
    ).eval()


@torch.no_grad()
def test_encode(vae: AutoencoderKL) -> None:
    """A latent is the mean of its distribution times the scaling factor, a fourth of the picture a side."""
    pictures = torch.rand(2, 3, 16, 24) * 2 - 1
    latents = Autoencoder(vae).encode(pictures)
    assert latents.shape == (2, 4, 4, 6)
    torch.testing.assert_close(latents, vae.encode(pictures).latent_dist.mean * 0.7)


@torch.no_grad()
def test_decode(vae: AutoencoderKL) -> None:
    """Decoding takes the scaling factor off first."""
    latents = torch.randn(2, 4, 4, 6)
    torch.testing.assert_close(Autoencoder(vae).decode(latents), vae.decode(latents / 0.7).sample)


@torch.no_grad()
def test_precision(vae: AutoencoderKL) -> None:
    """An autoencoder of 16 bits takes and gives fp32."""
    autoencoder = Autoencoder(vae.to(torch.bfloat16))
    latents = autoencoder.encode(torch.rand(1, 3, 8, 8))
    assert latents.dtype == torch.float32
    assert autoencoder.decode(latents).dtype == torch.float32


@torch.no_grad()
@pytest.mark.parametrize("way", ["encode", "decode"])
def test_one_that_overflows_in_half_precision_leaves_it(vae: AutoencoderKL, way: str) -> None:
    """As SDXL's own: it says what it says in fp32, and does so from then on."""
    for coder in (vae.encoder, vae.decoder):
        coder.conv_in.weight.mul_(30_000 / coder.conv_in.weight.abs().max())
    given = torch.ones(1, 3, 8, 8) if way == "encode" else torch.ones(1, 4, 4, 4)
    whole, half = Autoencoder(vae.half().float()), Autoencoder(deepcopy(vae).half())
    assert torch.isfinite(getattr(whole, way)(given)).all()
    torch.testing.assert_close(getattr(half, way)(given), getattr(whole, way)(given))
    assert half.vae.dtype is torch.float32


@torch.no_grad()
def test_one_that_was_mended_stays_in_half_precision(vae: AutoencoderKL) -> None:
    """Nothing overflows, and nothing changes."""
    autoencoder = Autoencoder(vae.half())
    autoencoder.decode(autoencoder.encode(torch.ones(1, 3, 8, 8)))
    assert autoencoder.vae.dtype is torch.float16


def test_scale(vae: AutoencoderKL) -> None:
    """Three levels halve the sides twice."""
    assert Autoencoder(vae).scale == 4
