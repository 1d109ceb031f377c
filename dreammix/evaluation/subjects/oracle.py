"""What is to be seen in a region, read by rendering: of all things of the world, the one that fits it best.

The metrics CLIP misreads patterned things, of which half is of a second colour, also where they are rendered.
A renderer that is run backwards reads its own pictures: a descent over everything that it takes, one
attribute after the other and the place in between, by the difference to the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Any, Final

import numpy as np

from dreammix.evaluation.subjects.questions import Question
from dreammix.geometry import Units, enlarge, mask_box, resample
from dreammix.protocol import AttributeKind, Box, Size
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern, Placed, Thing, put
from dreammix.sandbox.world.objects import Emblem
from dreammix.sandbox.world.vocabulary import RGB

SIDE: Final = 40
"""Side in pixels at which a picture is read."""
MARGIN: Final = 1.1
"""Side of the square that is read, over the longer side of the region."""
EXPLAINED: Final = 0.5
"""Least share of the difference between picture and bare ground that a render must account for: below it, a
region holds no object that can be told."""
CELL: Final = 4
"""Side in pixels of what is averaged while a thing's place is sought: so no pattern's lines hold it back."""
SHIFTS: Final = (-0.1, 0.0, 0.1)
"""Where a thing is first looked for along each axis, as shares of its height."""
SCALES: Final = (0.88, 1.05)
"""And how much smaller or larger."""
TURNS: Final = (-0.2, 0.0, 0.2)
"""And how far turned, in radians."""
STRIDES: Final = (0.08, 0.05, 0.03, 0.02, 0.012, 0.008)
"""How far a thing is moved while its place is sought, one after the other: standard deviations, in its
heights for place and size, and twice as many radians."""
TRIES: Final = 16
"""Places that are tried at each of them."""
ROUNDS: Final = 2
"""How often all attributes are gone through: what is read of one depends on the others."""
_COARSENESS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_TILTS: Final = (-0.3, 0.0, 0.3)
"""Of a pattern."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What of a thing is there.

    Attributes:
        category: whether an object of its category is.
        attributes: of each kind, whether an object is there and has what the thing has.
    """

    category: bool
    attributes: Mapping[AttributeKind, bool]

    def kept(self, edited: AttributeKind | None) -> float:
        """The share of what should be as it is that is: the category and every attribute but the edited."""
        others = [right for kind, right in self.attributes.items() if kind is not edited]
        return (self.category + sum(others)) / (1 + len(others))


def findings(seen: Thing | None, wanted: Thing) -> Findings:
    """What of the wanted thing is in what was read."""
    if seen is None:
        return Findings(category=False, attributes=dict.fromkeys(_NAMED, False))
    return Findings(
        category=seen.category is wanted.category,
        attributes={kind: getattr(seen, name) is getattr(wanted, name) for kind, name in _NAMED.items()},
    )


_NAMED: Final[Mapping[AttributeKind, str]] = {
    AttributeKind.COLOUR: "colour",
    AttributeKind.PATTERN: "pattern",
    AttributeKind.MATERIAL: "material",
    AttributeKind.ACCESSORY: "accessory",
}
"""The kinds that the world has words for, and the fields of a thing that hold them."""


def read(question: Question, picture: Units) -> Thing | None:
    """The thing in the region of a question's scene with a result (H, W, 3); None where none can be told.

    The descent starts at the right answer, and leaves it for whatever fits the picture better.
    """
    return _Reading(question, picture).thing()


class _Reading:
    """The best fit so far of a placed thing to the square around a region."""

    def __init__(self, question: Question, picture: Units) -> None:
        scene, masked = question.spot.scene, mask_box(question.region)
        side = round(max(masked.width, masked.height) * MARGIN)
        left, top = masked.x + (masked.width - side) // 2, masked.y + (masked.height - side) // 2
        box = enlarge(Box(left, top, side, side), 1, Size(scene.shape[1], scene.shape[0]))
        look = Size(SIDE, SIDE)
        self._ground, self._seen = resample(scene, box, look), resample(picture, box, look)
        self._weights = resample(question.region, box, look)
        self._light = question.spot.light
        self._grain = CELL
        self._rng = np.random.default_rng(0)
        self._best = seen_from(question.placed, box, scene.shape[0])
        self._error = math.inf

    def thing(self) -> Thing | None:
        """What fits best, if anything does."""
        self._place()
        for _ in range(ROUNDS):
            self._settle()
            self._try(self._as(category=a, colour=b) for a, b in product(Category, Colour))
            self._try(self._as(self._with(second=b), pattern=a) for a, b in product(Pattern, Colour))
            if self._best.thing.pattern is not Pattern.PLAIN:
                self._try(self._as(self._with(second=b), colour=a) for a, b in permutations(Colour, 2))
                self._try(
                    self._as(self._with(pattern_scale=a, pattern_angle=b))
                    for a, b in product(_COARSENESS, _TILTS)
                )
            self._try(self._as(self._with(wear=RGB[b]), accessory=a) for a, b in product(Accessory, Colour))
            self._try(self._as(self._with(emblem=a), material=b) for a, b in product(Emblem, Material))
        bare = self._difference(self._ground)
        return self._best.thing if self._error <= (1 - EXPLAINED) * bare else None

    def _place(self) -> None:
        """Find the thing as it was asked for, either way round, whatever its pattern's lines do."""
        start = self._best
        ways: list[tuple[float, Placed]] = []
        for mirrored in (False, True):
            self._error = math.inf
            self._try(_around(replace(start, mirrored=mirrored)))
            self._settle()
            ways.append((self._error, self._best))
        self._best = min(ways, key=lambda way: way[0])[1]
        self._grain, self._error = 1, np.inf
        self._try([self._best])

    def _settle(self) -> None:
        """Move, turn and scale the thing where that brings it nearer."""
        for stride in STRIDES:
            for dx, dy, scale, turn in (stride * self._rng.standard_normal((TRIES, 4))).tolist():
                at, height = self._best, 2 * self._best.size
                near = replace(at, x=at.x + dx * height, y=at.y + dy * height)
                self._try([replace(near, size=at.size * math.exp(scale), angle=at.angle + 2 * turn)])

    def _try(self, candidates: Iterable[Placed]) -> None:
        """Take what fits better than the best so far; candidates may be variations of that."""
        for candidate in candidates:
            error = self._difference(self._render(candidate))
            if error < self._error:
                self._best, self._error = candidate, error

    def _as(self, traits: Any = None, **named: Any) -> Placed:
        thing = self._best.thing
        return replace(self._best, thing=replace(thing, traits=traits or thing.traits, **named))

    def _with(self, **traits: Any) -> Any:
        return replace(self._best.thing.traits, **traits)

    def _render(self, placed: Placed) -> Units:
        picture = self._ground.copy()
        put(picture, placed, self._light)
        return picture

    def _difference(self, picture: Units) -> float:
        """Mean absolute difference to what is seen, over the region, of means over cells."""
        apart = np.abs(_means(picture - self._seen, self._grain)).mean(axis=-1)
        weights = _means(self._weights[..., None], self._grain)[..., 0]
        return float((apart * weights).sum() / weights.sum())


def _around(at: Placed) -> Iterable[Placed]:
    """The thing at a few places, of a few sizes, a little turned."""
    height = 2 * at.size
    for dx, dy, scale, turn in product(SHIFTS, SHIFTS, SCALES, TURNS):
        yield replace(at, x=at.x + dx * height, y=at.y + dy * height, size=at.size * scale, angle=turn)


def _means(picture: Units, cell: int) -> Units:
    """Means over square cells, (S / cell, S / cell, C)."""
    if cell == 1:
        return picture
    side = len(picture) // cell
    return np.asarray(picture.reshape(side, cell, side, cell, -1).mean(axis=(1, 3)), np.float32)


def seen_from(placed: Placed, box: Box, height: int) -> Placed:
    """Where an object of a picture so many pixels high is in a square box of it alone, in heights of that."""
    return replace(
        placed,
        x=(placed.x * height - box.x) / box.height,
        y=(placed.y * height - box.y) / box.height,
        size=placed.size * height / box.height,
        angle=0.0,
    )
