"""A scene becomes a picture: always the same one, with each object where it says it is, and nowhere else."""

from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammix.sandbox.world import (
    Accessory,
    Category,
    Colour,
    Ground,
    GroundKind,
    Material,
    Pattern,
    Placed,
    Rendering,
    Scene,
    Shape,
    Thing,
    render,
    sample_placed,
    sample_scene,
    sample_thing,
    with_thing,
    without_objects,
)
from dreammix.sandbox.world.objects import NARROWED
from dreammix.sandbox.world.scenes import SHADOW_STRENGTH

SIDE = 40
GROUND = Ground(kind=GroundKind.SAND, seed=4)
MUG = Thing(category=Category.MUG, colour=Colour.RED, traits=sample_thing(np.random.default_rng(0)).traits)
"""A plain red mug of clay."""


def scene_of(seed: int, others: float = 0.0) -> Scene:
    """A scene with one object, or two."""
    return sample_scene(np.random.default_rng(seed), side=(0.3, 0.6), others=others)


def alone(thing: Thing, side: float = 0.6) -> Rendering:
    """An object in the middle of a small picture of sand."""
    placed = Placed(thing=thing, x=0.5, y=0.5, size=side / 2)
    return render(Scene(ground=GROUND, placed=(placed,)), SIDE, SIDE)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_seed_paints_the_same_picture(seed: int) -> None:
    """Everything follows from the seed and the size, to the bit."""
    first, second = (render(scene_of(seed, 0.5), SIDE, SIDE) for _ in range(2))
    assert np.array_equal(first.picture, second.picture)
    assert all(np.array_equal(a, b) for a, b in zip(first.coverages, second.coverages, strict=True))


def test_other_seeds_paint_other_pictures() -> None:
    """No two of ten scenes look the same."""
    assert len({render(scene_of(seed), SIDE, SIDE).picture.tobytes() for seed in range(10)}) == 10


@pytest.mark.parametrize("category", Category)
def test_every_combination_paints(category: Category) -> None:
    """No attribute of any object, nor any ground, leaves [0, 1] or is not a number."""
    rng = np.random.default_rng(1)
    colours, accessories, kinds = cycle(Colour), cycle(Accessory), cycle(GroundKind)
    for pattern in Pattern:
        for material in Material:
            thing = replace(
                sample_thing(rng),
                category=category,
                colour=next(colours),
                pattern=pattern,
                material=material,
                accessory=next(accessories),
            )
            ground = Ground(kind=next(kinds), seed=5)
            placed = Placed(thing=thing, x=0.5, y=0.6, size=0.3, angle=0.2)
            rendering = render(Scene(ground=ground, placed=(placed,)), 24, 32)
            for values in (rendering.picture, rendering.coverages[0]):
                assert values.dtype == np.float32
                assert values.min() >= 0
                assert values.max() <= 1
            assert rendering.coverages[0].max() == 1


@settings(max_examples=25)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**20))
def test_any_size_paints(height: int, width: int, seed: int) -> None:
    """Pictures of one pixel, strips and large objects all have the size that was asked for."""
    rendering = render(sample_scene(np.random.default_rng(seed), side=(0.1, 1.5)), height, width)
    assert rendering.picture.shape == (height, width, 3)
    assert all(coverage.shape == (height, width) for coverage in rendering.coverages)
    assert np.isfinite(rendering.picture).all()


@pytest.mark.parametrize("seed", range(12))
def test_outside_its_coverage_an_object_only_casts_a_shadow(seed: int) -> None:
    """Where an object does not show, the ground is itself, or darker by no more than the deepest shadow."""
    scene = scene_of(seed)
    rendering, empty = render(scene, SIDE, SIDE), render(without_objects(scene), SIDE, SIDE)
    outside = rendering.coverages[0] == 0
    picture, ground = rendering.picture[outside], empty.picture[outside]
    assert (picture <= ground).all()
    assert (picture >= ground * (1 - SHADOW_STRENGTH) - 1e-6).all()


@pytest.mark.parametrize("seed", range(12))
def test_the_picture_changes_most_where_the_object_is(seed: int) -> None:
    """A pixel of the object differs from the empty ground more than one beside it, shadow included."""
    scene = scene_of(seed)
    rendering, empty = render(scene, SIDE, SIDE), render(without_objects(scene), SIDE, SIDE)
    change, coverage = np.abs(rendering.picture - empty.picture).mean(axis=-1), rendering.coverages[0]
    assert change[coverage == 1].mean() > 5 * change[coverage == 0].mean()


@pytest.mark.parametrize("seed", range(12))
def test_an_edit_changes_the_object_alone(seed: int) -> None:
    """The right answer of an edit is the same picture wherever neither the old nor the new object shows."""
    scene = scene_of(seed, others=1.0)
    thing = sample_thing(np.random.default_rng(100 + seed))
    before, after = render(scene, SIDE, SIDE), render(with_thing(scene, 1, thing), SIDE, SIDE)
    untouched = (before.coverages[1] == 0) & (after.coverages[1] == 0)
    assert untouched.any()
    assert np.array_equal(before.picture[untouched], after.picture[untouched])
    assert not np.array_equal(before.picture, after.picture)


