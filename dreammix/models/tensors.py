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
    """

    content: bytes
    tensors: Mapping[str, Declared]


def read_header(stream: BinaryIO, size: int) -> Header:
    """Read and check the header of a file of `size` bytes; the stream is then at its first number.

    Raises:
        ValueError: it is no header of such a file; the message says why.
    """
    prefix = stream.read(_LENGTH_BYTES)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < _LENGTH_BYTES or length > size - _LENGTH_BYTES:
        raise ValueError("it is cut short")
    if length > MAX_HEADER_BYTES:
        raise ValueError(f"its header has {length} bytes, {MAX_HEADER_BYTES} are the most")
    text = stream.read(length)
    try:
        content = json.loads(text, object_pairs_hook=_without_twins)
    except RecursionError:
        raise ValueError("its header is nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("its header is no object")
    tensors = {name: _declared(name, entry) for name, entry in content.items() if name != _METADATA}
    _check_places(tensors, size - _LENGTH_BYTES - length)
    return Header(prefix + text, tensors)


def shown(name: str) -> str:
    """A name out of a hostile file, fit to be shown in one line."""
    return repr(name[:_SHOWN_CHARACTERS])


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("its header says something twice")
    return content


def _declared(name: str, entry: object) -> Declared:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end], **rest} if not rest:
            if dtype not in ITEM_BYTES:
                raise ValueError(f"{shown(name)} is of the type {shown(dtype)}")
            if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
                raise ValueError(f"the shape or the place of {shown(name)} is no whole number")
            if end - begin != prod(shape) * ITEM_BYTES[dtype]:
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
