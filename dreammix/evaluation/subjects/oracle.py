"""What is to be seen in a region, read by rendering: of all things of the world, the one that fits it best.

The metrics CLIP misreads patterned things, of which half is of a second colour, also where they are rendered.
A renderer that is run backwards reads its own pictures: a descent over everything that it takes, one
attribute after the other and the place in between, by the difference to the picture. A model's pictures
are softer than its own: how soft they are is found as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Any, Final

import numpy as np

from dreammix.evaluation.subjects.patches import patches
from dreammix.evaluation.subjects.questions import Question
from dreammix.geometry import Units, enlarge, mask_box, resample
from dreammix.protocol import AttributeKind, Box, Size
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern, Placed, Shape, Thing, put
from dreammix.sandbox.world.objects import Emblem
from dreammix.sandbox.world.shapes import Proportions
from dreammix.sandbox.world.vocabulary import RGB

SIDE: Final = 40
"""Side in pixels at which a picture is read."""
MARGIN: Final = 1.1
"""Side of the square that is read, over the longer side of the region."""
CELL: Final = 4
"""Side in pixels of what is averaged while a thing's place is sought: so no pattern's lines hold it back."""
SHIFTS: Final = (-0.1, 0.0, 0.1)
"""Where a thing is first looked for along each axis, as shares of its height."""
SCALES: Final = (0.88, 1.05)
"""And how much smaller or larger."""
TURNS: Final = (-0.2, 0.0, 0.2)
"""And how far turned, in radians."""
NUDGE: Final = np.array([0.01, 0.01, 0.01, 0.01, 0.05, 0.05, 0.05], np.float32)
"""How far a thing is moved to see which way it fits better: in its heights for place, as a share for size,
in radians for the turn, in shares of their ranges for its proportions."""
DAMPING: Final = 0.05
"""How much shorter a move is than the slopes say, as they hold only nearby."""
MOVES: Final = 4
"""How often a thing is moved, at most, each time that its place is sought."""
SHARES: Final = (1.0, 0.4)
"""How much of a move is tried."""
FARTHEST: Final = 0.2
"""How far a move goes, at most, along each axis."""
WORTHWHILE: Final = 0.01
"""Share of the difference that a move must take away for another to be made."""
ROUNDS: Final = 2
"""How often all attributes are gone through, at most: what is read of one depends on the others."""
FINALISTS: Final = 4
"""Of candidates whose looks are mixed from others', those that fit best are rendered."""
SOFTEST: Final = 2.1
"""Standard deviation in pixels of the strongest blur that a picture is still read through."""
INKS: Final = (Colour.BLACK, Colour.WHITE)
"""The colours that others are mixed from: far apart in each channel."""
_COARSENESS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_TILTS: Final = (-0.3, 0.0, 0.3)
"""Of a pattern."""


def _blur(deviation: float) -> Units:
    """(S, S), symmetric: blurs columns from the left and rows from the right."""
    apart = np.subtract.outer(np.arange(SIDE), np.arange(SIDE))
    weights = np.exp(-0.5 * (apart / max(deviation, 1e-3)) ** 2)
    return np.asarray(weights / weights.sum(axis=1).max(), np.float32)


_SOFTNESSES: Final = tuple(_blur(SOFTEST * share) for share in (0, 1 / 3, 2 / 3, 1))


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
    AttributeKind.SHAPE: "shape",
}
"""The kinds that the world has words for, and the fields of a thing that hold them."""


