"""What is said of an object, in varied wording: attributes stand before its class or after it."""

from __future__ import annotations

from typing import Final

import numpy as np

from dreammix.attributes import with_article
from dreammix.sandbox.world.objects import Thing
from dreammix.sandbox.world.vocabulary import NAMED_GROUNDS, Accessory, GroundKind, Material, Pattern, Shape

_PATTERN_AFTER: Final = {
    Pattern.STRIPED: ("with stripes", "covered in stripes"),
    Pattern.DOTTED: ("with dots", "with polka dots"),
    Pattern.CHECKERED: ("with checks", "in a checkered pattern"),
    Pattern.ZIGZAG: ("with zigzags", "with a zigzag pattern"),
    Pattern.RINGED: ("with rings", "with a pattern of rings"),
}
_MATERIAL_BEFORE: Final = {
    Material.CLAY: ("clay", "matte"),
    Material.METAL: ("metal", "metallic", "shiny"),
    Material.GLASS: ("glass", "transparent"),
}
_GROUND_AFTER: Final = {
    GroundKind.WOOD: ("on wood", "on a wooden table"),
    GroundKind.GRASS: ("on grass", "on a lawn"),
    GroundKind.SKY: ("in the sky", "before a cloudy sky"),
    GroundKind.BRICK: ("before a brick wall", "on bricks"),
    GroundKind.SAND: ("on sand", "on the beach"),
    GroundKind.WATER: ("on water", "in the sea"),
    GroundKind.SNOW: ("in snow", "on snow"),
    GroundKind.STONE: ("on stone", "on a rock"),
}
_OPENINGS: Final = ("", "", "", "a photo of ", "a picture of ", "there is ")
_WEARING: Final = ("with a {}", "wearing a {}", "with a little {}")


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[rng.integers(len(words))]


def plain_caption(thing: Thing) -> str:
    """The shortest complete description: every named attribute, one fixed wording."""
    before = [] if thing.shape is Shape.USUAL else [thing.shape.value]
    before.append(thing.colour.value)
    if thing.pattern is not Pattern.PLAIN:
        before.append(thing.pattern.value)
    if thing.material is not Material.CLAY:
        before.append(thing.material.value)
    wear = "" if thing.accessory is Accessory.NONE else f" with a {thing.accessory.value}"
    return with_article(" ".join([*before, thing.category.value])) + wear


def caption(rng: np.random.Generator, thing: Thing, ground: GroundKind) -> str:
    """One way to describe an object: mostly complete, sometimes leaving an attribute unsaid."""
    before: list[str] = []
    after: list[str] = []

    def say(chance_after: float, word: str, phrase: str) -> None:
        if rng.random() < chance_after:
            after.append(phrase)
        else:
            before.append(word)

    colour = thing.colour.value
    if rng.random() < 0.94:
        say(0.2, colour, _pick(rng, (colour, f"in {colour}", f"coloured {colour}")))
    if thing.pattern is Pattern.PLAIN:
        if rng.random() < 0.1:
            before.append("plain")
    elif rng.random() < 0.94:
        say(0.4, thing.pattern.value, _pick(rng, _PATTERN_AFTER[thing.pattern]))
    if rng.random() < (0.1 if thing.material is Material.CLAY else 0.95):
        say(0.4, _pick(rng, _MATERIAL_BEFORE[thing.material]), f"made of {thing.material.value}")
    if thing.shape is not Shape.USUAL and rng.random() < 0.95:
        say(0.2, thing.shape.value, f"that is {thing.shape.value}")
    if thing.accessory is not Accessory.NONE and rng.random() < 0.96:
        after.append(_pick(rng, _WEARING).format(thing.accessory.value))
    rng.shuffle(before)
    rng.shuffle(after)
    if ground in NAMED_GROUNDS and rng.random() < 0.35:
        after.append(_pick(rng, _GROUND_AFTER[ground]))
    bare = rng.random() < 0.1
    joint = ", " if rng.random() < 0.4 else " "
    named = " ".join([*before, thing.category.value])
    return joint.join([_pick(rng, _OPENINGS) + (named if bare else with_article(named)), *after])


def ground_caption(rng: np.random.Generator, ground: GroundKind) -> str:
    """What is said where no object is described; most often nothing."""
    if ground not in NAMED_GROUNDS or rng.random() < 0.6:
        return _pick(rng, ("", "", "empty ground", "nothing"))
    return _pick(rng, (ground.value, f"empty {ground.value}", f"just {ground.value}"))
