"""Raw pictures: a declared size and sample format, and exactly the bytes that they imply."""

from dataclasses import dataclass, field

from dreammix.protocol.boxes import Size
from dreammix.protocol.checks import check_instance, check_member
from dreammix.protocol.errors import InvalidPicture
from dreammix.protocol.words import Word

MAX_SIDE_PX = 32_768
"""Longest side of a picture in pixels."""
MAX_AREA_PX = 64 * 1024 * 1024
"""Most pixels of a picture (8192 x 8192): decoders ask before they allocate."""


class SampleFormat(Word):
    """How a pixel is stored: sRGB, 8 bits a sample, straight alpha."""

    RGBA8 = "rgba8"
    GRAY8 = "gray8"

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of one pixel."""
        return 4 if self is SampleFormat.RGBA8 else 1


def check_picture_size(size: Size) -> None:
    """Raise `InvalidPicture` for a size above `MAX_SIDE_PX` or `MAX_AREA_PX`: to be asked before decoding."""
    check_instance("The size of a picture", size, Size, InvalidPicture)
    if max(size.width, size.height) > MAX_SIDE_PX or size.area > MAX_AREA_PX:
        raise InvalidPicture(
            f"The picture has {size.width} x {size.height} pixels",
            f"at most {MAX_AREA_PX} pixels and {MAX_SIDE_PX} a side are allowed",
            "Scale it down or crop it",
        )


def check_canvas_size(size: Size) -> None:
    """Raise `InvalidPicture` for a side above `MAX_SIDE_PX`. Of a canvas only a part is ever read or sent."""
    check_instance("The size of a canvas", size, Size, InvalidPicture)
    if max(size.width, size.height) > MAX_SIDE_PX:
        raise InvalidPicture(
            f"The picture has {size.width} x {size.height} pixels",
            f"at most {MAX_SIDE_PX} a side are allowed",
            "Scale it down or crop it",
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels in rows from top to bottom, without padding. Raises `InvalidPicture`."""

    size: Size
    format: SampleFormat
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_picture_size(self.size)
        check_member("The sample format", self.format, SampleFormat, InvalidPicture)
        check_instance("The data of a picture", self.data, bytes, InvalidPicture)
        expected = self.size.area * self.format.bytes_per_pixel
        if len(self.data) != expected:
            raise InvalidPicture(
                f"The picture's data has {len(self.data)} bytes",
                f"{self.size.width} x {self.size.height} pixels of {self.format} are {expected} bytes",
                "Send the picture again, whole",
            )
