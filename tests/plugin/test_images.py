"""Pictures between protocol, files and Qt: nothing lost, and nothing large decoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Box, InvalidPicture, Picture, SampleFormat, Size
from dreammix_krita.images import (
    THUMBNAIL_PX,
    grown,
    image_of,
    picture_of,
    shaded,
    solid_box,
    thumbnail,
)
from dreammix_krita.qt import QtGui
from tests.plugin.dialogs.scripted import mask_png, painted, png

SIDES = st.integers(1, 12)


@given(SIDES, SIDES, st.data())
def test_pixels_come_back_from_an_image(width: int, height: int, data: st.DataObject) -> None:
    """Rows that Qt pads are taken without their padding."""
    size = Size(width, height)
    content = data.draw(st.binary(min_size=4 * size.area, max_size=4 * size.area))
    picture = Picture(size, SampleFormat.RGBA8, content)
    assert picture_of(image_of(picture)) == picture


def test_what_is_no_picture_says_so() -> None:
    """An empty clipboard is told, not sent."""
    with pytest.raises(InvalidPicture):
        picture_of(QtGui.QImage())


def test_a_thumbnail_is_small_and_keeps_its_shape() -> None:
    """A large file is decoded no larger than it is shown."""
    image = thumbnail(png(painted(10, Size(900, 300))))
    assert (image.width(), image.height()) == (THUMBNAIL_PX, THUMBNAIL_PX // 3)


def test_a_file_that_is_no_picture_has_no_thumbnail() -> None:
    """The backend says what is wrong with it; here it is only not shown."""
    assert thumbnail(b"no picture").isNull()


def test_the_ground_is_in_the_dark_and_the_subject_is_not() -> None:
    """In the middle the picture's own colour, at the corner a darker one."""
    image = painted(10)
    result = shaded(image, thumbnail(mask_png()))
    middle, corner = (image.width() // 2, image.height() // 2), (0, 0)
    assert result.pixelColor(*middle).getRgb()[:3] == image.pixelColor(*middle).getRgb()[:3]
    assert result.pixelColor(*corner).lightness() < image.pixelColor(*corner).lightness() / 2


def test_the_solid_box_is_the_smallest_around_what_is_painted() -> None:
    """Two far pixels span it; a clear picture has none."""
    size = Size(9, 7)
    data = bytearray(4 * size.area)
    assert solid_box(Picture(size, SampleFormat.RGBA8, bytes(data))) is None
    for x, y in ((2, 1), (6, 4)):
        data[4 * (y * size.width + x) + 3] = 1
    assert solid_box(Picture(size, SampleFormat.RGBA8, bytes(data))) == Box(2, 1, 5, 4)


def test_a_margin_ends_at_the_canvas() -> None:
    """Nothing is read from outside."""
    assert grown(Box(1, 1, 10, 4), 0.5, Size(12, 20)) == Box(0, 0, 12, 10)
