"""The header of a safetensors file, read without trusting it: nothing is allocated by what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import BinaryIO, Final

MAX_HEADER_BYTES: Final = 1 << 20
"""Longest header, in bytes: that of thousands of tensors."""
ITEM_BYTES: Final[Mapping[str, int]] = {"F16": 2, "BF16": 2, "F32": 4}
"""The sample formats that weights may have, and the bytes of one number."""
MAX_CHECKPOINT_HEADER_BYTES: Final = 16 << 20
"""Longest header of a whole model, in bytes: merged models tell their history in it, with pictures."""
CHECKPOINT_ITEM_BYTES: Final[Mapping[str, int]] = {
    **ITEM_BYTES,
    **{"F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1},
}
"""The sample formats that a whole model may have somewhere: counters and marks stand beside its weights."""
_LENGTH_BYTES: Final = 8
_METADATA: Final = "__metadata__"
_SHOWN_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Declared:
    """What the header says of one tensor.

    Attributes:
        shape: the lengths of its sides.
        begin, end: its place in the file, in bytes behind the header.
    """

    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """A checked header: its tensors fill the rest of the file without gap and without overlap.

    Attributes:
        content: the bytes of the file that were read.
        tensors: what it declares, by name.
        notes: what its authors wrote beside them.
    """

    content: bytes
    tensors: Mapping[str, Declared]
    notes: Mapping[str, str]


def read_header(
    stream: BinaryIO,
    size: int,
    item_bytes: Mapping[str, int] = ITEM_BYTES,
    longest: int = MAX_HEADER_BYTES,
) -> Header:
    """Read and check the header of a file of `size` bytes; the stream is then at its first number.

    Args:
        stream: at the file's beginning.
        size: of the whole file, in bytes.
        item_bytes: the sample formats that are allowed, and the bytes of one number of each.
        longest: most bytes of the header.

    Raises:
        ValueError: it is no header of such a file; the message says why.
    """
    prefix = stream.read(_LENGTH_BYTES)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < _LENGTH_BYTES or length > size - _LENGTH_BYTES:
        raise ValueError("it is cut short")
    if length > longest:
        raise ValueError(f"its header has {length} bytes, {longest} are the most")
    text = stream.read(length)
    try:
        content = json.loads(text, object_pairs_hook=_without_twins)
    except RecursionError:
        raise ValueError("its header is nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("its header is no object")
    notes = content.pop(_METADATA, {})
    tensors = {name: _declared(name, entry, item_bytes) for name, entry in content.items()}
    _check_places(tensors, size - _LENGTH_BYTES - length)
    return Header(prefix + text, tensors, _notes(notes))


def shown(name: str) -> str:
    """A name out of a hostile file, fit to be shown in one line."""
    return repr(name[:_SHOWN_CHARACTERS])


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("its header says something twice")
    return content


def _notes(content: object) -> Mapping[str, str]:
    if not isinstance(content, dict) or not all(isinstance(note, str) for note in content.values()):
        raise ValueError("what is written beside its tensors is no text")
    return content


def _declared(name: str, entry: object, item_bytes: Mapping[str, int]) -> Declared:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end], **rest} if not rest:
            if dtype not in item_bytes:
                raise ValueError(f"{shown(name)} is of the type {shown(dtype)}")
            if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
                raise ValueError(f"the shape or the place of {shown(name)} is no whole number")
            if end - begin != prod(shape) * item_bytes[dtype]:
                raise ValueError(f"the place of {shown(name)} is not of its size")
            return Declared(tuple(shape), begin, end)
        case _:
            raise ValueError(f"{shown(name)} is not described as a tensor")


def _check_places(tensors: Mapping[str, Declared], room: int) -> None:
    """Each tensor begins where the one before it ends, and the last ends with the file."""
    reached = 0
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.begin, tensor.end)):
        if tensor.begin != reached:
            raise ValueError("its tensors overlap or leave gaps")
        reached = tensor.end
    if reached != room:
        raise ValueError(f"its tensors take {reached} bytes, {room} are there")
