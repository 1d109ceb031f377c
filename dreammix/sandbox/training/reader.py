"""The reader's stage: things as models paint them, softer and blotchier than the renderer does, and none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dreammix.geometry import Units
from dreammix.sandbox import reader
from dreammix.sandbox.reader import NOTHING, Reader, look, width_of
from dreammix.sandbox.training.clip import displaced, melt
from dreammix.sandbox.training.loop import CHECKPOINT, quick, read_checkpoint, rng_for, train
from dreammix.sandbox.training.window import Window
from dreammix.sandbox.world import (
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    RegionKind,
    Thing,
    paint_ground,
    put,
    region_of,
    sample_ground,
    sample_placed,
    sample_thing,
)
from dreammix.sandbox.world.grounds import noise
from dreammix.sandbox.world.scenes import SHADOW_STRENGTH

BATCH: Final = 64
RATE: Final = 2e-3
"""Peak learning rate."""
SHARD: Final = 256
"""Examples in a shard."""
KEPT: Final = 24
"""Shards that batches are drawn from at a time."""
PERIOD: Final = 20
"""Steps after which one of them is renewed: each example is seen about five times."""
SCENE: Final = 128
"""Side of the rendered scenes, in pixels."""
OBJECT: Final = (0.4, 0.8)
"""Range of a thing's height, as a share of the side."""
REGIONS: Final = (RegionKind.BOX, RegionKind.ELLIPSE, RegionKind.BLOB)
"""Those that are about as large as the object, as what is read is."""
EMPTY: Final = 0.12
"""Share of examples that show no thing."""
MISTAKEN: Final = 0.4
"""Share of examples whose region was drawn for another thing: its outline must not give the answer."""
SHADED: Final = 0.6
"""Share of things with a shadow: a matte takes it away."""
SPOILT: Final = 0.85
"""Share of things that are painted worse than they are rendered."""
UNASKED: Final = -1
"""The answer to a question that makes no sense for an example."""
WEIGHTS: Final = (1.0, 1.0, 0.5, 2.0, 1.0, 1.0)
"""What each choice counts: a pattern's name is the hardest to learn."""
WIDTH_WEIGHT: Final = 4.0
"""What an error of the width counts, whose logarithm is seldom wrong by more than 0.1."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Looks (N, 7, S, S), which choice answers each head but the last (N, 6), and the widths (N,)."""

    looks: Tensor
    choices: Tensor
    widths: Tensor

    def rows(self, index: Tensor) -> Examples:
        """Some of them."""
        return Examples(self.looks[index], self.choices[index], self.widths[index])


def example(rng: np.random.Generator) -> tuple[Units, list[int], float]:
    """Draw one: what is seen, what is right to say, how wide the thing is. Also held-out pairs."""
    ground = paint_ground(sample_ground(rng), SCENE, SCENE)
    thing = sample_thing(rng, held_out=None)
    placed = sample_placed(rng, thing, float(rng.uniform(*OBJECT)))
    light = float(rng.uniform(-0.9, -0.1))
    picture = ground.copy()
    outlined = coverage = put(picture, placed, light, SHADOW_STRENGTH * float(rng.random() < SHADED))
    if rng.random() < MISTAKEN:
        other = replace(placed, thing=sample_thing(rng), size=placed.size * float(rng.uniform(0.85, 1.2)))
        outlined = put(ground.copy(), other, light)
    region = region_of(rng, outlined, REGIONS[rng.integers(len(REGIONS))])
    if rng.random() < EMPTY:
        seen = look(ground, _inside(ground, no_thing(rng, ground, picture, region), region), region)
        return seen, [NOTHING, *[UNASKED] * 5], 0.0
    if rng.random() < SPOILT:
        picture = ground + spoilt(rng, picture - ground, coverage)
    bare = replace(placed, thing=replace(thing, accessory=Accessory.NONE))
    return (
        look(ground, _inside(ground, picture, region), region),
        _choices(thing),
        width_of(put(ground.copy(), bare, light)),
    )


