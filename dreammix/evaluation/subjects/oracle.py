"""What is to be seen in a region, read by a network that knows the world and not what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from dreammix.evaluation.subjects.questions import Question
from dreammix.geometry import Units
from dreammix.protocol import AttributeKind
from dreammix.sandbox import reader
from dreammix.sandbox.reader import Seen, width_of
from dreammix.sandbox.world import Accessory, Placed, Shape, Thing, put

SIDE: Final = 96
"""Side in pixels of the renders that say how wide a thing would be."""


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


def findings(seen: Seen | None, wanted: Thing) -> Findings:
    """What of the wanted thing is in what was read.

    Whether something is tall cannot be told without knowing how wide it usually is: its shape is that one of
    the wanted thing's whose width is nearest.
    """
    if seen is None:
        return Findings(category=False, attributes=dict.fromkeys(_KINDS, False))
    widths = {shape: _width(replace(wanted, shape=shape)) for shape in Shape}
    shape = min(Shape, key=lambda it: abs(widths[it] - seen.wide))
    return Findings(
        category=seen.category is wanted.category,
        attributes={
            AttributeKind.COLOUR: wanted.colour in seen.colours,
            AttributeKind.PATTERN: seen.pattern is wanted.pattern,
            AttributeKind.MATERIAL: seen.material is wanted.material,
            AttributeKind.ACCESSORY: seen.accessory is wanted.accessory,
            AttributeKind.SHAPE: shape is wanted.shape,
        },
    )


_KINDS: Final = (
    AttributeKind.COLOUR,
    AttributeKind.PATTERN,
    AttributeKind.MATERIAL,
    AttributeKind.ACCESSORY,
    AttributeKind.SHAPE,
)
"""Those that the world has words for."""


class Oracle:
    """Reads results.

    Args:
        folder: of a model that brings a reader.

    Raises:
        ModelDamaged: it brings none, or one that cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._reader = reader.load(folder)

    def read(self, question: Question, picture: Units) -> Seen | None:
        """The thing in the region of a question's scene with a result (H, W, 3); None where there is none."""
        (seen,) = self._reader.read([reader.look(question.spot.scene, picture, question.region)])
        return seen


def _width(thing: Thing) -> float:
    """How wide a thing is that stands upright."""
    upright = Placed(thing=replace(thing, accessory=Accessory.NONE), x=0.5, y=0.5, size=0.3)
    return width_of(put(np.zeros((SIDE, SIDE, 3), np.float32), upright, light=0.0))
