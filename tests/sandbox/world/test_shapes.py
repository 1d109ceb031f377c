"""Distances to shapes, tried against what they mean."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammix.sandbox.world.shapes import Field, box, circle, ellipse, polygon, segment, union

Y, X = np.mgrid[-2:2:41j, -2:2:41j].astype(np.float32)
few = settings(max_examples=25)
lengths = st.floats(0.2, 1.2)
places = st.floats(-0.6, 0.6)


def slope(field: Field) -> float:
    """The steepest change between neighbouring samples, over the length between them."""
    return float(max(np.abs(np.diff(field, axis=axis)).max() for axis in (0, 1)) / 0.1)


@few
@given(places, places, lengths)
def test_a_disc_is_within_its_radius(cx: float, cy: float, r: float) -> None:
    """Inside is nearer to the centre than the radius, and the distance is what is left."""
    assert np.allclose(circle(X, Y, cx, cy, r), np.hypot(X - cx, Y - cy) - r, atol=1e-5)


@few
@given(places, places, lengths)
def test_an_ellipse_of_equal_axes_is_a_disc(cx: float, cy: float, r: float) -> None:
    """The first-order distance is exact where it can be compared."""
    away = np.hypot(X - cx, Y - cy) > 0.05
    difference = ellipse(X, Y, cx, cy, r, r) - circle(X, Y, cx, cy, r)
    assert np.allclose(difference[away], 0, atol=1e-3)


@few
@given(places, places, lengths, lengths)
def test_a_box_is_a_polygon_of_four_corners(cx: float, cy: float, hw: float, hh: float) -> None:
    """Two ways to measure one shape agree, inside and outside."""
    corners = [(cx - hw, cy - hh), (cx + hw, cy - hh), (cx + hw, cy + hh), (cx - hw, cy + hh)]
    assert np.allclose(box(X, Y, cx, cy, hw, hh), polygon(X, Y, corners), atol=1e-4)


@few
@given(places, places, lengths)
def test_a_capsule_is_the_discs_along_its_line(ax: float, by: float, r: float) -> None:
    """Its distance is the least of those to discs between its ends."""
    discs = union(*(circle(X, Y, ax * (1 - t), by * t, r) for t in np.linspace(0, 1, 65)))
    assert np.allclose(segment(X, Y, ax, 0.0, 0.0, by + 1e-3, r), discs, atol=0.02)


@few
@given(places, lengths, lengths)
def test_distances_change_no_faster_than_the_way(place: float, a: float, b: float) -> None:
    """A step changes the distance by no more than its length, so edges are as soft everywhere."""
    for field in (
        circle(X, Y, place, 0.0, a),
        box(X, Y, place, 0.0, a, b, 0.1),
        segment(X, Y, place, 0.0, a, b, 0.1),
        polygon(X, Y, [(place, -a), (b, a), (-b, a)]),
    ):
        assert slope(field) <= 1.001
