"""What every canvas promises, shown on the one without Krita; `tests/krita` shows it on the real one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Box, InvalidMask, Picture, SampleFormat, Size
from dreammix_krita.canvas import (
    Background,
    Canvas,
    CanvasFailure,
    Document,
    DocumentClosed,
    Region,
    Sketch,
    Unselected,
)
from tests.plugin.canvas.fake import CANVAS, FakeCanvas, FakeDocument, region

BOX = Box(10, 20, 3, 2)
PLACES = st.integers(0, 5)
SIDES = st.integers(1, 12)


def gray(size: Size, value: int = 255) -> Picture:
    """A mask of one value."""
    return Picture(size, SampleFormat.GRAY8, bytes([value]) * size.area)


def test_the_fake_is_a_canvas() -> None:
    """What holds of a canvas for the type checker holds of the fake."""
    canvas: Canvas = FakeCanvas(FakeDocument())
    document: Document | None = canvas.document()
    assert document is not None and document.size == CANVAS


def test_a_region_has_a_mask_of_its_own_size() -> None:
    """A mask that does not fit would select other pixels than the artist did."""
    with pytest.raises(InvalidMask):
        Region(BOX, gray(Size(2, 3)))
    with pytest.raises(InvalidMask):
        Region(BOX, Picture(BOX.size, SampleFormat.RGBA8, bytes(4 * BOX.size.area)))


@pytest.mark.parametrize(
    ("chosen", "covers"),
    [
        (region(Box.of(CANVAS)), True),
        (region(Box.of(CANVAS), 254), False),
        (region(Box(0, 0, 640, 479)), False),
    ],
)
def test_all_is_covered_only_when_wholly_selected(chosen: Region, covers: bool) -> None:
    """A soft selection of everything is not "select all"."""
    assert chosen.covers(CANVAS) is covers


def test_a_preview_and_its_place_come_together() -> None:
    """A picture without a place could not be drawn, nor a place without a picture."""
    picture = Picture(Size(1, 1), SampleFormat.RGBA8, bytes(4))
    with pytest.raises(CanvasFailure):
        Sketch(picture=picture)
    with pytest.raises(CanvasFailure):
        Sketch(box=BOX)
    assert Sketch(picture=picture, box=BOX).box == BOX


def test_the_place_of_a_result_comes_with_the_background() -> None:
    """Above the layer that was read; on top where it was all that is seen."""
    document = FakeDocument()
    assert document.read(BOX, Background.LAYER).above == document.layer
    assert document.read(BOX, Background.VISIBLE).above is None


def test_a_result_is_kept_as_it_came() -> None:
    """A test can look at what the plugin put into the document."""
    document = FakeDocument()
    picture = document.read(BOX, Background.LAYER).picture
    layer = document.add_layer("Pip: red", BOX, picture, document.layer)
    (added,) = document.added
    assert (added.layer, added.box, added.picture, added.above) == (layer, BOX, picture, document.layer)


def test_a_failure_comes_once() -> None:
    """Trying again can be tried."""
    document = FakeDocument(failure=CanvasFailure("It broke", "it was scripted", "Try again"))
    with pytest.raises(CanvasFailure, match="It broke"):
        document.read(BOX, Background.LAYER)
    assert document.read(BOX, Background.LAYER).box == BOX


def test_a_closed_document_only_stops_showing() -> None:
    """Everything else raises, and names the document."""
    document = FakeDocument(selected=Unselected.EMPTY)
    document.is_open = False
    with pytest.raises(DocumentClosed, match=r"picture\.kra cannot be used: it was closed"):
        document.selection()
    with pytest.raises(DocumentClosed):
        document.show(Sketch(outlines=(BOX,)))
    assert document.show(None) is True


@given(PLACES, PLACES, SIDES, SIDES, PLACES, PLACES, SIDES, SIDES)
def test_a_mask_window_holds_each_selected_pixel_in_its_place(
    x: int, y: int, width: int, height: int, left: int, top: int, wide: int, high: int
) -> None:
    """Inside of the window as selected, elsewhere nothing."""
    region_box, box = Box(x, y, width, height), Box(left, top, wide, high)
    values = bytes(1 + i % 255 for i in range(region_box.size.area))
    region = Region(region_box, Picture(region_box.size, SampleFormat.GRAY8, values))
    window = region.mask_of(box)
    for row in range(high):
        for column in range(wide):
            cx, cy = left + column, top + row
            inside = x <= cx < x + width and y <= cy < y + height
            wanted = values[(cy - y) * width + cx - x] if inside else 0
            assert window.data[row * wide + column] == wanted
