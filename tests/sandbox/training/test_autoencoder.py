"""The autoencoder's stage: what it learns from, and the scale that it leaves latents at."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from dreammix.sandbox.training import autoencoder, window
from dreammix.sandbox.training.autoencoder import (
    psnr,
    tile_side,
    train_autoencoder,
    train_decoder,
    world_picture,
)

CPU = torch.device("cpu")


def test_pictures_follow_from_seed_and_index(small: None) -> None:
    """The same pair gives the same picture, any other pair another."""
    pictures = {pair: world_picture(*pair).tobytes() for pair in ((0, 0), (0, 1), (1, 0))}
    assert len(set(pictures.values())) == 3
    assert world_picture(0, 1).tobytes() == pictures[0, 1]


def test_a_shard_is_its_pictures(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards follow one another without a gap."""
    monkeypatch.setattr(autoencoder, "SHARD", 3)
    shard = autoencoder.render_shard(0, 2)
    assert np.array_equal(shard, np.stack([world_picture(0, index) for index in (6, 7, 8)]))


def test_tiles_grow() -> None:
    """Mostly small ones, whole pictures at the end."""
    sides = [tile_side(step, 100) for step in range(100)]
    assert sides == sorted(sides)
    assert [sides.count(side) for side in (32, 64, 128)] == [60, 30, 10]


def test_latents_get_unit_variance(
    small: None, vae: AutoencoderKL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scale that training sets brings latents of new pictures to a standard deviation of about 1."""
    monkeypatch.setattr(autoencoder, "SHARD", 2)
    monkeypatch.setattr(window, "ProcessPoolExecutor", lambda n, mp_context: ThreadPoolExecutor(n))
    before = vae.config["scaling_factor"]
    vae.requires_grad_(True)
    train_autoencoder(vae, tmp_path, steps=2, tiles=2, seed=0, workers=1, device=CPU)
    pictures = (
        torch.from_numpy(np.stack([world_picture(9, k) for k in range(24)])).permute(0, 3, 1, 2) * 2 - 1
    )
    with torch.no_grad():
        latents = vae.encode(pictures).latent_dist.mean * vae.config["scaling_factor"]
    assert vae.config["scaling_factor"] != before
    assert float(latents.std()) == pytest.approx(1.0, abs=0.15)


def test_the_decoder_learns_alone(
    small: None, vae: AutoencoderKL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained on, it decodes better what it is given, and what is encoded stays the same to the bit."""
    monkeypatch.setattr(autoencoder, "SHARD", 2)
    monkeypatch.setattr(window, "ProcessPoolExecutor", lambda n, mp_context: ThreadPoolExecutor(n))
    vae.requires_grad_(False)
    encoder = {name: value.clone() for name, value in vae.encoder.state_dict().items()}
    before = psnr(vae, 0, count=4)
    train_decoder(vae, tmp_path, steps=40, tiles=4, seed=0, workers=1, device=CPU)
    assert psnr(vae, 0, count=4) > before + 0.1
    assert all(torch.equal(encoder[name], value) for name, value in vae.encoder.state_dict().items())
    assert not any(weight.requires_grad for weight in vae.parameters())


def test_psnr_is_of_pictures_that_training_never_sees(small: None, vae: AutoencoderKL) -> None:
    """An untrained autoencoder is far from 32 dB, and the figure is what the pictures say."""
    with torch.no_grad():
        picture = torch.from_numpy(world_picture(1, 0)).permute(2, 0, 1)[None]
        decoded = vae.decode(vae.encode(picture * 2 - 1).latent_dist.mean).sample.clamp(-1, 1) * 0.5 + 0.5
    error = float(((picture - decoded) ** 2).mean())
    assert psnr(vae, 0, count=1) == pytest.approx(-10 * np.log10(error), abs=1e-3)
    assert psnr(vae, 0, count=4) < 25
