"""Pasting against exact fractions, and what must not change by one bit."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dreammix.geometry import GROUND, Bytes, feather, flatten, mask_box, paste, to_layer, to_units
from dreammix.protocol import Box

samples = st.sampled_from([0, 1, 2, 127, 128, 254, 255]) | st.integers(0, 255)
shapes = st.one_of(
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.tuples(st.just(1), st.integers(1, 1000)),
    st.tuples(st.integers(1, 1000), st.just(1)),
)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def scenes_and_layers(draw: st.DrawFn) -> tuple[Bytes, Bytes, Box]:
    """A scene with or without alpha, a layer, and its place."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    box = Box(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))
    scene = draw(hnp.arrays(np.uint8, (height, width, draw(st.sampled_from([3, 4]))), elements=samples))
    return scene, draw(hnp.arrays(np.uint8, (box.height, box.width, 4), elements=samples)), box


@st.composite
def masks(draw: st.DrawFn) -> Bytes:
    """One pixel, everything, a box (also at the border), or noise; on squares, oblongs and strips."""
    height, width = draw(shapes)
    y, x = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    mask = np.zeros((height, width), np.uint8)
    kind = draw(st.sampled_from(["pixel", "everything", "box", "noise"]))
    if kind == "everything":
        mask[:] = 255
    elif kind == "box":
        mask[y : draw(st.integers(y + 1, height)), x : draw(st.integers(x + 1, width))] = draw(
            st.integers(1, 255)
        )
    elif kind == "noise":
        mask[:] = np.random.default_rng(draw(seeds)).integers(-400, 256, mask.shape).clip(0)
    mask[y, x] = max(mask[y, x], draw(st.integers(1, 255)))
    return mask


def nearest(value: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return floor(value + Fraction(1, 2))


def over(above: list[int], below: list[int]) -> list[int]:
    """Porter and Duff's over of two RGBA pixels, above with some alpha, in exact fractions."""
    a, b = Fraction(above[3], 255), Fraction(below[3], 255)
    alpha = a + b * (1 - a)
    colours = [nearest((c * a + d * b * (1 - a)) / alpha) for c, d in zip(above[:3], below[:3], strict=True)]
    return [*colours, nearest(alpha * 255)]


@given(scenes_and_layers())
def test_paste_is_over_in_exact_fractions(case: tuple[Bytes, Bytes, Box]) -> None:
    """Every byte of every pixel, with transparent and half-transparent scenes."""
    scene, layer, box = case
    result = paste(scene, layer, box)
    expected = scene.copy()
    for y, x in np.ndindex(box.height, box.width):
        above = layer[y, x].tolist()
        below = scene[box.y + y, box.x + x].tolist()
        if above[3] > 0:
            expected[box.y + y, box.x + x] = over(above, [*below, 255][:4])[: scene.shape[2]]
    assert (result == expected).all()


def test_every_pair_of_alphas_rounds_exactly() -> None:
    """All 65,025 pairs with some alpha above, on colours that come close to halves."""
    above, below = (values.ravel() for values in np.mgrid[1:256, 0:256])
    layer = np.stack([above ^ 91, below, above, above], -1).astype(np.uint8)[None]
    scene = np.stack([below, above ^ 37, 255 - below, below], -1).astype(np.uint8)[None]
    a, b = layer[..., 3:].astype(int), scene[..., 3:].astype(int)
    share = a * 255 + b * (255 - a)
    colours = layer[..., :3] * a * 255 + scene[..., :3] * b * (255 - a)
    expected = np.dstack([(2 * colours + share) // (2 * share), (2 * share + 255) // 510])
    assert (paste(scene, layer, Box(0, 0, len(above), 1)) == expected).all()


@given(scenes_and_layers())
def test_nothing_changes_without_alpha(case: tuple[Bytes, Bytes, Box]) -> None:
    """Not even the colours that a transparent pixel of the scene hides."""
    scene, layer, box = case
    layer[..., 3] = 0
    assert (paste(scene, layer, box) == scene).all()


@given(scenes_and_layers())
def test_full_alpha_takes_the_layers_pixel(case: tuple[Bytes, Bytes, Box]) -> None:
    """Whatever lay there, visible or transparent."""
    scene, layer, box = case
    layer[..., 3] = 255
    place = paste(scene, layer, box)[box.y : box.bottom, box.x : box.right]
    assert (place == layer[..., : scene.shape[2]]).all()


@given(scenes_and_layers())
def test_a_transparent_scene_takes_the_layer_as_it_is(case: tuple[Bytes, Bytes, Box]) -> None:
    """Where the layer has any alpha, colours hidden in the scene do not bleed into it."""
    scene, layer, box = case
    transparent = np.zeros((*scene.shape[:2], 4), np.uint8)
    transparent[..., :3] = scene[..., :3]
    place = paste(transparent, layer, box)[box.y : box.bottom, box.x : box.right]
    assert (place == layer)[layer[..., 3] > 0].all()


@given(masks(), st.integers(0, 40), st.sampled_from([3, 4]), seeds)
def test_bytes_outside_the_declared_feather_are_identical(
    mask: Bytes, radius: int, channels: int, seed: int
) -> None:
    """Every size, aspect, strip, border; one pixel and everything; RGB and RGBA: outside nothing changes."""
    random = np.random.default_rng(seed)
    scene = random.integers(0, 256, (*mask.shape, channels), np.uint8)
    alpha = feather(to_units(mask), radius)
    box = mask_box(mask)
    colours = random.random((box.height, box.width, 3), np.float32)
    layer = to_layer(colours, alpha[box.y : box.bottom, box.x : box.right])
    result = paste(scene, layer, box)
    assert result.shape == scene.shape
    assert (result == scene)[mask == 0].all()
    inside = result[box.y : box.bottom, box.x : box.right]
    assert (inside == layer[..., :channels])[layer[..., 3] == 255].all()


def test_a_layer_larger_than_a_block_is_pasted_whole() -> None:
    """No seam between the rows that are pasted at a time."""
    random = np.random.default_rng(0)
    scene, layer = random.integers(0, 256, (2, 200, 3, 4), np.uint8)
    rows = [paste(scene[y : y + 1], layer[y : y + 1], Box(0, 0, 3, 1)) for y in range(200)]
    assert (paste(scene, layer, Box(0, 0, 3, 200)) == np.concatenate(rows)).all()


@given(scenes_and_layers())
def test_the_scene_is_not_touched(case: tuple[Bytes, Bytes, Box]) -> None:
    """The result is a picture of its own."""
    scene, layer, box = case
    before = scene.copy()
    assert not np.shares_memory(paste(scene, layer, box), scene)
    assert (scene == before).all()


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ((2, 3, 4), Box(2, 0, 3, 2)),
        ((2, 3, 4), Box(-1, 0, 3, 2)),
        ((3, 2, 4), Box(0, 0, 3, 2)),
        ((2, 3, 3), Box(0, 0, 3, 2)),
    ],
)
def test_a_layer_that_does_not_fit_is_refused(shape: tuple[int, ...], box: Box) -> None:
    """Off the scene, of another size than its place, or without alpha."""
    with pytest.raises(ValueError, match="does not fit"):
        paste(np.zeros((4, 4, 4), np.uint8), np.zeros(shape, np.uint8), box)


def test_a_flattened_scene_shows_the_ground() -> None:
    """Opaque pixels stay, transparent ones show the ground, half-transparent ones both."""
    scene = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], np.uint8)
    assert flatten(scene).tolist() == [[[10, 20, 30], [GROUND] * 3, [204] * 3]]
