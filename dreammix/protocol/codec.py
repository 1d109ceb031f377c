"""Messages to what a websocket carries and back: text to JSON, chunks to binary. Pure, and strict.

Whatever comes in becomes a message or an error of the one tree, and nothing else happens. No message has keys
that are unknown or come twice, NaN or infinity, numbers of absurd length, nesting without end, text that is
not Unicode, or more bytes than are allowed. A field that is None is not written.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

from dreammix.protocol.errors import DreamMixError, InvalidMessage
from dreammix.protocol.limits import MAX_NUMBER, MAX_TEXT_BYTES
from dreammix.protocol.messages import AnyMessage, FromClient, FromServer, Request, Side, TextMessage
from dreammix.protocol.payloads import Chunk
from dreammix.protocol.shapes import TAG, as_object, shape, tag

CHUNK_VERSION: Final = 1
"""First byte of every binary message."""
HEADER: Final = struct.Struct(">BIQ")
"""What precedes a chunk's bytes: version, number, offset in bytes; big-endian."""
MAX_DIGITS: Final = 20
"""Longest whole number, in digits: 2**64 has as many."""
_TEXT: Final = shape(TextMessage)
_SPOKEN: Final = {Side.CLIENT: shape(FromClient), Side.SERVER: shape(FromServer)}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request whose number is known, but not what it asks.

    Attributes:
        number: the request's.
        error: what is wrong with the rest.
    """

    number: int
    error: DreamMixError


def encode(message: AnyMessage) -> str | bytes:
    """What travels for a message. Raises InvalidMessage for one that is too long."""
    if isinstance(message, Chunk):
        return HEADER.pack(CHUNK_VERSION, message.number, message.offset) + message.data
    text = json.dumps(_TEXT.pack(message), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    _check_length(text)
    return text


def decode(data: str | bytes, sender: Side) -> AnyMessage | Unreadable:
    """The message of what `sender` sent. Raises a DreamMixError: most often InvalidMessage."""
    if isinstance(data, bytes):
        return _chunk(data)
    content = _parse(data)
    try:
        return cast(AnyMessage, _SPOKEN[sender].unpack("message", content))
    except DreamMixError as error:
        number = content.get("number")
        if sender is Side.SERVER or content.get(TAG) != tag(Request) or type(number) is not int:
            raise
        if not 1 <= number <= MAX_NUMBER:
            raise
        return Unreadable(number, error)


def _chunk(data: bytes) -> Chunk:
    if len(data) < HEADER.size or data[0] != CHUNK_VERSION:
        raise InvalidMessage(
            f"A binary message of {len(data)} bytes is no chunk",
            f"it must begin with a header of {HEADER.size} bytes, version {CHUNK_VERSION}",
            "Update the older of plugin and backend",
        )
    _, number, offset = HEADER.unpack_from(data)
    return Chunk(number, offset, memoryview(data)[HEADER.size :])


def _parse(text: str) -> Mapping[str, Any]:
    _check_length(text)
    try:
        content: object = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_real,
            parse_constant=_no_number,
        )
    except ValueError as error:
        raise _malformed(f"it is not JSON ({error})") from error
    except RecursionError as error:
        raise _malformed("its objects are nested too deeply") from error
    return as_object("message", content)


def _check_length(text: str) -> None:
    # Characters first: what is far too long is not copied once more.
    if len(text) > MAX_TEXT_BYTES or len(text.encode(errors="surrogatepass")) > MAX_TEXT_BYTES:
        raise InvalidMessage(
            "A message is too long", f"at most {MAX_TEXT_BYTES} bytes are allowed", "Ask for less at once"
        )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise _malformed("a key comes twice")
    return content


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _malformed(f"a whole number has {len(digits)} digits")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _malformed("a number is too large")
    return number


def _no_number(word: str) -> NoReturn:
    raise _malformed(f"{word} is no number")


def _malformed(why: str) -> InvalidMessage:
    return InvalidMessage("A message cannot be read", why, "Update the older of plugin and backend")
