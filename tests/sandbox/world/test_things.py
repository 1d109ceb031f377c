"""What is drawn: held-out pairs never in training, traits within their ranges, silhouettes within theirs."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from dreammix.sandbox.world import (
    HELD_OUT,
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    Shape,
    Thing,
    sample_scene,
    sample_thing,
)
from dreammix.sandbox.world.objects import EXTENT, drawn_out, parts_of
from dreammix.sandbox.world.shapes import Proportions


def draw(count: int, held_out: bool | None = False) -> list[Thing]:
    """Some things."""
    rng = np.random.default_rng(0)
    return [sample_thing(rng, held_out=held_out) for _ in range(count)]


def pair(thing: Thing) -> tuple[Category, Colour]:
    """What may be held out."""
    return thing.category, thing.colour


def test_training_never_draws_a_held_out_pair() -> None:
    """With nothing said, the pairs that the benchmark asks for do not come, and all others do."""
    pairs = {pair(thing) for thing in draw(2000)}
    assert pairs == set(product(Category, Colour)) - HELD_OUT


def test_held_out_pairs_come_when_asked_for() -> None:
    """Asked for held-out pairs, nothing else comes, and each of them does."""
    assert {pair(thing) for thing in draw(200, held_out=True)} == HELD_OUT


def test_both_come_when_it_does_not_matter() -> None:
    """Every pair comes."""
    assert {pair(thing) for thing in draw(2000, held_out=None)} == set(product(Category, Colour))


def test_no_object_of_a_training_scene_is_held_out() -> None:
    """Neither the subject nor the object behind it; only the subject when held-out pairs are asked for."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        scene = sample_scene(rng, side=(0.3, 0.6), others=1.0)
        assert not any(pair(placed.thing) in HELD_OUT for placed in scene.placed)
        scene = sample_scene(rng, side=(0.3, 0.6), others=1.0, held_out=True)
        assert [pair(placed.thing) in HELD_OUT for placed in scene.placed] == [False, True]


def test_each_category_has_one_held_out_colour() -> None:
    """So every category is asked for, and every one is known in its other colours."""
    assert Counter(category for category, _ in HELD_OUT) == dict.fromkeys(Category, 1)


def test_every_attribute_is_drawn() -> None:
    """Each pattern, accessory, material and shape comes; the plain ones most often."""
    things = draw(600)
    assert {thing.pattern for thing in things} == set(Pattern)
    assert {thing.accessory for thing in things} == set(Accessory)
    assert {thing.material for thing in things} == set(Material)
    assert {thing.shape for thing in things} == set(Shape)
    assert Counter(thing.pattern for thing in things).most_common(1)[0][0] is Pattern.PLAIN


def test_the_second_colour_is_another() -> None:
    """A pattern always shows."""
    assert all(thing.traits.second is not thing.colour for thing in draw(300))


@pytest.mark.parametrize("category", Category)
def test_no_silhouette_leaves_its_patch(category: Category) -> None:
    """Whatever its proportions, accessory and shape, an object ends within EXTENT of its centre."""
    y, x = np.mgrid[-2.5:2.5:101j, -2.5:2.5:101j].astype(np.float32)
    far = np.hypot(x, y) >= EXTENT
    thing = replace(draw(1)[0], category=category)
    for accessory, shape, corner in product(Accessory, Shape, product((0.0, 1.0), repeat=3)):
        traits = replace(thing.traits, proportions=Proportions(*corner))
        parts = parts_of(replace(thing, accessory=accessory, traits=traits), *drawn_out(shape, x, y))
        assert all((part.distance[far] > 0).all() for part in parts)
        assert any((part.distance < 0).any() for part in parts)
