"""The subjects of the study: things whose traits no caption names, their pictures, their edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dreammix.attributes import edit_prompt
from dreammix.evaluation.cases import STREAM
from dreammix.files import png
from dreammix.geometry import to_bytes, to_picture
from dreammix.protocol import Attribute, AttributeKind
from dreammix.sandbox.world import (
    HELD_OUT,
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    Scene,
    Shape,
    Thing,
    render,
    sample_ground,
    sample_placed,
    sample_thing,
)
from dreammix.sandbox.world.objects import Emblem, sample_traits
from dreammix.subjects import NewPicture

PICTURES: Final = 5
"""Pictures that a subject is taught from."""
PICTURE_SIDE: Final = 192
"""Of each of them, in pixels."""
PICTURE_OBJECT: Final = (0.5, 0.8)
"""Range of the object's height in them, as a share of the side."""
ALIKE: Final = 4
"""Look-alikes of each subject."""
LOOK: Final = "pattern or material"
"""What one of the sorts of edits is called."""
_THING, _PICTURES, _ALIKE = 200, 201, 202
"""Numbers of this module's random streams."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one attribute.

    Attributes:
        name: what sort of change it is.
        kind: of the attribute.
        words: the artist's: "made of glass".
        target: what the attribute becomes.
    """

    name: str
    kind: AttributeKind
    words: str
    target: Colour | Pattern | Material | Accessory | Shape

    def of(self, thing: Thing) -> Thing:
        """The right answer."""
        match self.target:
            case Colour():
                return replace(thing, colour=self.target)
            case Pattern():
                return replace(thing, pattern=self.target)
            case Material():
                return replace(thing, material=self.target)
            case Accessory():
                return replace(thing, accessory=self.target)
            case Shape():
                return replace(thing, shape=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One subject.

    Attributes:
        number: from 0.
        thing: what it is.
        alike: things of the same named attributes with other traits.
        edits: one of each sort.
    """

    number: int
    thing: Thing
    alike: tuple[Thing, ...]
    edits: tuple[Edit, ...]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Its dictionary, all that the world has words for."""
        worn, shape = self.thing.accessory, self.thing.shape
        return (
            Attribute(AttributeKind.COLOUR, self.thing.colour.value),
            Attribute(AttributeKind.MATERIAL, self.thing.material.value),
            Attribute(AttributeKind.PATTERN, self.thing.pattern.value),
            *(() if shape is Shape.USUAL else (Attribute(AttributeKind.SHAPE, shape.value),)),
            *(() if worn is Accessory.NONE else (Attribute(AttributeKind.ACCESSORY, worn.value),)),
        )

    def caption(self, edit: Edit | None) -> str:
        """What is asked for, without the token: "a mug made of glass"."""
        return edit_prompt("", self.thing.category.value, "" if edit is None else edit.words)


def specimen(number: int, seed: int) -> Specimen:
    """One of the study's subjects: their categories come in turn, and a pattern or an emblem marks each."""
    rng = np.random.default_rng([STREAM, _THING, seed, number])
    category = list(Category)[number % len(Category)]
    unseen = unseen_colour(category)
    while True:
        thing = sample_thing(rng)
        marked = thing.pattern is not Pattern.PLAIN or thing.traits.emblem is not Emblem.NONE
        if thing.category is category and marked and thing.traits.second is not unseen:
            break
    others = np.random.default_rng([STREAM, _ALIKE, seed, number])
    alike = tuple(replace(thing, traits=sample_traits(others, thing.colour)) for _ in range(ALIKE))
    return Specimen(number=number, thing=thing, alike=alike, edits=_edits(rng, number, thing))


def unseen_colour(category: Category) -> Colour:
    """The colour in which training never saw a category."""
    (colour,) = (colour for held, colour in HELD_OUT if held is category)
    return colour


def pictures_of(one: Specimen, seed: int) -> tuple[NewPicture, ...]:
    """What it is taught from: the thing on any ground, with its mask."""
    rng = np.random.default_rng([STREAM, _PICTURES, seed, one.number])
    return tuple(_picture(rng, one.thing) for _ in range(PICTURES))


def _picture(rng: np.random.Generator, thing: Thing) -> NewPicture:
    placed = sample_placed(rng, thing, float(rng.uniform(*PICTURE_OBJECT)))
    world = Scene(ground=sample_ground(rng), placed=(placed,), light=float(rng.uniform(-0.9, -0.1)))
    shown = render(world, PICTURE_SIDE, PICTURE_SIDE)
    mask = (shown.coverages[0] > 0.5).astype(np.float32)
    return NewPicture(*(png(to_picture(to_bytes(pixels))) for pixels in (shown.picture, mask)))


def _edits(rng: np.random.Generator, number: int, thing: Thing) -> tuple[Edit, ...]:
    """One edit of each sort; subjects in turn get another pattern or another material."""
    unseen = unseen_colour(thing.category)
    colours = [c for c in Colour if c not in (thing.colour, thing.traits.second, unseen)]
    colour = colours[rng.integers(len(colours))]
    patterns = [p for p in Pattern if p not in (Pattern.PLAIN, thing.pattern)]
    pattern = patterns[rng.integers(len(patterns))]
    materials = [m for m in Material if m not in (Material.CLAY, thing.material)]
    material = materials[rng.integers(len(materials))]
    worn = [a for a in Accessory if a not in (Accessory.NONE, thing.accessory)]
    accessory = worn[rng.integers(len(worn))]
    shapes = [s for s in Shape if s not in (Shape.USUAL, thing.shape)]
    shape = shapes[rng.integers(len(shapes))]
    looks = (
        Edit(LOOK, AttributeKind.PATTERN, pattern.value, pattern),
        Edit(LOOK, AttributeKind.MATERIAL, f"made of {material.value}", material),
    )
    return (
        Edit("colour", AttributeKind.COLOUR, colour.value, colour),
        Edit("accessory", AttributeKind.ACCESSORY, f"with a {accessory.value}", accessory),
        looks[number % len(looks)],
        Edit("unseen colour", AttributeKind.COLOUR, unseen.value, unseen),
        Edit("shape", AttributeKind.SHAPE, shape.value, shape),
    )
