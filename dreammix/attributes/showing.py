"""What a describer is shown of a picture: the subject alone, small."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Final

from PIL import Image

from dreammix.protocol import DescriberFailure, Picture, SampleFormat, Size

KEPT_SIDE_PX: Final = 2048
"""Longest side of a picture that waits to be described, in pixels: more of it nobody looks at."""
SHOWN_SIDE_PX: Final = 512
"""Longest side of what is shown, in pixels: enough for attributes, and little of the artist's work."""
MAX_SHOWN: Final = 4
"""Most pictures that are shown."""
_MARGIN: Final = 0.05
"""What is shown around the subject, over its longer side."""
_GROUND: Final = (128, 128, 128)
_JPEG_QUALITY: Final = 90
_MODES: Final = {SampleFormat.RGBA8: "RGBA", SampleFormat.GRAY8: "L"}
"""Pillow's names."""


def shown(pictures: Sequence[Picture]) -> list[Image.Image]:
    """The first `MAX_SHOWN` pictures as RGB, cut to what is not transparent, the rest of it grey.

    Raises:
        DescriberFailure: there is no picture, or nothing to see in one.
    """
    if not pictures:
        raise DescriberFailure("Nothing can be described", "there is no picture", "Add a picture first")
    return [_shown(picture) for picture in pictures[:MAX_SHOWN]]


def data_url(image: Image.Image) -> str:
    """The picture as a JPEG in a data URL."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"


def enough_of(picture: Picture) -> Picture:
    """The picture, RGBA8 or GRAY8, reduced to `KEPT_SIDE_PX` where it is larger."""
    longest = max(picture.size.width, picture.size.height)
    if longest <= KEPT_SIDE_PX:
        return picture
    whole, mode = (picture.size.width, picture.size.height), _MODES[picture.format]
    size = Size(*(max(1, round(side * KEPT_SIDE_PX / longest)) for side in whole))
    bands = Image.frombytes(mode, whole, picture.data).split()
    # Each by itself: together, what is transparent would turn black.
    small = [band.resize((size.width, size.height), Image.Resampling.BOX) for band in bands]
    return Picture(size, picture.format, Image.merge(mode, small).tobytes())


def _shown(picture: Picture) -> Image.Image:
    image = Image.frombytes(
        _MODES[picture.format], (picture.size.width, picture.size.height), picture.data
    ).convert("RGBA")
    alpha = image.getchannel("A")
    box = alpha.getbbox()
    if box is None:
        raise DescriberFailure(
            "A picture cannot be described", "all of it is transparent", "Choose another picture or mask"
        )
    left, top, right, bottom = box
    margin = round(max(right - left, bottom - top) * _MARGIN)
    around = (
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin, image.width),
        min(bottom + margin, image.height),
    )
    flat = Image.new("RGB", image.size, _GROUND)
    flat.paste(image.convert("RGB"), mask=alpha)
    cut = flat.crop(around)
    cut.thumbnail((SHOWN_SIDE_PX, SHOWN_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return cut
