"""Masks against brute force."""

from math import hypot, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dreammix.geometry import Units, feather, latent_mask, mask_box
from dreammix.protocol import Box, InvalidMask

levels = st.sampled_from([0.0, 0.0, 0.25, 1.0, 1.0])
shapes = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.just(1), st.integers(1, 60)),
    st.tuples(st.integers(1, 60), st.just(1)),
)
masks = hnp.arrays(np.float32, shapes, elements=levels).filter(lambda mask: bool(mask.any()))
radii = st.integers(0, 12)


def distances(mask: Units) -> Units:
    """The distance from each pixel to the nearest one outside the mask, centre to centre, by trying all."""
    outside = [(y, x) for y, x in np.ndindex(*mask.shape) if mask[y, x] == 0]
    nearest = [
        min((hypot(y - oy, x - ox) for oy, ox in outside), default=inf) for y, x in np.ndindex(*mask.shape)
    ]
    return np.array(nearest).reshape(mask.shape)


@given(masks)
def test_the_box_is_the_smallest(mask: Units) -> None:
    """Nothing of the mask lies outside, and each side touches it."""
    box = mask_box(mask)
    inside = mask[box.y : box.bottom, box.x : box.right] > 0
    assert inside.sum() == (mask > 0).sum()
    assert inside[0].any()
    assert inside[-1].any()
    assert inside[:, 0].any()
    assert inside[:, -1].any()


def test_the_box_of_bytes() -> None:
    """A mask of bytes has a box, too: one level is enough."""
    mask = np.zeros((4, 6), np.uint8)
    mask[1, 2] = mask[3, 4] = 1
    assert mask_box(mask) == Box(2, 1, 3, 3)


def test_an_empty_mask_has_no_box_and_no_feather() -> None:
    """The error says what to do."""
    with pytest.raises(InvalidMask, match="Select the region"):
        mask_box(np.zeros((3, 3), np.float32))
    with pytest.raises(InvalidMask, match="Select the region"):
        feather(np.zeros((3, 3), np.float32), 2)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.data())
def test_any_touched_cell_is_inside(rows: int, columns: int, scale: int, data: st.DataObject) -> None:
    """Cell by cell, pixel by pixel."""
    mask = data.draw(hnp.arrays(np.float32, (rows * scale, columns * scale), elements=levels))
    expected = [
        [
            float(any(mask[y * scale + i, x * scale + j] > 0 for i, j in np.ndindex(scale, scale)))
            for x in range(columns)
        ]
        for y in range(rows)
    ]
    cells = latent_mask(mask, scale)
    assert cells.dtype == np.float32
    assert cells.tolist() == expected


@pytest.mark.parametrize("shape", [(8, 9), (9, 8)])
def test_a_mask_without_whole_cells_is_refused(shape: tuple[int, int]) -> None:
    """A model's picture always has whole cells."""
    with pytest.raises(ValueError, match="no whole cells of 8"):
        latent_mask(np.zeros(shape, np.float32), 8)


@given(masks, radii)
def test_feather_is_a_ramp_of_euclidean_distance(mask: Units, radius: int) -> None:
    """Against all distances: the edge is half a pixel before the first pixel outside."""
    depth = distances(mask) - 0.5
    length = min(radius, depth.max())
    ramp = np.clip(depth / length, 0, 1) if length > 0 else 1
    np.testing.assert_allclose(feather(mask, radius), mask * np.where(depth == inf, 1, ramp), atol=1e-6)


@given(masks, radii)
def test_feather_stays_below_the_mask(mask: Units, radius: int) -> None:
    """Soft masks stay soft, and outside stays 0."""
    alpha = feather(mask, radius)
    assert (alpha <= mask).all()
    assert (alpha[mask == 0] == 0).all()
    assert (alpha[mask > 0] > 0).all()


@given(masks, radii)
def test_feather_keeps_a_pixel_that_is_not_weakened(mask: Units, radius: int) -> None:
    """However thin the mask: its deepest pixel has the mask's own value."""
    assert (feather(mask, radius) == mask)[mask > 0].any()


@given(masks)
def test_no_radius_is_no_feather(mask: Units) -> None:
    """Radius 0 is the mask itself, in memory of its own."""
    alpha = feather(mask, 0)
    assert (alpha == mask).all()
    assert not np.shares_memory(alpha, mask)


@given(st.integers(1, 30), st.integers(1, 30), radii)
def test_the_pictures_border_is_no_edge(height: int, width: int, radius: int) -> None:
    """A mask of everything has no edge at all."""
    assert (feather(np.ones((height, width), np.float32), radius) == 1).all()


@settings(max_examples=30)
@given(st.integers(0, 199), st.integers(0, 299), st.integers(1, 180))
def test_feather_is_exact_over_long_distances(y: int, x: int, radius: int) -> None:
    """Around a single hole in a large mask the distance is known without trying all."""
    mask = np.ones((200, 300), np.float32)
    mask[y, x] = 0
    rows, columns = np.mgrid[:200, :300]
    ramp = np.clip((np.hypot(rows - y, columns - x) - 0.5) / radius, 0, 1)
    np.testing.assert_allclose(feather(mask, radius), mask * ramp, atol=1e-5)


@given(masks, radii)
def test_the_mask_is_not_touched(mask: Units, radius: int) -> None:
    """The caller's array keeps its values."""
    before = mask.copy()
    feather(mask, radius)
    assert (mask == before).all()
