"""The autoencoder, on tiles of world pictures, small ones first; and at last its decoder once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor

from dreammix.sandbox.training.loop import quick, rng_for, torch_rng_for, train
from dreammix.sandbox.training.window import Window
from dreammix.sandbox.world import render, sample_scene

PICTURE: Final = 128
"""Side of a rendered picture in pixels; tiles are cut from it."""
KL_WEIGHT: Final = 1e-4
SHARD: Final = 32
"""Pictures rendered together."""
SHARDS: Final = 4
"""Of these so many are kept."""


def world_picture(seed: int, index: int) -> NDArray[np.float32]:
    """Picture `index` of the autoencoder's world, (128, 128, 3) in [0, 1]."""
    rng = rng_for(seed, 1, index)
    return render(sample_scene(rng, side=(0.15, 0.95), others=0.5), PICTURE, PICTURE).picture


def render_shard(seed: int, index: int) -> NDArray[np.float32]:
    """Pictures of shard `index`, (SHARD, 128, 128, 3)."""
    return np.stack([world_picture(seed, index * SHARD + k) for k in range(SHARD)])


def tile_side(step: int, steps: int) -> int:
    """Tiles of 32 pixels for most of the run, then larger, so that the norms meet whole pictures."""
    share = step / steps
    return 32 if share < 0.6 else 64 if share < 0.9 else 128


def decoder_tile_side(step: int, steps: int) -> int:
    """Half a picture wide, at the end a whole one: what small tiles can teach is known."""
    return PICTURE // 2 if step / steps < 0.8 else PICTURE


def train_autoencoder(
    vae: AutoencoderKL, folder: Path, *, steps: int, tiles: int, seed: int, workers: int, device: torch.device
) -> None:
    """Train and set `scaling_factor` so that latents have unit variance.

    Args:
        tiles: of 32 x 32 pixels a step; fewer when they are larger.
        workers: processes that render.
    """

    def loss_of(x: Tensor, step: int) -> Tensor:
        posterior = vae.encode(x).latent_dist
        noise = torch.randn(posterior.mean.shape, generator=torch_rng_for(seed, step, device), device=device)
        kl: Tensor = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).mean()
        return _distance(vae.decode(posterior.mean + posterior.std * noise).sample, x) + KL_WEIGHT * kl

    with _tiles(seed, steps, tiles, tile_side, workers, device) as at:
        train(vae, lambda k: loss_of(at(k), k), folder=folder, steps=steps, rate=2e-3, decay=0.995)
    with torch.no_grad():
        held = torch.from_numpy(np.stack([world_picture(seed + 1, k) for k in range(64)]))
        latents = vae.encode(held.to(device).permute(0, 3, 1, 2) * 2 - 1).latent_dist.mean
        vae.register_to_config(scaling_factor=float(1 / latents.std()))


def train_decoder(
    vae: AutoencoderKL, folder: Path, *, steps: int, tiles: int, seed: int, workers: int, device: torch.device
) -> None:
    """Train the decoder on; latents stay as they are, so what was trained on them stays right.

    Takes what `train_autoencoder` takes.
    """
    vae.decoder.requires_grad_(True)

    def loss_of(x: Tensor) -> Tensor:
        with quick(device):
            with torch.no_grad():
                latents = vae.encode(x).latent_dist.mean
            decoded = vae.decode(latents).sample
        return _distance(decoded.float(), x)

    with _tiles(seed, steps, tiles, decoder_tile_side, workers, device) as at:
        train(vae.decoder, lambda k: loss_of(at(k)), folder=folder, steps=steps, rate=1e-3, decay=0.998)
    vae.decoder.requires_grad_(False)


def _distance(decoded: Tensor, x: Tensor) -> Tensor:
    """Charbonnier's: as the absolute error, but round at 0."""
    return torch.sqrt((decoded - x) ** 2 + 1e-4).mean()


@contextmanager
def _tiles(
    seed: int,
    steps: int,
    tiles: int,
    side_at: Callable[[int, int], int],
    workers: int,
    device: torch.device,
) -> Iterator[Callable[[int], Tensor]]:
    """The tiles of each step, (N, 3, side, side) in [-1, 1], cut from what child processes render."""
    window = Window(
        partial(render_shard, seed),
        lambda pictures: torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2) * 2 - 1,
        kept=SHARDS,
        period=SHARD,
        workers=workers,
    )

    def at(step: int) -> Tensor:
        rng, side, shards = rng_for(seed, 2, step), side_at(step, steps), window.at(step)
        places = rng.integers(0, (SHARDS, SHARD, PICTURE - side + 1, PICTURE - side + 1), (tiles, 4))
        cut = [
            shards[i][k, :, top : top + side, left : left + side]
            for i, k, top, left in places[: max(2, tiles * 32 * 32 // side**2)].tolist()
        ]
        return torch.stack(cut)

    try:
        yield at
    finally:
        window.close()


@torch.no_grad()
def psnr(vae: AutoencoderKL, seed: int, count: int = 64) -> float:
    """Mean PSNR in dB over pictures that training never saw."""
    values = []
    device = next(vae.parameters()).device
    for index in range(count):
        x = torch.from_numpy(world_picture(seed + 1, index)).permute(2, 0, 1)[None].to(device)
        y = vae.decode(vae.encode(x * 2 - 1).latent_dist.mean).sample.clamp(-1, 1) * 0.5 + 0.5
        values.append(float(-10 * torch.log10(((x - y) ** 2).mean())))
    return float(np.mean(values))
