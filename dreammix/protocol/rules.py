"""What a field may hold beside its plain type: rules for `Annotated` hints, each with its words."""

import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from dreammix.protocol.attributes import check_line
from dreammix.protocol.checks import check_real, check_text, check_whole
from dreammix.protocol.errors import InvalidMessage

MAX_ID_CHARACTERS = 64
"""Longest id, in characters."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Rule(ABC):
    """What `Annotated` adds to a plain type; `str()` says it in words."""

    @abstractmethod
    def check(self, name: str, value: object) -> None:
        """Raise InvalidMessage for a value that breaks the rule."""


@dataclass(frozen=True, slots=True)
class Whole(Rule):
    """A whole number in [low, high]; None is no bound."""

    low: int | None = None
    high: int | None = None

    def check(self, name: str, value: object) -> None:
        check_whole(name, value, self.low, self.high, InvalidMessage)

    def __str__(self) -> str:
        return "whole number" + _range(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Real(Rule):
    """A finite number in [low, high]; None is no bound."""

    low: float | None = None
    high: float | None = None

    def check(self, name: str, value: object) -> None:
        check_real(name, value, -math.inf if self.low is None else self.low, self.high, InvalidMessage)

    def __str__(self) -> str:
        return "number" + _range(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Line(Rule):
    """One line of 1 to `longest` printable characters."""

    longest: int

    def check(self, name: str, value: object) -> None:
        check_line(name, value, self.longest, InvalidMessage)

    def __str__(self) -> str:
        return f"line of at most {self.longest} characters"


@dataclass(frozen=True, slots=True)
class Text(Rule):
    """At most `longest` characters."""

    longest: int

    def check(self, name: str, value: object) -> None:
        check_text(name, value, self.longest, InvalidMessage)
        check_unicode(name, str(value))

    def __str__(self) -> str:
        return f"text of at most {self.longest} characters"


@dataclass(frozen=True, slots=True)
class Id(Rule):
    """Letters, digits, `-` and `_` of ASCII, first a letter or digit: no path can be written with them."""

    def check(self, name: str, value: object) -> None:
        check_text(name, value, MAX_ID_CHARACTERS, InvalidMessage)
        if not _ID.fullmatch(str(value)):
            raise InvalidMessage(f"{name} is {value!r}", "it is no id", "Give one that DreamMix named")

    def __str__(self) -> str:
        return "id"


def is_id(text: str) -> bool:
    """Whether a text can stand where the wire has an id."""
    return len(text) <= MAX_ID_CHARACTERS and _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Most:
    """At most `count` items of a tuple."""

    count: int


def check_unicode(name: str, text: str) -> None:
    """Reject a text that UTF-8 cannot write: JSON lets lone surrogates through. Raises InvalidMessage."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidMessage(
            f"{name} holds half a character", "it is no Unicode text", "Take it out"
        ) from None


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f", {low} or more"
    return f" up to {high}" if low is None else f", {low} to {high}"
