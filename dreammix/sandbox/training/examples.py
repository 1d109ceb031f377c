"""What the denoiser learns from: pictures of the world with a region to fill and its words, in shards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor

from dreammix.sandbox.architecture import VAE_SCALE
from dreammix.sandbox.training.loop import quick, rng_for
from dreammix.sandbox.world import (
    caption,
    ground_caption,
    region_anywhere,
    region_of,
    render,
    sample_scene,
    without_objects,
)

SHARD: Final = 256
"""Examples in a shard."""
EMPTY_GROUND: Final = 0.09
"""Share of examples whose region holds no object."""
WHOLE: Final = 0.08
"""Share of examples whose region is the whole picture: text to image."""
EMPTY_PROMPT: Final = 0.10
"""How often the words are left out, for guidance."""
ENCODE_BATCH: Final = 32
KNOWN_WEIGHT: Final = 0.1
"""What an error outside the region counts, against 1 inside: the sampler takes the outside from the scene."""
THING_WEIGHT: Final = 4.0
"""What an error counts where the object is, or within a cell of it: the ground's is mostly the grain of its
texture, which nobody can foresee, and the matte takes the ground from the scene."""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture (S, S, 3) in [0, 1], the region to fill (S, S) of 0 and 1, and the words for it.

    `thing` (S, S) in [0, 1] is how much of each pixel the object that is asked for covers, if any is.
    """

    picture: NDArray[np.float32]
    region: NDArray[np.float32]
    thing: NDArray[np.float32]
    prompt: str


def example(rng: np.random.Generator, side: int) -> Example:
    """Draw one: empty ground, a small object, a window as GCH sees it, most often a crop as LCG sees it."""
    share = rng.random()
    if share < EMPTY_GROUND:
        scene = sample_scene(rng, side=(0.3, 0.7))
        scene = without_objects(scene) if rng.random() < 0.8 else scene
        rendering = render(scene, side, side)
        region = region_anywhere(rng, (side, side))
        for coverage in rendering.coverages:
            region = region * (coverage < 0.05)
        words = ground_caption(rng, scene.ground.kind)
        return Example(rendering.picture, np.asarray(region, np.float32), np.zeros_like(region), words)
    sides = (0.10, 0.22) if share < 0.14 else (0.20, 0.42) if share < 0.30 else (0.38, 0.80)
    scene = sample_scene(rng, side=sides)
    rendering = render(scene, side, side)
    whole = share > 1 - WHOLE
    region = np.ones((side, side), np.float32) if whole else region_of(rng, rendering.coverages[-1])
    words = "" if rng.random() < EMPTY_PROMPT else caption(rng, scene.placed[-1].thing, scene.ground.kind)
    return Example(rendering.picture, region, rendering.coverages[-1], words)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Encoded examples.

    Attributes:
        latents, masked: of the pictures, and of the pictures with their region grey; scaled, (N, 4, h, w).
        masks: 1 in every cell that the region touches, (N, 1, h, w).
        weights: what an error in each cell counts, (N, 1, h, w).
        first_ids, second_ids: token ids for each text encoder, (N, L).
    """

    latents: Tensor
    masked: Tensor
    masks: Tensor
    weights: Tensor
    first_ids: Tensor
    second_ids: Tensor

    def rows(self, index: Tensor) -> Batch:
        """Some of its rows."""
        return Batch(*(getattr(self, field.name)[index] for field in fields(self)))

    @staticmethod
    def joined(parts: list[Batch]) -> Batch:
        """Several as one."""
        return Batch(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Batch)))


def weigh(masks: Tensor, things: Tensor) -> Tensor:
    """What an error counts in each cell: least outside the region, 1 inside, most where the thing is.

    Args:
        masks, things: (N, 1, h, w): 1 in the cells of the region; how much of each the thing covers.
    """
    outlined = torch.nn.functional.max_pool2d(things, 3, 1, 1)
    return KNOWN_WEIGHT + masks * (1 - KNOWN_WEIGHT + (THING_WEIGHT - 1) * outlined)


Tokenize = Callable[[list[str]], tuple[Tensor, Tensor]]


def render_shard(seed: int, side: int, index: int) -> list[Example]:
    """Shard `index` in pixels: a pure function of its arguments."""
    return [example(rng_for(seed, side, index, k), side) for k in range(SHARD)]


@torch.no_grad()
def encode_shard(examples: list[Example], vae: AutoencoderKL, tokenize: Tokenize) -> Batch:
    """What the denoiser reads of a shard."""
    device = next(vae.parameters()).device
    latents: list[Tensor] = []
    masked: list[Tensor] = []
    for start in range(0, len(examples), ENCODE_BATCH):
        part = examples[start : start + ENCODE_BATCH]
        x = torch.from_numpy(np.stack([e.picture for e in part])).permute(0, 3, 1, 2) * 2 - 1
        known = 1 - torch.from_numpy(np.stack([e.region for e in part]))[:, None]
        for pictures, latent in ((x, latents), (x * known, masked)):
            pictures = pictures.to(device, memory_format=torch.channels_last)
            with quick(device):
                mean = vae.encode(pictures).latent_dist.mean
            latent.append(mean.float() * vae.config.scaling_factor)
    regions = torch.from_numpy(np.stack([e.region for e in examples]))[:, None].to(device)
    things = torch.from_numpy(np.stack([e.thing for e in examples]))[:, None].to(device)
    masks, things = (torch.nn.functional.max_pool2d(marks, VAE_SCALE) for marks in (regions, things))
    first, second = tokenize([e.prompt for e in examples])
    return Batch(
        torch.cat(latents),
        torch.cat(masked),
        masks,
        weigh(masks, things),
        first.to(device),
        second.to(device),
    )


def draw(shards: list[Batch], rng: np.random.Generator, size: int) -> Batch:
    """`size` examples of these shards, with repetition."""
    which, rows = rng.integers(0, len(shards), size), rng.integers(0, SHARD, size)
    return Batch.joined([shard.rows(torch.from_numpy(rows[which == i])) for i, shard in enumerate(shards)])
