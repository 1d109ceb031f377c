"""Where pictures come from: each with its place and mask, or a reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.protocol import Box, DreamMixError, InvalidMask, InvalidPicture, Size
from dreammix_krita.canvas import Canvas, CanvasFailure, Unselected
from dreammix_krita.dialogs.teaching.sources import (
    Place,
    Source,
    read_file,
    read_layer,
    read_mask,
    read_selection,
)
from tests.plugin.canvas.fake import FakeCanvas, FakeDocument, region

PLACE = Box(100, 100, 40, 20)


def opened(**fields: object) -> FakeCanvas:
    """A canvas with one document."""
    return FakeCanvas(replace(FakeDocument(selected=region(PLACE)), **fields))  # type: ignore[arg-type]


def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    """The backend judges it, not the plugin."""
    path = tmp_path / "cat.png"
    path.write_bytes(b"whatever it is")
    assert read_file(path) == Source(name="cat.png", content=b"whatever it is")


@pytest.mark.parametrize("content", [None, b""])
def test_a_file_that_cannot_be_read_has_a_reason(tmp_path: Path, content: bytes | None) -> None:
    """Missing or empty, its name is in the sentence."""
    path = tmp_path / "cat.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidPicture, match=r"cat\.png"):
        read_file(path)


def test_a_selection_brings_its_surroundings_and_is_its_mask() -> None:
    """The picture is a little larger, and the mask is white exactly where it was selected."""
    source = read_selection(opened())
    assert source.place == Place("{1}", Box(92, 92, 56, 36))
    assert source.mask is not None and source.mask.data.count(255) == PLACE.size.area


def test_a_layer_brings_where_it_was_taken() -> None:
    """So that a selection on the same document can correct its mask."""
    source = read_layer(opened())
    assert (source.name, source.place) == ("Background", Place("{1}", Box(0, 0, 640, 480)))


def test_a_clear_layer_is_told() -> None:
    """There is nothing to learn from it."""
    with pytest.raises(InvalidPicture, match="empty"):
        read_layer(opened(colour=(0, 0, 0, 0)))


@pytest.mark.parametrize("read", [read_layer, read_selection])
def test_without_a_document_there_is_nothing_to_take(read: Callable[[Canvas], Source]) -> None:
    """It says to open one."""
    with pytest.raises(CanvasFailure, match="no picture is open"):
        read(FakeCanvas())


@pytest.mark.parametrize("selected", Unselected)
def test_without_a_region_nothing_is_taken(selected: Unselected) -> None:
    """Each kind of nothing has its words."""
    with pytest.raises(InvalidMask, match="Nothing is selected"):
        read_selection(opened(selected=selected))


def test_a_mask_is_cut_to_where_the_picture_was_taken() -> None:
    """The selection of the same document, seen from the picture."""
    mask = read_mask(opened(), Size(60, 60), Place("{1}", Box(90, 90, 60, 60)))
    assert mask.size == Size(60, 60) and mask.data.count(255) == PLACE.size.area


def test_a_mask_of_a_document_of_the_same_size_fits() -> None:
    """A file that was opened in Krita to select the subject in it."""
    assert read_mask(opened(), Size(640, 480), None).size == Size(640, 480)


@pytest.mark.parametrize(
    ("size", "place"),
    [
        (Size(60, 60), None),
        (Size(60, 60), Place("{other}", PLACE)),
        (Size(9, 9), Place("{1}", Box(0, 0, 9, 9))),
    ],
)
def test_a_mask_of_something_else_is_refused(size: Size, place: Place | None) -> None:
    """Another document's selection says nothing of this picture."""
    with pytest.raises(DreamMixError):
        read_mask(opened(), size, place)
