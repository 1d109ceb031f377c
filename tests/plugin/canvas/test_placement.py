"""Where the overlay draws: at every zoom, turned, mirrored and scrolled, as Krita's own canvas does."""

import math

from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Size
from dreammix_krita.canvas.placement import placement
from dreammix_krita.qt import QtCore, QtGui

NEAR_PX = 1e-3
"""A thousandth of a pixel of the widget: what Qt's own arithmetic loses."""
VIEWS = {
    "canvas": st.builds(Size, st.integers(1, 30_000), st.integers(1, 30_000)),
    "zoom": st.floats(0.02, 32.0),
    "rotation": st.floats(-360.0, 360.0),
    "mirrored": st.booleans(),
    "scroll": st.builds(QtCore.QPoint, st.integers(-20_000, 20_000), st.integers(-20_000, 20_000)),
}
SHARES = st.floats(0.0, 1.0)


def spot(canvas: Size, across: float, down: float) -> QtCore.QPointF:
    """A place in the picture, by its shares of width and height."""
    return QtCore.QPointF(across * canvas.width, down * canvas.height)


@given(**VIEWS)
def test_the_scroll_bars_move_the_whole_picture(
    canvas: Size, zoom: float, rotation: float, mirrored: bool, scroll: QtCore.QPoint
) -> None:
    """The box around the picture as it is shown begins where they say, whatever else is done with it."""
    place = placement(canvas, zoom, rotation, mirrored, scroll)
    around = place.mapRect(QtCore.QRectF(0, 0, canvas.width, canvas.height))
    assert abs(around.x() + scroll.x()) < NEAR_PX and abs(around.y() + scroll.y()) < NEAR_PX


@given(**VIEWS, across=SHARES, down=SHARES)
def test_distances_are_zoomed_alike_in_all_directions(
    canvas: Size,
    zoom: float,
    rotation: float,
    mirrored: bool,
    scroll: QtCore.QPoint,
    across: float,
    down: float,
) -> None:
    """Nothing is stretched or sheared."""
    place = placement(canvas, zoom, rotation, mirrored, scroll)
    one, other = spot(canvas, across, down), spot(canvas, 0.5, 0.5)
    shown = QtCore.QLineF(place.map(one), place.map(other)).length()
    assert math.isclose(shown, zoom * QtCore.QLineF(one, other).length(), rel_tol=1e-6, abs_tol=NEAR_PX)


@given(**VIEWS)
def test_a_mirrored_picture_is_turned_over_and_no_other_is(
    canvas: Size, zoom: float, rotation: float, mirrored: bool, scroll: QtCore.QPoint
) -> None:
    """Left and right change places: the area keeps its size, and its sign says which side is seen."""
    area = placement(canvas, zoom, rotation, mirrored, scroll).determinant()
    assert math.isclose(area, -(zoom**2) if mirrored else zoom**2, rel_tol=1e-6)


@given(**VIEWS)
def test_a_rotation_turns_clockwise_by_its_degrees(
    canvas: Size, zoom: float, rotation: float, mirrored: bool, scroll: QtCore.QPoint
) -> None:
    """The picture's downward edge, which mirroring leaves alone, points where it is turned to."""
    place = placement(canvas, zoom, rotation, mirrored, scroll)
    top, bottom = place.map(QtCore.QPointF(0, 0)), place.map(QtCore.QPointF(0, canvas.height))
    turned = QtGui.QTransform().rotate(rotation).map(QtCore.QPointF(0, 1))
    length = zoom * canvas.height
    assert abs((bottom - top).x() - length * turned.x()) < NEAR_PX * max(1.0, length)
    assert abs((bottom - top).y() - length * turned.y()) < NEAR_PX * max(1.0, length)


def test_known_views() -> None:
    """Worked out by hand: a corner of a picture of 200 x 100 pixels, in six views."""
    canvas, still, corner = Size(200, 100), QtCore.QPoint(0, 0), QtCore.QPointF(200, 0)
    for zoom, rotation, mirrored, scroll, there in (
        (1.0, 0.0, False, still, (200, 0)),
        (2.0, 0.0, False, QtCore.QPoint(30, -40), (370, 40)),
        (1.0, 0.0, True, still, (0, 0)),
        (1.0, 90.0, False, still, (100, 200)),
        (0.5, 180.0, False, still, (0, 50)),
        (1.0, 90.0, True, still, (100, 0)),
    ):
        shown = placement(canvas, zoom, rotation, mirrored, scroll).map(corner)
        assert (round(shown.x(), 6), round(shown.y(), 6)) == there