def spoilt(rng: np.random.Generator, change: Units, coverage: Units) -> Units:
    """What a thing changes in a scene (S, S, 3), as a model would paint it: some of these, each more or less.

    Its outline is bent, parts are missing, all of it is soft, off in colour and blotched, with a halo.
    """
    side = len(change)

    def grain(finest: float, coarsest: float, planes: int) -> Units:
        cell = float(rng.uniform(finest, coarsest)) * side
        return np.stack([noise(rng, side, side, cell) for _ in range(planes)], axis=-1)

    if rng.random() < 0.5:
        reach, cell = float(rng.uniform(0, 0.035)), float(rng.uniform(0.06, 0.25))
        rows, columns = displaced(rng, side, side, reach, cell)
        change, coverage = change[rows, columns], coverage[rows, columns]
    if rng.random() < 0.35:
        change = change * np.clip(3 * (float(rng.uniform(1.0, 2.0)) - grain(0.06, 0.2, 1)), 0, 1)
    deviation = float(rng.uniform(0, 0.03)) * side
    change, cover = softened(change, deviation), softened(coverage[..., None], deviation)
    if rng.random() < 0.6:
        change = change + cover * rng.uniform(-0.08, 0.08, 3).astype(np.float32)
    if rng.random() < 0.6:
        blotches = grain(0.03, 0.2, 3) + rng.random() * grain(0.03, 0.2, 1)
        change = change + cover * blotches * float(rng.uniform(0, 0.10))
    if rng.random() < 0.6:
        near = np.clip(4 * softened(cover, 0.06 * side), 0, 1) * (1 - cover)
        change = change + near * grain(0.03, 0.3, 3) * float(rng.uniform(0, 0.10))
    return np.asarray(change, np.float32)


def no_thing(rng: np.random.Generator, ground: Units, picture: Units, region: Units) -> Units:
    """A picture (S, S, 3) with none in the region: hardly changed, other ground, noise, a patch, a melt."""
    side = len(ground)
    match rng.choice(5, p=(0.2, 0.15, 0.15, 0.25, 0.25)):
        case 0:
            blotches = np.stack([noise(rng, side, side, 0.1 * side) for _ in "rgb"], axis=-1)
            shown = ground + blotches * rng.uniform(0, 0.05)
        case 1:
            shown = paint_ground(sample_ground(rng), side, side)
        case 2:
            shown = ground + rng.standard_normal(ground.shape) * rng.uniform(0.05, 0.9)
        case 3:
            shown = ground + patch(rng, region) * (_two_tone(rng, side) - ground)
        case _:
            shown = melt(rng, picture)
    return np.asarray(shown, np.float32)


def patch(rng: np.random.Generator, region: Units) -> Units:
    """How much of each pixel (S, S, 1) a wavy ellipse in a region covers, with an edge of any softness."""
    side = len(region)
    distance = np.full((side, side), float(rng.uniform(0, 0.3)) * noise(rng, side, side, 0.2 * side))
    squares = np.zeros((side, side))
    for at, within in zip(np.indices((side, side)), np.nonzero(region), strict=True):
        middle, half = within.mean() + rng.uniform(-0.05, 0.05) * side, np.ptp(within) * rng.uniform(0.2, 0.6)
        squares += ((at - middle) / max(half, 0.05 * side)) ** 2
    cover = np.clip(0.5 - (np.sqrt(squares) - 1 + distance) / rng.uniform(0.05, 0.6), 0, 1)
    return np.asarray(cover[..., None], np.float32)


def _two_tone(rng: np.random.Generator, side: int) -> Units:
    """(S, S, 3): one colour, half of the time with blotches of another."""
    first, second = rng.random((2, 3))
    share = np.clip(noise(rng, side, side, 0.12 * side), 0, 1)[..., None] * float(rng.random() < 0.5)
    return np.asarray(first + share * (second - first), np.float32)


