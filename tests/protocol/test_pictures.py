"""Pictures: exactly the bytes that they declare, and not too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import InvalidPicture, Picture, SampleFormat, Size
from dreammix.protocol.pictures import MAX_AREA_PX, MAX_SIDE_PX, check_picture_size


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(SampleFormat), st.integers(0, 400))
def test_only_the_exact_number_of_bytes_is_a_picture(
    width: int, height: int, sample_format: SampleFormat, length: int
) -> None:
    """Four bytes a pixel for RGBA8, one for GRAY8, no padding."""
    size, data = Size(width, height), bytes(length)
    if length == width * height * {SampleFormat.RGBA8: 4, SampleFormat.GRAY8: 1}[sample_format]:
        assert Picture(size, sample_format, data).data is data
    else:
        with pytest.raises(InvalidPicture, match=f"{length} bytes"):
            Picture(size, sample_format, data)


@pytest.mark.parametrize("size", [Size(8192, 8192), Size(MAX_SIDE_PX, 1), Size(1, MAX_SIDE_PX)])
def test_the_largest_pictures_pass(size: Size) -> None:
    """The limits themselves are allowed."""
    check_picture_size(size)


@pytest.mark.parametrize("size", [Size(8193, 8192), Size(MAX_SIDE_PX + 1, 1), Size(1, MAX_AREA_PX)])
def test_a_picture_bomb_is_refused(size: Size) -> None:
    """One pixel a side above the limits is too much."""
    with pytest.raises(InvalidPicture, match="Scale it down"):
        check_picture_size(size)


def test_a_picture_is_not_printed() -> None:
    """A traceback or a log shows no megabytes of pixels."""
    assert "data" not in repr(Picture(Size(1, 1), SampleFormat.GRAY8, b"\0"))


@pytest.mark.parametrize(
    ("size", "sample_format", "data"),
    [
        ((1, 1), SampleFormat.GRAY8, b"\0"),
        (Size(1, 1), "gray8", b"\0"),
        (Size(1, 1), SampleFormat.GRAY8, [0]),
        (Size(1, 1), SampleFormat.GRAY8, bytearray(1)),
    ],
)
def test_other_types_are_refused(size: Size, sample_format: SampleFormat, data: bytes) -> None:
    """A pair, a string, a list or a mutable buffer is not what a picture is made of."""
    with pytest.raises(InvalidPicture):
        Picture(size, sample_format, data)
