"""Which of several things a picture shows: renders of the subject and its look-alikes, at many places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from dreammix.evaluation.pictures import LEVELS
from dreammix.evaluation.subjects.questions import Question
from dreammix.geometry import Units, mask_box, resample, square_around
from dreammix.protocol import Box, Size
from dreammix.sandbox.world import Placed, put

SIDE: Final = 40
"""Side in pixels at which pictures are compared."""
CELL: Final = 4
"""Side in pixels of what is averaged before a distance is taken."""
SHIFTS: Final = (-0.12, 0.0, 0.12)
"""How far a render is moved along each axis, as shares of the object's height."""
SCALES: Final = (0.88, 1.08)
"""How much smaller or larger it is made."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a picture is to the right answer.

    Attributes:
        distance: mean absolute difference to it in the region, where it fits best, in levels; of means over
            `CELL` x `CELL` pixels, as no grid of places is fine enough for a pattern's lines to meet.
        told: the share of the look-alikes that fit worse, 0 to 1; 0.5 where nothing can be told.
    """

    distance: float
    told: float


@dataclass(frozen=True, slots=True, eq=False)
class LineUp:
    """Renders to compare pictures with.

    Attributes:
        box: the square of the scene that is looked at.
        region: (S, S), what counts in it.
        renders: (K + 1, P, S, S, 3): the right answer's, then those of the look-alikes, each at every place.
    """

    box: Box
    region: Units
    renders: Units

    def compare(self, picture: Units) -> Likeness:
        """How near a scene with a result (H, W, 3) is to the right answer."""
        seen = resample(picture, self.box, Size(SIDE, SIDE))
        errors = np.abs(self.renders - seen).mean(axis=-1)
        right, *others = (errors * self.region).sum(axis=(-2, -1)).min(axis=1)
        told = np.mean([(other > right) + 0.5 * (other == right) for other in others])
        cells, region = _means(self.renders[0] - seen), _means(self.region[..., None])
        apart = (np.abs(cells) * region).mean(axis=-1).sum(axis=(-2, -1)) / region.sum()
        return Likeness(distance=LEVELS * float(apart.min()), told=float(told))


def line_up(question: Question) -> LineUp:
    """The right answer of a question and its look-alikes, edited likewise."""
    scene = question.spot.scene
    box = square_around(mask_box(question.region), 1, Size(scene.shape[1], scene.shape[0]))
    look = Size(SIDE, SIDE)
    ground = resample(scene, box, look)
    centre = _seen_from(question.placed, box, scene.shape[0])
    renders = [
        _shown(ground, replace(place, thing=question.answer_of(thing)), question.spot.light)
        for thing in (question.specimen.thing, *question.specimen.alike)
        for place in _places(centre)
    ]
    things = 1 + len(question.specimen.alike)
    return LineUp(
        box=box,
        region=resample(question.region, box, look),
        renders=np.stack(renders).reshape(things, -1, SIDE, SIDE, 3),
    )


def _means(pictures: Units) -> Units:
    """Means over cells, (..., S / CELL, S / CELL, C), of (..., S, S, C)."""
    *before, height, width, channels = pictures.shape
    cells = pictures.reshape(*before, height // CELL, CELL, width // CELL, CELL, channels)
    return np.asarray(cells.mean(axis=(-4, -2)), np.float32)


def _places(centre: Placed) -> list[Placed]:
    return [
        replace(
            centre,
            x=centre.x + 2 * centre.size * dx,
            y=centre.y + 2 * centre.size * dy,
            size=centre.size * scale,
            mirrored=mirrored,
        )
        for dx, dy, scale, mirrored in product(SHIFTS, SHIFTS, SCALES, (False, True))
    ]


def _shown(ground: Units, placed: Placed, light: float) -> Units:
    picture = ground.copy()
    put(picture, placed, light)
    return picture


def _seen_from(placed: Placed, box: Box, height: int) -> Placed:
    """Where an object of a picture so many pixels high is in a square box of it alone, in heights of that."""
    return replace(
        placed,
        x=(placed.x * height - box.x) / box.height,
        y=(placed.y * height - box.y) / box.height,
        size=placed.size * height / box.height,
        angle=0.0,
    )
