"""Values and pictures as bytes, for files and pipes of our own: a length, JSON, then the pixels as they are.

    4 bytes, big-endian: length of the JSON
    JSON: {"pictures": [{"size": ..., "format": ...}, ...], "value": ...}
    the pixels of each picture

What a value looks like in JSON is the protocol's word, and so are the checks. Nothing is pickled.
"""

import json
import struct
from typing import IO, Any, Final

from dreammix.protocol import DreamMixError, Picture
from dreammix.protocol.payloads import PixelForm
from dreammix.protocol.shapes import shape

MAX_JSON_BYTES: Final = 4 << 20
"""Longest JSON of a value, in bytes."""

_LENGTH: Final = struct.Struct(">I")
_FORMS: Final = shape(tuple[PixelForm, ...])


class Unreadable(Exception):
    """Bytes that are no value of the type that was asked for."""


def pack(hint: Any, value: object, *pictures: Picture) -> tuple[bytes, ...]:
    """A value of a hint as parts to be written one after another; the pixels are not copied."""
    forms = tuple(PixelForm(picture.size, picture.format) for picture in pictures)
    head = {"pictures": _FORMS.pack(forms), "value": shape(hint).pack(value)}
    text = json.dumps(head, ensure_ascii=False).encode()
    return (_LENGTH.pack(len(text)) + text, *(picture.data for picture in pictures))


def read(hint: Any, stream: IO[bytes]) -> tuple[Any, tuple[Picture, ...]]:
    """The next value of a stream, with its pictures. Raises Unreadable, also where the stream ends."""
    frame = Frame(hint)
    while frame.wanted:
        data = stream.read(frame.wanted)
        if len(data) < frame.wanted:
            raise Unreadable(f"it ends {frame.wanted - len(data)} bytes early")
        frame.feed(data)
    return frame.value, frame.pictures


class Frame:
    """One value while its bytes come in: feed it `wanted` bytes until it wants none.

    Args:
        hint: what the value must be: a dataclass, or a union of them.

    Attributes:
        wanted: how many bytes it takes next; 0 when it is complete.
        value: what was sent, once complete.
    """

    def __init__(self, hint: Any) -> None:
        self.wanted = _LENGTH.size
        self.value: Any = None
        self._shape = shape(hint)
        self._length: int | None = None
        self._forms: tuple[PixelForm, ...] | None = None
        self._pictures: list[Picture] = []

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that have come."""
        return tuple(self._pictures)

    def feed(self, data: bytes) -> None:
        """Take exactly `wanted` bytes. Raises Unreadable."""
        if self._length is None:
            (self._length,) = _LENGTH.unpack(data)
            if not 0 < self._length <= MAX_JSON_BYTES:
                raise Unreadable(f"its JSON would have {self._length} bytes")
            self.wanted = self._length
            return
        if self._forms is None:
            self._forms = self._read_head(data)
        else:
            form = self._forms[len(self._pictures)]
            self._pictures.append(Picture(form.size, form.format, data))
        missing = self._forms[len(self._pictures) :]
        self.wanted = missing[0].bytes if missing else 0

    def _read_head(self, data: bytes) -> tuple[PixelForm, ...]:
        try:
            head = json.loads(data)
            self.value = self._shape.unpack("value", head["value"])
            forms: Any = _FORMS.unpack("pictures", head["pictures"])
        except (DreamMixError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unreadable(f"its JSON makes no sense: {error}") from error
        found: tuple[PixelForm, ...] = forms
        return found
