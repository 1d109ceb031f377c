"""Captions say what is so of an object, in many ways, and nothing of its traits."""

import functools
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dreammix.sandbox.world import (
    NAMED_GROUNDS,
    Accessory,
    Category,
    Colour,
    GroundKind,
    Material,
    Pattern,
    Shape,
    Thing,
    caption,
    ground_caption,
    plain_caption,
    sample_thing,
)

Attribute = Category | Colour | Pattern | Material | Accessory | Shape | GroundKind

MEANINGS: dict[str, Attribute] = {
    **{category.value: category for category in Category},
    **{colour.value: colour for colour in Colour},
    **{pattern.value: pattern for pattern in Pattern},
    **{material.value: material for material in Material},
    **{accessory.value: accessory for accessory in Accessory if accessory is not Accessory.NONE},
    **{shape.value: shape for shape in Shape if shape is not Shape.USUAL},
    **{ground.value: ground for ground in NAMED_GROUNDS},
    "stripes": Pattern.STRIPED,
    "dots": Pattern.DOTTED,
    "checks": Pattern.CHECKERED,
    "zigzags": Pattern.ZIGZAG,
    "rings": Pattern.RINGED,
    "matte": Material.CLAY,
    "metallic": Material.METAL,
    "shiny": Material.METAL,
    "transparent": Material.GLASS,
    "wooden": GroundKind.WOOD,
    "lawn": GroundKind.GRASS,
    "bricks": GroundKind.BRICK,
    "beach": GroundKind.SAND,
    "sea": GroundKind.WATER,
    "rock": GroundKind.STONE,
}
"""Every word of a caption that names something, and what it names."""
OTHER_WORDS = (
    "a an of photo picture there is in on the with wearing little made coloured covered polka pattern "
    "that table cloudy before wall empty just nothing ground"
)
"""The words that name nothing."""


def words(text: str) -> list[str]:
    """The words of a caption."""
    return re.findall(r"[a-z]+", text)


def named(text: str) -> list[Attribute]:
    """What a caption names."""
    return [MEANINGS[word] for word in words(text) if word in MEANINGS]


@functools.cache
def described(count: int) -> list[tuple[Thing, GroundKind, str]]:
    """Things on grounds, and what is said of them."""
    rng = np.random.default_rng(3)
    kinds = list(GroundKind)
    drawn = [(sample_thing(rng, held_out=None), kinds[k % len(kinds)]) for k in range(count)]
    return [(thing, ground, caption(rng, thing, ground)) for thing, ground in drawn]


def attributes(thing: Thing) -> set[Attribute]:
    """All that may be said of a thing."""
    return {thing.category, thing.colour, thing.pattern, thing.material, thing.accessory, thing.shape}


def test_all_that_is_said_is_so() -> None:
    """A caption names attributes of its own object and ground only; its other words mean nothing."""
    for thing, ground, text in described(2500):
        assert set(named(text)) <= attributes(thing) | {ground}, text
        assert set(words(text)) <= MEANINGS.keys() | set(words(OTHER_WORDS)), text


def test_an_article_suits_the_word_after_it() -> None:
    """It is "an" before a vowel and "a" before anything else."""
    said = [pair for _, _, text in described(2500) for pair in re.findall(r"\b(an?) (\w)", text)]
    assert {article for article, _ in said} == {"a", "an"}
    assert all((article == "an") == (letter in "aeiou") for article, letter in said)


def test_the_class_is_always_said_once() -> None:
    """Every caption says what the object is."""
    assert all(named(text).count(thing.category) == 1 for thing, _, text in described(500))


@pytest.mark.parametrize("kind", ["colour", "pattern", "material", "accessory", "shape"])
def test_attributes_are_mostly_said_and_sometimes_not(kind: str) -> None:
    """What is special of an object is said nine times in ten or more, but not always."""
    usual = (Pattern.PLAIN, Material.CLAY, Accessory.NONE, Shape.USUAL)
    said = Counter(
        getattr(thing, kind) in named(text)
        for thing, _, text in described(2500)
        if getattr(thing, kind) not in usual
    )
    assert 0.9 < said[True] / said.total() < 1


def test_traits_are_never_said() -> None:
    """An object of other proportions, second colour, emblem and so on is described by the same words."""
    rng = np.random.default_rng(5)
    for seed in range(50):
        thing, other = sample_thing(rng), sample_thing(rng)
        twin = replace(thing, traits=other.traits)
        texts = {caption(np.random.default_rng(seed), t, GroundKind.PHOTO) for t in (thing, twin)}
        assert len(texts) == 1


def test_wording_varies() -> None:
    """One object is described in dozens of ways, with its colour before the class and after it."""
    rng = np.random.default_rng(0)
    thing = sample_thing(rng)
    texts = [caption(rng, thing, GroundKind.WOOD) for _ in range(200)]
    assert len(set(texts)) > 50
    places = {
        words(t).index(thing.colour.value) < words(t).index(thing.category.value)
        for t in texts
        if thing.colour.value in words(t)
    }
    assert places == {True, False}


def test_grounds_without_a_name_are_never_named() -> None:
    """Of noise, rooms and photographs no caption says anything."""
    rng = np.random.default_rng(1)
    for kind in set(GroundKind) - set(NAMED_GROUNDS):
        for _ in range(100):
            assert not named(ground_caption(rng, kind))
            assert not any(isinstance(a, GroundKind) for a in named(caption(rng, sample_thing(rng), kind)))


def test_empty_ground_has_no_object_in_its_words() -> None:
    """Where nothing is, the caption names the ground or nothing; most often nothing."""
    rng = np.random.default_rng(2)
    for kind in NAMED_GROUNDS:
        said = [named(ground_caption(rng, kind)) for _ in range(100)]
        assert all(names in ([], [kind]) for names in said)
        assert 20 < sum(names == [kind] for names in said) < 60


def test_the_plain_caption_says_everything_once() -> None:
    """Each attribute of an object that is not the usual one, in one fixed wording."""
    for thing, _, _ in described(300):
        special = attributes(thing) - {Pattern.PLAIN, Material.CLAY, Accessory.NONE, Shape.USUAL}
        assert sorted(named(plain_caption(thing))) == sorted(special)


def test_the_plain_caption_reads_well() -> None:
    """Shape, colour, pattern and material stand before the class, the accessory after it."""
    thing = replace(
        sample_thing(np.random.default_rng(0)),
        category=Category.VASE,
        colour=Colour.BLUE,
        pattern=Pattern.DOTTED,
        material=Material.GLASS,
        accessory=Accessory.HAT,
        shape=Shape.TALL,
    )
    assert plain_caption(thing) == "a tall blue dotted glass vase with a hat"
