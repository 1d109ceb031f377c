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
from dreammix.sandbox.world.scenes import SHADOW_STRENGTH
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
SCALES: Final = (0.85, 1.0, 1.15)
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
OUTLINES: Final = 8
"""Beside where they were asked for, so many outlines are looked for where the picture has changed."""
PLACES: Final = 5
"""Of those, so many are moved to where they fit."""
CHANGED: Final = 0.5
"""Share of the strong changes (their 95 % quantile) from which on a pixel counts as wholly changed."""
TINT: Final = 0.08
"""How far from its own colour a thing may be, in each channel."""
NEGLIGIBLE: Final = 0.02
"""Share of the difference that a pattern, a material or an accessory must at least explain."""
SOFTEST: Final = 2.1
"""Standard deviation in pixels of the strongest blur that a picture is still read through."""
INKS: Final = (Colour.BLACK, Colour.WHITE)
"""The colours that others are mixed from: far apart in each channel."""
_COARSENESS: Final = (0.0, 0.5, 1.0)
_TILTS: Final = (-0.1, 0.0, 0.1)
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
        change = np.abs(self._seen - self._ground).sum(axis=-1) * self._weights
        strong = float(np.quantile(change[self._weights > 0], 0.95)) if self._weights.any() else 0.0
        self._changed = np.minimum(change / (CHANGED * strong), 1) if strong > 0 else np.zeros_like(change)
        self._grain, self._softness, self._shadow = CELL, _SOFTNESSES[1], SHADOW_STRENGTH
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
        self._simplify()
        nothing = min(map(self._difference, patches(self._ground, self._seen, self._weights)))
        return self._best.thing if self._tinted() < nothing else None

    def _simplify(self) -> None:
        """Leave out what hardly explains anything: a model's blotches are no pattern."""
        enough = (1 + NEGLIGIBLE) * self._error
        self._error = enough
        self._mix([self._as(pattern=Pattern.PLAIN)], ("colour",))
        for simpler in ({"accessory": Accessory.NONE}, {"material": Material.CLAY}):
            self._error = enough
            self._try([self._as(**simpler)])
        self._error = self._difference(self._render(self._best))

    def _tinted(self) -> float:
        """The difference where the thing may be of any colour near its own, as a patch may."""
        shown = self._render(self._best)
        cover = self._softness @ put(self._ground.copy(), self._best, self._light) @ self._softness
        inside = (cover > 0.5) & (self._weights > 0)
        if not inside.any():
            return self._error
        tint = np.clip(np.median((self._seen - shown)[inside], axis=0), -TINT, TINT)
        return min(self._error, self._difference(np.asarray(shown + cover[..., None] * tint, np.float32)))

    def _place(self) -> None:
        """Find category, shape and place by what is coarse; whatever was asked for, the best fit is there."""
        outlines = [self._as(category=a, shape=b) for a, b in product(Category, Shape)]
        over = sorted((self._mixed(self._over_change(it)) for it in outlines), key=lambda way: way[0])
        there = [self._mixed(self._as(category=a)) for a in Category]
        near = [self._mixed(self._nearby(placed)) for _, placed in (*there, *over[:OUTLINES])]
        near.sort(key=lambda way: way[0])
        settled: list[tuple[float, Placed]] = []
        for (_, place), mirrored in product(near[:PLACES], (False, True)):
            self._error = math.inf
            self._try([self._nearby(replace(place, mirrored=mirrored))])
            self._settle(MOVES // 2)
            settled.append((self._error, self._best))
        self._best = min(settled, key=lambda way: way[0])[1]
        self._grain = 1
        self._soften()

    def _mixed(self, placed: Placed) -> tuple[float, Placed]:
        """How badly a thing fits in the colours in which it fits best, and it in those."""
        return min(self._mixtures([placed], ("colour", "second")), key=lambda way: way[0])

    def _over_change(self, placed: Placed) -> Placed:
        """Moved and scaled, so that it covers as much and as far as what has changed."""
        coverage = put(self._ground.copy(), placed, self._light) * self._weights
        if not coverage.any() or not self._changed.any():
            return placed
        (x, y, spread), (at_x, at_y, reach) = _extent(self._changed), _extent(coverage)
        return replace(
            placed,
            x=placed.x + (x - at_x) / SIDE,
            y=placed.y + (y - at_y) / SIDE,
            size=placed.size * min(2.0, max(0.5, spread / reach)),
        )

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
            weighted = slopes / np.maximum(np.abs(here), np.abs(here).mean() + np.float32(1e-9))[..., None]
            weighted, slopes = (rows.reshape(-1, len(NUDGE)) for rows in (weighted, slopes))
            normal = weighted.T @ slopes
            normal += np.diag(DAMPING * np.diag(normal) + np.float32(1e-9))
            move = -np.linalg.solve(normal, weighted.T @ here.reshape(-1))
            self._try(_moved(at, np.clip(share * move, -FARTHEST, FARTHEST)) for share in SHARES)
            if self._error > (1 - WORTHWHILE) * error:
                break

    def _soften(self) -> None:
        """See how soft the picture is, as a model's outlines are, and whether there is a shadow.

        A matte that gives the ground back to the scene takes a shadow away.
        """
        errors: dict[tuple[int, float], float] = {}
        for k, self._shadow in product(range(len(_SOFTNESSES)), (SHADOW_STRENGTH, 0.0)):
            self._softness = _SOFTNESSES[k]
            errors[k, self._shadow] = self._difference(self._render(self._best))
        k, self._shadow = min(errors, key=errors.__getitem__)
        self._softness, self._error = _SOFTNESSES[k], errors[k, self._shadow]

    def _mix(self, candidates: list[Placed], dyes: tuple[str, ...]) -> None:
        """Try each candidate in all colours of its dyes: those that seem to fit best are rendered."""
        found = sorted(self._mixtures(candidates, dyes), key=lambda way: way[0])
        self._try([placed for _, placed in found[:FINALISTS]])

    def _mixtures(self, candidates: list[Placed], dyes: tuple[str, ...]) -> list[tuple[float, Placed]]:
        """How badly each candidate fits in each choice of colours.

        A render is affine in each colour, but where it is clipped: it is mixed from renders in two of them.
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
        return found

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
        put(picture, placed, self._light, self._shadow)
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


def _extent(cover: Units) -> tuple[float, float, float]:
    """Of what is covered (H, W): its centre (x, y) and how far it reaches from it, in pixels."""
    share = cover / cover.sum()
    rows, columns = np.indices(cover.shape)
    x, y = float((share * columns).sum()), float((share * rows).sum())
    spread = (share * (columns - x) ** 2).sum() * (share * (rows - y) ** 2).sum()
    return x, y, float(spread) ** 0.25 + 1e-3


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
