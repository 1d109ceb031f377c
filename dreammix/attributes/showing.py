"""What a describer is shown of a picture: the subject alone, small."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Final

from PIL import Image

from dreammix.protocol import DescriberFailure, Picture, SampleFormat, Size

SHOWN_SIDE_PX: Final = 512
"""Longest side of what is shown, in pixels: enough for attributes, and little of the artist's work."""
MAX_SHOWN: Final = 4
"""Most pictures that are shown."""
_MARGIN: Final = 0.05
"""What is shown around the subject, over its longer side."""
_GROUND: Final = (128, 128, 128)
_JPEG_QUALITY: Final = 90


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
    """As much of a picture as any describer looks at, RGBA8: where it is not transparent, small.

    Raises:
        DescriberFailure: there is nothing to see.
    """
    image = _cut(picture)
    _reduce(image)
    return Picture(Size(*image.size), SampleFormat.RGBA8, image.tobytes())


def _shown(picture: Picture) -> Image.Image:
    cut = _cut(picture)
    flat = Image.new("RGB", cut.size, _GROUND)
    flat.paste(cut.convert("RGB"), mask=cut.getchannel("A"))
    _reduce(flat)
    return flat


def _reduce(image: Image.Image) -> None:
    image.thumbnail((SHOWN_SIDE_PX, SHOWN_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _cut(picture: Picture) -> Image.Image:
    """What is not transparent, and a little around it, RGBA."""
    mode = "RGBA" if picture.format is SampleFormat.RGBA8 else "L"
    image = Image.frombytes(mode, (picture.size.width, picture.size.height), picture.data).convert("RGBA")
    box = image.getchannel("A").getbbox()
    if box is None:
        raise DescriberFailure(
            "A picture cannot be described", "all of it is transparent", "Choose another picture or mask"
        )
    left, top, right, bottom = box
    margin = round(max(right - left, bottom - top) * _MARGIN)
    return image.crop(
        (
            max(left - margin, 0),
            max(top - margin, 0),
            min(right + margin, image.width),
            min(bottom + margin, image.height),
        )
    )
