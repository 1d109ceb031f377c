"""Pictures between the protocol, files and Qt: above all small ones, to be looked at."""

from typing import Final

from dreammix.protocol import Box, InvalidPicture, Picture, SampleFormat, Size
from dreammix.protocol.pictures import check_picture_size
from dreammix_krita.qt import QtCore, QtGui

THUMBNAIL_PX: Final = 224
"""Longest side of a picture that is only shown: twice what is seen, for dense screens."""
BAND_PX: Final = 1 << 20
"""So many pixels are converted at once: in a thread, Qt lets nobody else compute meanwhile."""
SHADE: Final = 150
"""How dark a thumbnail is where its mask leaves the subject out, 0 to 255."""
_RGBA: Final = QtGui.QImage.Format.Format_RGBA8888
_GREY: Final = QtGui.QImage.Format.Format_Grayscale8


def picture_of(image: QtGui.QImage) -> Picture:
    """An image's pixels, RGBA8 in sRGB. Raises InvalidPicture for one that is empty or too large."""
    if image.isNull():
        raise InvalidPicture("There is no picture", "nothing was copied that is one", "Copy a picture")
    size = Size(image.width(), image.height())
    check_picture_size(size)
    rows = max(1, BAND_PX // size.width)
    bands = (image.copy(0, y, size.width, min(rows, size.height - y)) for y in range(0, size.height, rows))
    return Picture(size, SampleFormat.RGBA8, b"".join(_rows(_in_srgb(band), 4) for band in bands))


def image_of(picture: Picture) -> QtGui.QImage:
    """A picture's pixels as an image of its own."""
    width, height = picture.size.width, picture.size.height
    form, stride = (_RGBA, 4 * width) if picture.format is SampleFormat.RGBA8 else (_GREY, width)
    return QtGui.QImage(picture.data, width, height, stride, form).copy()


def thumbnail(content: Picture | bytes) -> QtGui.QImage:
    """A picture, or a picture file, made small; a null image where the file cannot be read.

    A file's size is looked at before anything of it is decoded.
    """
    if isinstance(content, Picture):
        return _fitted(image_of(content))
    buffer = QtCore.QBuffer()
    buffer.setData(content)
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    reader = QtGui.QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid():
        return QtGui.QImage()
    if max(size.width(), size.height()) > THUMBNAIL_PX:
        reader.setScaledSize(
            size.scaled(THUMBNAIL_PX, THUMBNAIL_PX, QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        )
    return reader.read()


def small(picture: Picture, side: int = THUMBNAIL_PX) -> Picture:
    """A picture with no more pixels than are shown of it: that many for its longer side."""
    return picture_of(_fitted(image_of(picture), side))


def shaded(image: QtGui.QImage, mask: QtGui.QImage | None) -> QtGui.QImage:
    """A thumbnail whose ground is dark, so that the subject of its mask stands out."""
    if mask is None or image.isNull():
        return image
    scaled = mask.convertToFormat(_GREY).scaled(image.size())
    scaled.invertPixels()
    scaled.reinterpretAsFormat(QtGui.QImage.Format.Format_Alpha8)
    shade = QtGui.QImage(image.size(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    shade.fill(QtGui.QColor(0, 0, 0, SHADE))
    _paint(shade, scaled, QtGui.QPainter.CompositionMode.CompositionMode_DestinationIn)
    result = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    _paint(result, shade, QtGui.QPainter.CompositionMode.CompositionMode_SourceOver)
    return result


def solid_box(picture: Picture) -> Box | None:
    """The smallest box around what is not wholly transparent in an RGBA8 picture; None: all of it is."""
    width, height = picture.size.width, picture.size.height
    left, right, rows = width, 0, []
    for y in range(height):
        alpha = picture.data[4 * width * y + 3 : 4 * width * (y + 1) : 4]
        ended = len(alpha.rstrip(b"\0"))
        if ended:
            rows.append(y)
            left, right = min(left, width - len(alpha.lstrip(b"\0"))), max(right, ended)
    return Box(left, rows[0], right - left, rows[-1] + 1 - rows[0]) if rows else None


def grown(box: Box, share: float, canvas: Size) -> Box:
    """A box with a margin of that share of its longer side, cut to the canvas."""
    margin = round(share * max(box.width, box.height))
    wide = Box(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin)
    return wide.intersect(Box.of(canvas)) or box


def _in_srgb(image: QtGui.QImage) -> QtGui.QImage:
    if image.colorSpace().isValid():
        image = image.convertedToColorSpace(QtGui.QColorSpace(QtGui.QColorSpace.NamedColorSpace.SRgb))
    return image.convertToFormat(_RGBA)


def _fitted(image: QtGui.QImage, side: int = THUMBNAIL_PX) -> QtGui.QImage:
    if max(image.width(), image.height()) <= side:
        return image
    return image.scaled(
        side,
        side,
        QtCore.Qt.AspectRatioMode.KeepAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )


def _paint(onto: QtGui.QImage, image: QtGui.QImage, mode: QtGui.QPainter.CompositionMode) -> None:
    painter = QtGui.QPainter(onto)
    painter.setCompositionMode(mode)
    painter.drawImage(0, 0, image)
    painter.end()


def _rows(image: QtGui.QImage, pixel_bytes: int) -> bytes:
    bits = image.constBits()
    data = b"" if bits is None else bits.asstring(image.sizeInBytes())
    row, stride = image.width() * pixel_bytes, image.bytesPerLine()
    return data if row == stride else b"".join(data[y : y + row] for y in range(0, len(data), stride))