def softened(picture: Units, deviation: float) -> Units:
    """(S, S, C), blurred by a Gaussian whose standard deviation is in pixels."""
    places = np.arange(len(picture))
    weights = np.exp(-0.5 * (np.subtract.outer(places, places) / max(deviation, 1e-3)) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("ab,bcd,ec->aed", weights, picture, weights, optimize=True), np.float32)


def _inside(ground: Units, picture: Units, region: Units) -> Units:
    """The ground with what a picture shows in the region, as files hold it: in [0, 1]."""
    return np.asarray(np.clip(ground + region[..., None] * (picture - ground), 0, 1), np.float32)


def _choices(thing: Thing) -> list[int]:
    plain = thing.pattern is Pattern.PLAIN
    return [
        list(Category).index(thing.category),
        list(Colour).index(thing.colour),
        UNASKED if plain else list(Colour).index(thing.traits.second),
        list(Pattern).index(thing.pattern),
        list(Material).index(thing.material),
        list(Accessory).index(thing.accessory),
    ]


def make_shard(seed: int, index: int) -> Examples:
    """Shard `index`: a pure function of its arguments."""
    looks, choices, widths = zip(*(example(rng_for(seed, 7, index, k)) for k in range(SHARD)), strict=True)
    return Examples(torch.from_numpy(np.stack(looks)).half(), torch.tensor(choices), torch.tensor(widths))


def loss(model: Reader, batch: Examples) -> Tensor:
    """Cross-entropy of each choice, and how wrong the widths are."""
    with quick(batch.looks.device):
        said = model(batch.looks.float())
    *named, width = (it.float() for it in said)
    there = batch.choices[:, 0] != NOTHING
    total = WIDTH_WEIGHT * F.smooth_l1_loss(width[there, 0], batch.widths[there].float(), beta=0.05)
    for weight, choices, right in zip(WEIGHTS, named, batch.choices.T, strict=True):
        total = total + weight * F.cross_entropy(choices, right, ignore_index=UNASKED)
    return total


def train_reader(
    model: Reader,
    folder: Path,
    *,
    steps: int,
    seed: int,
    workers: int,
    device: torch.device,
) -> None:
    """Train on examples that are renewed as it goes; resumable. See `Window` for the workers."""
    window = Window(partial(make_shard, seed), lambda shard: shard, kept=KEPT, period=PERIOD, workers=workers)

    def loss_at(step: int) -> Tensor:
        rng = rng_for(seed, 8, step)
        which, rows = rng.integers(0, KEPT, BATCH), torch.from_numpy(rng.integers(0, SHARD, BATCH))
        parts = [shard.rows(rows[which == i]) for i, shard in enumerate(window.at(step))]
        looks, choices, widths = (
            torch.cat([getattr(part, name) for part in parts]).to(device)
            for name in ("looks", "choices", "widths")
        )
        mirrored = torch.from_numpy(rng.random(BATCH) < 0.5).to(device)[:, None, None, None]
        return loss(model, Examples(torch.where(mirrored, looks.flip(-1), looks), choices, widths))

    try:
        train(model, loss_at, folder=folder, steps=steps, rate=RATE, decay=0.995, weight_decay=0.02)
    finally:
        window.close()


def bring_reader(
    work: Path,
    out: Path,
    *,
    steps: int,
    seed: int,
    workers: int,
    device: torch.device,
    start_from: Path | None,
    load_only: bool,
) -> None:
    """Train what is not trained yet, and write it into the model's folder, whose manifest is to be renewed.

    Args:
        work: gets the checkpoint and the log.
        out: the model's folder.
        start_from: a model's folder, whose reader is trained on.
        load_only: write what the checkpoint holds, else that of `start_from`, else nothing.
    """
    known = start_from if start_from is not None and (start_from / reader.FOLDER).is_dir() else None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = reader.untrained() if known is None else reader.load(known)
    model = model.to(device)
    if not load_only:
        train_reader(model, work, steps=steps, seed=seed, workers=workers, device=device)
    elif (work / CHECKPOINT).exists():
        model.load_state_dict(read_checkpoint(work / CHECKPOINT).averaged)
    elif known is None:
        return
    reader.save(model.cpu(), out)
