"""Picture files: read into the protocol's pictures, written as PNG bytes.

A file comes from anywhere, so it is judged before it is decoded: its size in bytes, then its format, then the
number of pixels that its header declares. Colours are taken as sRGB; an embedded profile is not applied (that
would change every pixel of the scene) but handed on, so that the result can carry it too.
"""

import io
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageOps, PngImagePlugin

from dreammix.protocol import InvalidPicture, Picture, SampleFormat, Size
from dreammix.protocol.pictures import check_picture_size

FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
"""The only formats whose decoders are ever started."""
MAX_FILE_BYTES: Final = 1 << 29
"""Largest file that is opened, in bytes."""

_MODES: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I;16B"})
_MODES_WITH_RGB_PROFILE: Final = frozenset({"P", "RGB", "RGBA"})
_MODE_OF_FORMAT: Final = {SampleFormat.RGBA8: "RGBA", SampleFormat.GRAY8: "L"}
_LEVEL_OF_8_BITS: Final = 257


@dataclass(frozen=True, slots=True)
class SceneFile:
    """A scene as it was read: its pixels (RGBA8, upright) and the RGB profile that the file carried."""

    picture: Picture
    icc_profile: bytes | None


def read_scene(path: Path) -> SceneFile:
    """Read a picture of any colour mode as RGBA8; of an animation the first frame. Raises InvalidPicture."""
    return _scene(_read(path))


def read_mask(path: Path) -> Picture:
    """Read a mask as GRAY8: white is where the model may paint; black and transparent are left alone.

    Raises InvalidPicture.
    """
    return _mask(_read(path))


def decode_scene(data: bytes) -> SceneFile:
    """What `read_scene` gives, of a file that is in memory."""
    return _scene(_decode(io.BytesIO(data), "Cannot read the picture"))


def decode_mask(data: bytes) -> Picture:
    """What `read_mask` gives, of a file that is in memory."""
    return _mask(_decode(io.BytesIO(data), "Cannot read the mask"))


def picture_size(data: bytes, formats: tuple[str, ...] = FORMATS) -> Size:
    """Decode a file that is in memory, and say its upright size. Raises InvalidPicture."""
    image = _decode(io.BytesIO(data), "Cannot read the picture", formats)
    return Size(image.width, image.height)


def thumbnail(data: bytes, side: int) -> bytes:
    """The PNG of a picture that is in memory, scaled down to fit a square of `side` px.

    Raises InvalidPicture.
    """
    image = _decode(io.BytesIO(data), "Cannot read the picture").convert("RGBA")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return png(_picture(image, SampleFormat.RGBA8))


def png(
    picture: Picture, *, notes: Mapping[str, object] | None = None, icc_profile: bytes | None = None
) -> bytes:
    """The PNG file of `picture`; `notes` go as JSON into an iTXt chunk with the keyword "dreammix"."""
    size = (picture.size.width, picture.size.height)
    image = Image.frombytes(_MODE_OF_FORMAT[picture.format], size, picture.data)
    chunks = PngImagePlugin.PngInfo()
    if notes is not None:
        chunks.add_itxt("dreammix", json.dumps(notes, ensure_ascii=False))
    stream = io.BytesIO()
    image.save(stream, "PNG", pnginfo=chunks, icc_profile=icc_profile)
    return stream.getvalue()


def _scene(image: Image.Image) -> SceneFile:
    profile = image.info.get("icc_profile") if image.mode in _MODES_WITH_RGB_PROFILE else None
    return SceneFile(_picture(image.convert("RGBA"), SampleFormat.RGBA8), profile)


def _mask(image: Image.Image) -> Picture:
    rgba = image.convert("RGBA")
    return _picture(ImageChops.multiply(rgba.convert("L"), rgba.getchannel("A")), SampleFormat.GRAY8)


def _read(path: Path) -> Image.Image:
    what = f"Cannot read {path}"
    if not path.exists():
        raise InvalidPicture(what, "there is no such file", "Check its name")
    if not path.is_file():
        raise InvalidPicture(what, "it is no file", "Give a picture file")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidPicture(what, f"it is larger than {MAX_FILE_BYTES >> 20} MiB", "Save it smaller")
    return _decode(path, what)


def _decode(source: Path | io.BytesIO, what: str, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Judge, then decode. The picture is upright and has a mode of 8 bits a sample."""
    # Pillow's parsers answer a malformed file with whatever they stumble over (OSError, SyntaxError,
    # ValueError, struct.error, KeyError, ...), so these two boundaries catch all of them.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(source, formats=formats)
    except Image.DecompressionBombError as error:
        raise InvalidPicture(what, "it declares far too many pixels", "Crop it or scale it down") from error
    except PermissionError as error:
        raise InvalidPicture(what, "it may not be read", "Change its rights") from error
    except Exception as error:
        kinds = ", ".join(formats)
        raise InvalidPicture(what, f"it is no picture of the kinds {kinds}", "Save it as PNG") from error
    with image:
        check_picture_size(Size(image.width, image.height))
        if image.mode not in _MODES:
            raise InvalidPicture(
                what, f"its pixels are of the kind {image.mode}", "Save it with 8 bits a channel"
            )
        try:
            image.load()
            upright = ImageOps.exif_transpose(image)
        except Exception as error:
            raise InvalidPicture(what, "the file is damaged or cut short", "Copy or save it again") from error
    return _to_8_bits(upright) if upright.mode.startswith("I;16") else upright


def _to_8_bits(image: Image.Image) -> Image.Image:
    samples = np.asarray(image, dtype=np.float32)
    return Image.fromarray(np.rint(samples / _LEVEL_OF_8_BITS).astype(np.uint8))


def _picture(image: Image.Image, sample_format: SampleFormat) -> Picture:
    return Picture(Size(image.width, image.height), sample_format, image.tobytes())
