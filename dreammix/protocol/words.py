"""The base of every closed set of words."""

from enum import Enum


class Word(str, Enum):  # noqa: UP042 - enum.StrEnum is missing in Python 3.10, which runs inside Krita
    """A member is its value: it compares, prints and formats as that string on every Python."""

    __str__ = str.__str__