def read(question: Question, picture: Units) -> Thing | None:
    """The thing in the region of a question's scene with a result (H, W, 3); None where none can be told.

    What is asked for fits no more easily than anything else: each category is sought, and each attribute is
    held against all others of its kind. A thing can be told where it fits better than a patch of one colour.
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
        self._grain, self._softness = CELL, _SOFTNESSES[1]
        self._best = seen_from(question.placed, box, scene.shape[0])
        self._error = math.inf

    def thing(self) -> Thing | None:
        """What fits best, if anything does."""
        self._place()
        for _ in range(ROUNDS):
            before = self._best.thing
            self._settle(MOVES)
            self._soften()
            self._try(self._as(shape=a) for a in Shape)
            self._mix([self._as(category=a) for a in Category], ("colour",))
            self._mix([self._as(pattern=a) for a in Pattern], ("colour", "second"))
            if self._best.thing.pattern is not Pattern.PLAIN:
                self._try(
                    self._as(self._with(pattern_scale=a, pattern_angle=b))
                    for a, b in product(_COARSENESS, _TILTS)
                )
            self._mix([self._as(accessory=a) for a in Accessory], ("wear",))
            self._try(self._as(self._with(emblem=a), material=b) for a, b in product(Emblem, Material))
            if self._best.thing == before:
                break
        nothing = min(map(self._difference, patches(self._ground, self._seen, self._weights)))
        return self._best.thing if self._error < nothing else None

    def _place(self) -> None:
        """Find category and place by what is coarse: whatever was asked for, what fits best is there."""
        start = self._best
        ways = [self._coarsely(start, category) for category in Category]
        ways.sort(key=lambda way: way[0])
        settled: list[tuple[float, Placed]] = []
        for (_, place), mirrored in product(ways[:FINALISTS], (False, True)):
            self._error = math.inf
            self._try([self._nearby(replace(place, mirrored=mirrored))])
            self._settle(MOVES // 2)
            settled.append((self._error, self._best))
        self._best = min(settled, key=lambda way: way[0])[1]
        self._grain = 1
        self._soften()

    def _coarsely(self, start: Placed, category: Category) -> tuple[float, Placed]:
        """Where a category fits best, and how badly."""
        self._error = math.inf
        self._best = replace(start, thing=replace(start.thing, category=category))
        self._mix([self._best], ("colour", "second"))
        self._error = math.inf
        self._try([self._nearby(self._best)])
        self._error = math.inf
        self._mix([self._best], ("colour", "second"))
        return self._error, self._best

    def _nearby(self, at: Placed) -> Placed:
        """The best of a few places, sizes and turns: what a render changes is shifted, not rendered again."""
        found: list[tuple[float, Placed]] = []
        for scale, turn in product(SCALES, TURNS):
            there = replace(at, size=at.size * scale, angle=turn)
            change = self._render(there) - self._ground
            for shift in product(SHIFTS, SHIFTS):
                dx, dy = (round(share * 2 * at.size * SIDE) for share in shift)
                error = self._difference(self._ground + np.roll(change, (dy, dx), axis=(0, 1)))
                found.append((error, replace(there, x=at.x + dx / SIDE, y=at.y + dy / SIDE)))
        return min(found, key=lambda it: it[0])[1]

    def _settle(self, moves: int) -> None:
        """Move, turn, scale and stretch the thing where it fits better so, down the difference's slopes."""
        for _ in range(moves):
            at, error = self._best, self._error
            here = self._apart(self._render(at))
            slopes = np.stack(
                [
                    (self._apart(self._render(_moved(at, step))) - here) / step.sum()
                    for step in np.diag(NUDGE)
                ],
                axis=-1,
            )
            # A sum of absolute differences is one of squares, each over its size: least squares, weighted.
            weighted = slopes / np.maximum(np.abs(here), np.abs(here).mean())[..., None]
            weighted, slopes = (rows.reshape(-1, len(NUDGE)) for rows in (weighted, slopes))
            normal = weighted.T @ slopes
            normal += np.diag(DAMPING * np.diag(normal) + np.float32(1e-9))
            move = -np.linalg.solve(normal, weighted.T @ here.reshape(-1))
            self._try(_moved(at, np.clip(share * move, -FARTHEST, FARTHEST)) for share in SHARES)
            if self._error > (1 - WORTHWHILE) * error:
                break

    def _soften(self) -> None:
        """See how soft the picture is: a model's outlines are not as sharp as a renderer's."""
        errors: list[float] = []
        for self._softness in _SOFTNESSES:
            errors.append(self._difference(self._render(self._best)))
        self._error = min(errors)
        self._softness = _SOFTNESSES[errors.index(self._error)]

    def _mix(self, candidates: list[Placed], dyes: tuple[str, ...]) -> None:
        """Try each candidate in all colours of its dyes.

        A render is affine in each colour, but where it is clipped: it is mixed from renders in two of them,
        and only what fits best is rendered.
        """
        inside = self._weights > 0
        weights, seen = self._weights[inside][:, None], self._seen[inside]
        dark, light = (np.array(RGB[ink], np.float32) for ink in INKS)
        palettes = [dict(zip(dyes, inks, strict=True)) for inks in permutations(Colour, len(dyes))]
        found: list[tuple[float, Placed]] = []
        for candidate in candidates:
            plain = dict.fromkeys(dyes, INKS[0])
            first = self._render(_dyed(candidate, plain))[inside]
            slopes = {
                dye: (self._render(_dyed(candidate, plain | {dye: INKS[1]}))[inside] - first) / (light - dark)
                for dye in dyes
            }
            for palette in palettes:
                apart = first - seen
                for dye, colour in palette.items():
                    apart = apart + slopes[dye] * (np.array(RGB[colour], np.float32) - dark)
                found.append((float((np.abs(apart) * weights).sum()), _dyed(candidate, palette)))
        self._try([placed for _, placed in sorted(found, key=lambda it: it[0])[:FINALISTS]])

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
        change = self._softness @ np.moveaxis(picture - self._ground, -1, 0) @ self._softness
        return np.asarray(self._ground + np.moveaxis(change, 0, -1), np.float32)

    def _difference(self, picture: Units) -> float:
        """Mean absolute difference to what is seen, over the region, of means over cells."""
        return float(np.abs(self._apart(picture)).sum())

    def _apart(self, picture: Units) -> Units:
        """The difference to what is seen, of means over cells; its sizes add up to `_difference`."""
        apart = _means(picture - self._seen, self._grain)
        weights = _means(self._weights[..., None], self._grain)
        return np.asarray(apart * (weights / (weights.sum() * apart.shape[-1])), np.float32)


def _moved(at: Placed, move: Any) -> Placed:
    """Moved by (right, down) in its heights, enlarged by a share, turned by radians, of other proportions."""
    dx, dy, scale, turn, *stretch = map(float, move)
    height = 2 * at.size
    traits = at.thing.traits
    before = (traits.proportions.width, traits.proportions.detail, traits.proportions.curve)
    now = (min(1.0, max(0.0, old + more)) for old, more in zip(before, stretch, strict=True))
    return replace(
        at,
        thing=replace(at.thing, traits=replace(traits, proportions=Proportions(*now))),
        x=at.x + dx * height,
        y=at.y + dy * height,
        size=at.size * math.exp(scale),
        angle=at.angle + turn,
    )


def _dyed(at: Placed, dyes: Mapping[str, Colour]) -> Placed:
    """In other colours: of the thing, of its second colour, of what it wears."""
    thing = at.thing
    traits = replace(
        thing.traits,
        second=dyes.get("second", thing.traits.second),
        wear=RGB[dyes["wear"]] if "wear" in dyes else thing.traits.wear,
    )
    return replace(at, thing=replace(thing, colour=dyes.get("colour", thing.colour), traits=traits))


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
