"""Sizes and boxes against sets of pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Box, InvalidRequest, Size

boxes = st.builds(Box, st.integers(-6, 6), st.integers(-6, 6), st.integers(1, 7), st.integers(1, 7))


def pixels(box: Box) -> set[tuple[int, int]]:
    """Every pixel of a box."""
    return {(x, y) for x in range(box.x, box.right) for y in range(box.y, box.bottom)}


@given(boxes, boxes)
def test_intersect_holds_the_common_pixels(a: Box, b: Box) -> None:
    """The intersection is the set of pixels in both, and None when there are none."""
    common = a.intersect(b)
    assert (pixels(common) if common else set()) == pixels(a) & pixels(b)


@given(boxes, boxes)
def test_contains_is_subset(a: Box, b: Box) -> None:
    """A box contains another when it has all its pixels."""
    assert a.contains(b) == (pixels(b) <= pixels(a))


@given(boxes, st.integers(-9, 9), st.integers(-9, 9))
def test_translate_moves_every_pixel(box: Box, dx: int, dy: int) -> None:
    """Right by dx, down by dy."""
    assert pixels(box.translate(dx, dy)) == {(x + dx, y + dy) for x, y in pixels(box)}


@given(boxes)
def test_area_counts_pixels(box: Box) -> None:
    """The size's area is the number of pixels."""
    assert box.size.area == len(pixels(box))


def test_the_box_of_a_size_starts_at_the_origin() -> None:
    """A picture's own box."""
    assert Box.of(Size(3, 2)) == Box(0, 0, 3, 2)


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, 1), (1.5, 1), (True, 1)])
def test_an_impossible_size_is_refused(width: int, height: int) -> None:
    """A side is a whole number above 0, of a size and of a box."""
    with pytest.raises(InvalidRequest):
        Size(width, height)
    with pytest.raises(InvalidRequest):
        Box(0, 0, width, height)


@pytest.mark.parametrize(("x", "y"), [(0.5, 0), (0, "0"), (None, 0)])
def test_an_impossible_place_is_refused(x: int, y: int) -> None:
    """A corner is two whole numbers."""
    with pytest.raises(InvalidRequest):
        Box(x, y, 1, 1)
