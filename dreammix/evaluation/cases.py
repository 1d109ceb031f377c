"""The cases: scene, region, words, right answer; each a pure function of its set, seed and number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from dreammix.evaluation.pictures import Marks
from dreammix.geometry import Units, to_bytes, to_units
from dreammix.protocol import InvalidRequest
from dreammix.sandbox.world import (
    NAMED_GROUNDS,
    GroundKind,
    Pattern,
    RegionKind,
    Scene,
    Thing,
    plain_caption,
    region_of,
    render,
    sample_ground,
    sample_placed,
    sample_thing,
    without_objects,
)

STREAM: Final = 20_070_419
"""First number of every case's random stream. Training's streams begin with its seed and then the picture's
side or a stage's number (`dreammix.sandbox.training`): no case shares one with it."""
GROUNDS: Final = (*NAMED_GROUNDS, GroundKind.NOISE, GroundKind.ROOM)
"""The world's own grounds. Its photographs are left out: training has seen those, in other crops."""
REGIONS: Final = (RegionKind.BOX, RegionKind.ELLIPSE, RegionKind.BLOB)
"""Regions that say how large the object is to be; a loose one leaves that to the model."""
SUBJECT: Final = 0.05
"""Coverage above which a pixel belongs to the true object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSet:
    """A set of cases.

    Attributes:
        number: of its random stream.
        sides: the heights and widths that pictures may have, in pixels.
        square: whether both sides are the same.
        object: range of the object's height as a share of the picture's shorter side.
    """

    number: int
    sides: tuple[int, ...]
    square: bool = True
    object: tuple[float, float]


TEXT: Final = CaseSet(number=1, sides=(128, 160, 192, 224, 256), square=False, object=(0.35, 0.60))
SMALL: Final = CaseSet(number=2, sides=(512,), object=(0.08, 0.12))
SWEEP: Final = CaseSet(number=3, sides=(256,), object=(0.25, 0.45))
DETAIL_4: Final = CaseSet(number=4, sides=(512,), object=(0.15, 0.30))
DETAIL_8: Final = CaseSet(number=5, sides=(1024,), object=(0.10, 0.25))
SPEED: Final = CaseSet(number=6, sides=(512,), object=(0.25, 0.35))
PHOTOGRAPHS: Final = CaseSet(number=7, sides=(320,), object=(0.25, 0.45))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """One question and its right answer.

    Attributes:
        seed: of the insert's noise.
        world: the right answer's description, with one object.
        scene: (H, W, 3), the ground alone.
        region: (H, W), 0 or 1: where to paint.
        truth: (H, W, 3), the ground with the object.
        subject: (H, W), the object's pixels.
    """

    seed: int
    world: Scene
    scene: Units
    region: Units
    truth: Units
    subject: Marks

    @property
    def thing(self) -> Thing:
        """What is asked for."""
        return self.world.placed[0].thing

    @property
    def prompt(self) -> str:
        """What it is asked for with: every attribute that has a name."""
        return plain_caption(self.thing)


def cases(kind: CaseSet, count: int, seed: int) -> Iterator[Case]:
    """The first cases of a set; every other one asks for a pair that training never saw (`HELD_OUT`)."""
    for index in range(count):
        rng, world, height, width = _world(kind, index, seed)
        full = render(world, height, width)
        empty = render(without_objects(world), height, width)
        yield _case(rng, index, world, empty.picture, full.picture, full.coverages[0])


def photograph_cases(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Cases on photographs that training never saw, in turn; their truth is without shadows.

    Raises:
        InvalidRequest: the folder holds no photographs (*.jpg).
    """
    paths = sorted(folder.glob("*.jpg"))
    if not paths:
        raise InvalidRequest(
            f"No photographs in {folder}", "it has no .jpg file", "Run this in the project's folder"
        )
    for index in range(count):
        rng, world, height, width = _world(PHOTOGRAPHS, index, seed)
        photo = crop(rng, paths[index % len(paths)], height, width)
        full = render(world, height, width)
        opaque = full.coverages[0][..., None]
        yield _case(rng, index, world, photo, photo + (full.picture - photo) * opaque, full.coverages[0])


def _world(kind: CaseSet, index: int, seed: int) -> tuple[np.random.Generator, Scene, int, int]:
    rng = np.random.default_rng([STREAM, kind.number, seed, index])
    height, width = (int(side) for side in rng.choice(kind.sides, 2))
    width = height if kind.square else width
    size = float(rng.uniform(*kind.object)) * min(1.0, width / height)
    # Of a patterned object half is of a second colour that no caption names: its colour would be no question.
    thing = replace(sample_thing(rng, held_out=index % 2 == 0), pattern=Pattern.PLAIN)
    placed = sample_placed(rng, thing, size, width / height)
    light = float(rng.uniform(-0.9, -0.1))
    return rng, Scene(ground=sample_ground(rng, GROUNDS), placed=(placed,), light=light), height, width


def _case(
    rng: np.random.Generator, index: int, world: Scene, scene: Units, truth: Units, coverage: Units
) -> Case:
    return Case(
        seed=index,
        world=world,
        scene=to_units(to_bytes(scene)),  # as files hold them
        region=region_of(rng, coverage, REGIONS[rng.integers(len(REGIONS))]),
        truth=to_units(to_bytes(truth)),
        subject=coverage > SUBJECT,
    )


def crop(rng: np.random.Generator, path: Path, height: int, width: int) -> Units:
    """A part of a photograph, at least half of it wide or high, at this size."""
    with Image.open(path) as image:
        whole = image.convert("RGB")
    scale = min(whole.width / width, whole.height / height) * float(rng.uniform(0.5, 1.0))
    w, h = width * scale, height * scale
    x, y = float(rng.uniform(0, whole.width - w)), float(rng.uniform(0, whole.height - h))
    crop = whole.resize((width, height), Image.Resampling.LANCZOS, box=(x, y, x + w, y + h))
    return to_units(np.asarray(crop))
