"""Where a subject is to be put, and how it should look there: scenes, regions, right answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from dreammix.evaluation.cases import GROUNDS, REGIONS, STREAM, crop
from dreammix.evaluation.comparisons import PHOTOGRAPHS
from dreammix.evaluation.subjects.specimens import Edit, Specimen
from dreammix.geometry import Units, to_bytes, to_units
from dreammix.protocol import InvalidRequest
from dreammix.sandbox.world import (
    Placed,
    Thing,
    paint_ground,
    put,
    region_of,
    sample_ground,
    sample_placed,
)

SIDE: Final = 256
"""Of a scene, in pixels."""
OBJECT: Final = (0.30, 0.45)
"""Range of the object's height, as a share of the side."""
PHOTOGRAPH_EVERY: Final = 3
"""Of so many scenes, the second is on a photograph that training never saw."""
SHIFT: Final = 0.05
"""How far another true render is moved, at most, as a share of the object's height."""
_SPOT, _REGION, _ELSEWHERE = 210, 211, 212
"""Numbers of this module's random streams."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Spot:
    """A place in a scene.

    Attributes:
        number: of the scene, from 0.
        scene: (H, W, 3), without the subject.
        placed: where and how large the subject would be.
        light: where the scene's light comes from.
    """

    number: int
    scene: Units
    placed: Placed
    light: float

    def show(self, placed: Placed) -> tuple[Units, Units]:
        """The scene (H, W, 3) with an object, as files hold it, and the object's coverage (H, W)."""
        picture = self.scene.copy()
        coverage = put(picture, placed, self.light)
        return to_units(to_bytes(picture)), coverage


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """A subject, asked for at a place, as it is or edited.

    Attributes:
        specimen: the subject.
        spot: the place.
        edit: what should differ, if anything.
        seed: of the cases.
    """

    specimen: Specimen
    spot: Spot
    edit: Edit | None
    seed: int

    @property
    def thing(self) -> Thing:
        """The right answer."""
        return self.answer_of(self.specimen.thing)

    def answer_of(self, thing: Thing) -> Thing:
        """The thing, edited as is asked for."""
        return thing if self.edit is None else self.edit.of(thing)

    @property
    def caption(self) -> str:
        """What is asked for, without the token."""
        return self.specimen.caption(self.edit)

    @property
    def placed(self) -> Placed:
        """The right answer in its place."""
        return replace(self.spot.placed, thing=self.thing)

    @cached_property
    def truth(self) -> Units:
        """(H, W, 3), the scene with the right answer."""
        return self.spot.show(self.placed)[0]

    @cached_property
    def region(self) -> Units:
        """(H, W), 0 or 1: drawn around the right answer, so that it says how large that is."""
        rng = self._rng(_REGION)
        return region_of(rng, self.spot.show(self.placed)[1], REGIONS[rng.integers(len(REGIONS))])

    @property
    def elsewhere(self) -> Units:
        """(H, W, 3): the right answer once more, a little aside, turned and perhaps mirrored."""
        rng = self._rng(_ELSEWHERE)
        placed = self.placed
        dx, dy = rng.uniform(-SHIFT, SHIFT, 2) * 2 * placed.size
        moved = replace(
            placed,
            x=placed.x + float(dx),
            y=placed.y + float(dy),
            angle=float(rng.normal(0, 0.12)),
            mirrored=bool(rng.random() < 0.5),
        )
        return self.spot.show(moved)[0]

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([STREAM, number, self.seed, self.specimen.number, self.spot.number])


def spot_of(one: Specimen, number: int, seed: int, photographs: Path = PHOTOGRAPHS) -> Spot:
    """A place for a subject; every third is on a photograph.

    Raises:
        InvalidRequest: the folder holds no photographs (*.jpg).
    """
    rng = np.random.default_rng([STREAM, _SPOT, seed, one.number, number])
    if number % PHOTOGRAPH_EVERY == 1:
        paths = sorted(photographs.glob("*.jpg"))
        if not paths:
            raise InvalidRequest(
                f"No photographs in {photographs}", "it has no .jpg file", "Run this in the project's folder"
            )
        scene = crop(rng, paths[rng.integers(len(paths))], SIDE, SIDE)
    else:
        scene = paint_ground(sample_ground(rng, GROUNDS), SIDE, SIDE)
    return Spot(
        number=number,
        scene=to_units(to_bytes(scene)),
        placed=sample_placed(rng, one.thing, float(rng.uniform(*OBJECT))),
        light=float(rng.uniform(-0.9, -0.1)),
    )


def questions(one: Specimen, scenes: int, edits: int, seed: int) -> Iterator[Question]:
    """What is asked of a subject: in every scene as it is, and so many edits, whose sorts come in turn."""
    for number in range(scenes):
        spot = spot_of(one, number, seed)
        yield Question(specimen=one, spot=spot, edit=None, seed=seed)
        for k in range(edits):
            edit = one.edits[(number * edits + k + one.number) % len(one.edits)]
            yield Question(specimen=one, spot=spot, edit=edit, seed=seed)
