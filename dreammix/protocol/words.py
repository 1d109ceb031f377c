"""The base of every closed set of words."""

from enum import Enum


class Word(str, Enum):
    """A member is its value: it compares, prints and formats as that string, also before enum.StrEnum."""

    __str__ = str.__str__
