"""Where a subject's pictures come from: files, the clipboard, the current layer, the selection."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.protocol import Box, InvalidMask, InvalidPicture, Picture, Size
from dreammix.protocol.pictures import check_picture_size
from dreammix_krita.canvas import Background, Canvas, CanvasFailure, Document, Region, Unselected
from dreammix_krita.images import grown, solid_box

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A larger picture file is not read."""
SURROUNDINGS: Final = 0.2
"""How much of what is around it comes with a selection or layer, as a share of its longer side."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on an open document a picture was taken.

    Attributes:
        document: the document's key.
        box: the part of its canvas.
    """

    document: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture that was given.

    Attributes:
        name: what to call it.
        content: its pixels, or a file's bytes.
        mask: where the subject is, if that was given with it.
        place: where it was taken, if from a document.
    """

    name: str
    content: Picture | bytes
    mask: Picture | None = None
    place: Place | None = None


def read_file(path: Path) -> Source:
    """A picture file. Raises InvalidPicture: it cannot be read."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidPicture(
                f"{path.name} is too large",
                f"it has more than {MAX_FILE_BYTES // 1024**2} MB",
                "Scale it down",
            )
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "the file system says no"
        raise InvalidPicture(f"{path.name} cannot be read", reason, "Choose another file") from error
    if not content:
        raise InvalidPicture(f"{path.name} is empty", "there is nothing in it", "Choose another file")
    return Source(name=path.name, content=content)


def read_layer(canvas: Canvas) -> Source:
    """What is painted on the current layer, with a little around it. Raises DreamMixError."""
    document = _document(canvas)
    whole = _read(document, Box.of(document.size), Background.LAYER)
    solid = solid_box(whole)
    if solid is None:
        raise InvalidPicture("The layer is empty", "nothing is painted on it", "Pick another layer")
    layer = document.current_layer()
    box = grown(solid, SURROUNDINGS, document.size)
    picture = whole if box == Box.of(document.size) else _read(document, box, Background.LAYER)
    name = document.name if layer is None else layer.name
    return Source(name=name, content=picture, place=Place(document.key, box))


def read_selection(canvas: Canvas) -> Source:
    """What is visible in the selection, with a little around it; the selection is its mask.

    Raises DreamMixError.
    """
    document = _document(canvas)
    region = _region(document)
    box = grown(region.box, SURROUNDINGS, document.size)
    return Source(
        name=document.name,
        content=_read(document, box, Background.VISIBLE),
        mask=region.mask_of(box),
        place=Place(document.key, box),
    )


def read_mask(canvas: Canvas, size: Size, place: Place | None) -> Picture:
    """The selection as the mask of a picture of that size. Raises DreamMixError: it is of something else."""
    document = _document(canvas)
    region = _region(document)
    if place is not None and place.document == document.key:
        box = place.box
    elif document.size == size:
        box = Box.of(size)
    else:
        raise InvalidMask(
            "The selection is not of this picture",
            f"{document.name} has {document.size.width} x {document.size.height} pixels, "
            f"the picture {size.width} x {size.height}",
            "Open the picture itself, select the subject in it, and try again",
        )
    if region.box.intersect(box) is None:
        raise InvalidMask(
            "The selection misses this picture",
            "it lies elsewhere on the canvas",
            "Select the subject where the picture was taken",
        )
    return region.mask_of(box)


def _document(canvas: Canvas) -> Document:
    document = canvas.document()
    if document is None:
        raise CanvasFailure("There is nothing to take", "no picture is open", "Open a picture")
    return document


def _region(document: Document) -> Region:
    selected = document.selection()
    if isinstance(selected, Unselected):
        raise InvalidMask("Nothing is selected", _WHY[selected], "Select the subject")
    return selected


def _read(document: Document, box: Box, background: Background) -> Picture:
    check_picture_size(box.size)
    return document.read(box, background).picture


_WHY: Final = {
    Unselected.NONE: "the selection is not there",
    Unselected.EMPTY: "the selection is empty",
    Unselected.OUTSIDE: "the selection is outside of the picture",
}
