"""Colour spaces of Krita's, and pixels from one to another: Krita itself converts, in a scratch document."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from dreammix.protocol import Picture, SampleFormat, Size
from dreammix_krita.canvas.errors import CanvasFailure
from dreammix_krita.qt import QtCore, QtGui, sip
from krita import Document, Krita, Node

SCRATCH_NAME: Final = "DreamMix scratch"
SCRATCH_RESOLUTION: Final = 72.0
"""Pixels an inch; means nothing here, and Krita asks for it."""
_CHANNELS: Final = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4}
_SAMPLE_BYTES: Final = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """A colour space in Krita's own words."""

    model: str
    depth: str
    profile: str

    @classmethod
    def of(cls, owner: Document | Node) -> "ColourSpace":
        """The one that a document or layer has."""
        return cls(owner.colorModel(), owner.colorDepth(), owner.colorProfile())

    def pixel_bytes(self) -> int:
        """Bytes of one pixel. Raises `CanvasFailure` for a space that is no picture's."""
        try:
            return _CHANNELS[self.model] * _SAMPLE_BYTES[self.depth]
        except KeyError:
            raise CanvasFailure(
                "The layer's colours cannot be read",
                f"{self.model}, {self.depth} is unknown",
                "Convert it to RGB with Layer > Convert > Convert Layer Color Space",
            ) from None


SRGB8: Final = ColourSpace("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
"""The colours of the protocol, in Krita's default profile of them."""


Pixels: TypeAlias = "QtCore.QByteArray | bytes"
"""Krita's, as it gives them: a copy of a large picture's takes as long as what is done with it."""


def to_picture(pixels: Pixels, size: Size, space: ColourSpace) -> Picture:
    """Krita's pixels of a colour space as RGBA8. Raises `CanvasFailure`."""
    return Picture(size, SampleFormat.RGBA8, _swapped(_converted(pixels, size, space, SRGB8), size))


def from_picture(picture: Picture, space: ColourSpace) -> bytes:
    """An RGBA8 picture as Krita's pixels of a colour space. Raises `CanvasFailure`."""
    return bytes(_converted(_swapped(picture.data, picture.size), picture.size, SRGB8, space))


def checked(pixels: Pixels, size: Size, space: ColourSpace) -> Pixels:
    """Krita's answer, if it is whole: where it has nothing it gives too little. Raises `CanvasFailure`."""
    if len(pixels) != size.area * space.pixel_bytes():
        raise CanvasFailure(
            "The layer cannot be read", "Krita gave no pixels of it", "Try again, or pick another layer"
        )
    return pixels


def _swapped(pixels: Pixels, size: Size) -> bytes:
    """Red and blue change places: Krita keeps 8-bit pixels as BGRA."""
    place = sip.voidptr(memoryview(pixels))  # Where they are: given as they are, they would be copied first.
    image = QtGui.QImage(place, size.width, size.height, QtGui.QImage.Format.Format_RGBA8888).rgbSwapped()
    bits = image.constBits()
    assert bits is not None
    return bits.asstring(len(pixels))


def _converted(pixels: Pixels, size: Size, source: ColourSpace, target: ColourSpace) -> Pixels:
    checked(pixels, size, source)
    if source == target:
        return pixels
    with _scratch(size, source) as document:
        layer = document.topLevelNodes()[0]
        layer.setPixelData(pixels, 0, 0, size.width, size.height)
        layer.setColorSpace(target.model, target.depth, target.profile)
        document.waitForDone()
        found = ColourSpace.of(layer)
        if found != target:
            raise CanvasFailure(
                "The picture's colours cannot be converted",
                f"Krita made {found.profile or 'nothing'} of {target.profile}",
                "Convert the picture to another profile with Image > Convert Image Color Space",
            )
        return checked(layer.pixelData(0, 0, size.width, size.height), size, target)


@contextmanager
def _scratch(size: Size, space: ColourSpace) -> Iterator[Document]:
    """A document of one layer, without a view; always closed, for one that stays crashes Krita at its end."""
    document = Krita.instance().createDocument(
        size.width,
        size.height,
        SCRATCH_NAME,
        space.model,
        space.depth,
        space.profile,
        SCRATCH_RESOLUTION,
    )
    try:
        if ColourSpace.of(document) != space:
            raise CanvasFailure(
                "The picture's colours cannot be converted",
                f"Krita does not have the profile {space.profile}",
                "Convert the picture to another profile with Image > Convert Image Color Space",
            )
        yield document
    finally:
        document.setModified(False)
        document.close()