def test_an_edit_leaves_the_rest_of_the_scene() -> None:
    """Place, size, light, ground and the other object stay."""
    scene = scene_of(3, others=1.0)
    edited = with_thing(scene, 1, MUG)
    assert edited.placed[1].thing == MUG
    assert replace(edited, placed=scene.placed) == scene
    assert edited.placed[0] == scene.placed[0]
    assert replace(edited.placed[1], thing=scene.placed[1].thing) == scene.placed[1]


@pytest.mark.parametrize("other", [replace(MUG, colour=Colour.BLUE), replace(MUG, pattern=Pattern.STRIPED)])
def test_colour_and_pattern_keep_the_shape(other: Thing) -> None:
    """A mug of another colour or pattern covers exactly the same pixels, and they look different."""
    before, after = alone(MUG), alone(other)
    assert np.array_equal(before.coverages[0], after.coverages[0])
    assert np.abs(before.picture - after.picture).max() > 0.2


def test_every_attribute_shows() -> None:
    """No two things that differ in one named attribute look the same."""
    things = [replace(MUG, category=category) for category in Category]
    things += [replace(MUG, colour=colour) for colour in Colour if colour is not Colour.RED]
    things += [replace(MUG, pattern=pattern) for pattern in Pattern if pattern is not Pattern.PLAIN]
    things += [
        replace(MUG, accessory=accessory) for accessory in Accessory if accessory is not Accessory.NONE
    ]
    things += [replace(MUG, material=material) for material in Material if material is not Material.CLAY]
    things += [replace(MUG, shape=shape) for shape in Shape if shape is not Shape.USUAL]
    assert len({alone(thing).picture.tobytes() for thing in things}) == len(things)


@pytest.mark.parametrize("category", Category)
def test_a_shape_draws_an_object_out(category: Category) -> None:
    """A tall one is as high and less wide, a wide one is as wide and less high and stands where it stood."""

    def extent(shape: Shape) -> tuple[int, int, int]:
        rows, columns = np.nonzero(alone(replace(MUG, category=category, shape=shape)).coverages[0] > 0.5)
        return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1, int(rows.max())

    height, width, foot = extent(Shape.USUAL)
    assert extent(Shape.TALL) == pytest.approx((height, NARROWED * width, foot), abs=2)
    assert extent(Shape.WIDE) == pytest.approx((NARROWED * height, width, foot), abs=2)


def test_glass_shows_what_is_behind_it() -> None:
    """The ground shows through a glass mug, and through no clay one."""

    def on(ground: Ground, material: Material) -> Rendering:
        placed = Placed(thing=replace(MUG, material=material), x=0.5, y=0.5, size=0.3)
        return render(Scene(ground=ground, placed=(placed,)), SIDE, SIDE)

    def difference(material: Material) -> float:
        light, dark = (on(Ground(kind=kind, seed=1), material) for kind in (GroundKind.SNOW, GroundKind.WOOD))
        inside = light.coverages[0] == 1
        return float(np.abs(light.picture - dark.picture)[inside].mean())

    assert difference(Material.GLASS) > 0.05
    assert difference(Material.CLAY) < 1e-6


def test_a_front_object_hides_the_one_behind() -> None:
    """Of two objects in one place only the front one is visible."""
    placed = Placed(thing=MUG, x=0.5, y=0.5, size=0.3)
    behind, front = render(Scene(ground=GROUND, placed=(placed, placed)), SIDE, SIDE).coverages
    assert front.max() == 1
    assert behind[front == 1].max() == 0
    assert (behind + front).max() <= 1


@pytest.mark.parametrize("seed", range(8))
def test_an_object_is_placed_wholly_inside(seed: int) -> None:
    """No more than a tip of a hat or flag is cut off by the picture's border."""
    placed = sample_placed(np.random.default_rng(seed), replace(MUG, accessory=Accessory.FLAG), 0.6)
    middle = replace(placed, x=0.5, y=0.5, size=placed.size / 2)
    seen, whole = (
        render(Scene(ground=GROUND, placed=(p,)), side, side).coverages[0].sum()
        for p, side in ((placed, SIDE), (middle, 2 * SIDE))
    )
    assert seen > 0.97 * whole


def test_the_subject_is_the_last_object() -> None:
    """A second object stands behind the one that a caption is about, as often as was asked."""
    scenes = [scene_of(seed, others=0.3) for seed in range(300)]
    assert {len(scene.placed) for scene in scenes} == {1, 2}
    assert 60 < sum(len(scene.placed) == 2 for scene in scenes) < 120
    assert all(0.3 <= 2 * scene.placed[-1].size <= 0.6 for scene in scenes)
