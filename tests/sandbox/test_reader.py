"""The reader sees a region and nothing of what was asked for, and brings its files along."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreammix.geometry import Units
from dreammix.models import find
from dreammix.protocol import InvalidMask, ModelDamaged
from dreammix.sandbox import reader
from dreammix.sandbox.world import (
    Accessory,
    Category,
    Colour,
    GroundKind,
    Material,
    Pattern,
    Placed,
    RegionKind,
    Shape,
    Thing,
    Traits,
    paint_ground,
    put,
    region_of,
    sample_ground,
)
from dreammix.sandbox.world.objects import Emblem
from dreammix.sandbox.world.shapes import Proportions

TRAITS = Traits(
    proportions=Proportions(0.5, 0.5, 0.5),
    second=Colour.WHITE,
    pattern_scale=0.5,
    pattern_angle=0.0,
    emblem=Emblem.NONE,
    wear=(0.9, 0.8, 0.1),
)
MUG = Thing(category=Category.MUG, colour=Colour.RED, traits=TRAITS)
FISH = Thing(
    category=Category.FISH,
    colour=Colour.GREEN,
    pattern=Pattern.STRIPED,
    accessory=Accessory.HAT,
    material=Material.METAL,
    traits=TRAITS,
)


def shown(thing: Thing) -> tuple[Units, Units, Units]:
    """A scene, the scene with a thing, a region around it."""
    scene = paint_ground(sample_ground(np.random.default_rng(2), (GroundKind.SAND,)), 160, 160)
    result = scene.copy()
    coverage = put(result, Placed(thing=thing, x=0.5, y=0.55, size=0.3), -0.5)
    return scene, result, region_of(np.random.default_rng(0), coverage, RegionKind.ELLIPSE)


@pytest.fixture(scope="module")
def shipped() -> reader.Reader:
    """The reader that the sandbox model brings."""
    return reader.load(find("sandbox"))


@pytest.mark.parametrize("thing", [MUG, FISH])
def test_a_thing_is_read(shipped: reader.Reader, thing: Thing) -> None:
    """Its category, and all that captions say of it."""
    (seen,) = shipped.read([reader.look(*shown(thing))])
    assert seen is not None
    both = {thing.colour, thing.traits.second}
    assert seen.colours == (both if thing.pattern is not Pattern.PLAIN else {thing.colour})
    for name in ("category", "pattern", "material", "accessory"):
        assert getattr(seen, name) is getattr(thing, name)


def test_tall_things_are_read_as_narrower_than_wide_ones(shipped: reader.Reader) -> None:
    """By a good part of what they are drawn out by."""
    things = [Thing(category=Category.MUG, colour=Colour.BLUE, shape=shape, traits=TRAITS) for shape in Shape]
    usual, tall, wide = (
        seen.wide for seen in shipped.read([reader.look(*shown(it)) for it in things]) if seen
    )
    assert tall + 0.1 < usual < wide - 0.1


def test_nothing_is_read_where_nothing_is(shipped: reader.Reader) -> None:
    """An unchanged scene, and noise."""
    scene, _, region = shown(MUG)
    noise = np.random.default_rng(0).random(scene.shape, dtype=np.float32)
    spoilt = np.asarray(scene + region[..., None] * (noise - scene), np.float32)
    assert shipped.read([reader.look(scene, scene, region), reader.look(scene, spoilt, region)]) == [
        None,
        None,
    ]


def test_a_look_is_the_square_around_the_region() -> None:
    """The result, what it changes, and the region itself; of an empty region there is none."""
    scene, result, region = shown(MUG)
    seen = reader.look(scene, result, region)
    assert seen.shape == (reader.PLANES, reader.SIDE, reader.SIDE)
    assert np.abs(seen[3:6][:, seen[6] == 0]).max() < np.abs(seen[3:6]).max() / 2
    bare = reader.look(scene, scene, region)
    np.testing.assert_allclose(bare[3:6], 0)
    np.testing.assert_allclose(seen[:3] - seen[3:6], bare[:3], atol=1e-5)
    with pytest.raises(InvalidMask):
        reader.look(scene, result, np.zeros_like(region))


@given(st.integers(4, 20), st.integers(4, 20), st.integers(0, 10), st.integers(0, 10))
def test_a_box_is_as_wide_as_its_sides_say(width: int, height: int, left: int, top: int) -> None:
    """Wherever it lies: the logarithm of how its sides compare."""
    cover = np.zeros((32, 32), np.float32)
    cover[top : top + height, left : left + width] = 1
    expected = 0.5 * np.log((width**2 - 1) / (height**2 - 1))
    assert reader.width_of(cover) == pytest.approx(expected, abs=1e-4)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """The same answers, but for fp16."""
    torch.manual_seed(0)
    fresh = reader.untrained()
    looks = torch.rand(2, reader.PLANES, reader.SIDE, reader.SIDE)
    before = fresh.eval()(looks)
    reader.save(fresh, tmp_path)
    for own, loaded in zip(before, reader.load(tmp_path)(looks), strict=True):
        torch.testing.assert_close(loaded, own, atol=2e-3, rtol=2e-3)


def test_a_model_without_a_reader_is_said_to_be_one(tmp_path: Path) -> None:
    """Not an error of the library that looks for it."""
    with pytest.raises(ModelDamaged, match="reader"):
        reader.load(tmp_path)


def test_a_reader_with_other_answers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a world with another word: its numbers would be taken for others."""
    monkeypatch.setattr(reader, "HEADS", (*reader.HEADS[:-1], 2))
    reader.save(reader.untrained(), tmp_path)
    monkeypatch.undo()
    with pytest.raises(ModelDamaged, match="answers"):
        reader.load(tmp_path)
