"""What a type hint means: which values it allows, what they look like in JSON, and how to say so in words.

A message is a frozen dataclass and nothing else: what checks it when it is made, what carries it over the
wire and what describes it in the documentation all follow from its type hints. A hint is `bool`, `int`,
`float`, `str` (plain, or `Annotated` with one of the rules below), a `Word`, a dataclass, a tuple of any
length (or up to `Most`), a union of dataclasses (told apart by the key `type`), or one of these or None.
"""

import math
import re
import types
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from dreammix.protocol.attributes import check_line
from dreammix.protocol.checks import check_instance, check_member, check_real, check_text, check_whole
from dreammix.protocol.errors import InvalidMessage
from dreammix.protocol.words import Word

TAG = "type"
"""The key that says which dataclass of a union an object is."""
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
        if isinstance(value, str) and not _encodable(value):
            raise InvalidMessage(f"{name} holds half a character", "it is no Unicode text", "Take it out")

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


@dataclass(frozen=True, slots=True)
class Most:
    """At most `count` items of a tuple."""

    count: int


class Shape(ABC):
    """What values of one hint look like; `str()` says it in words."""

    @abstractmethod
    def check(self, name: str, value: object) -> None:
        """Raise InvalidMessage for a value that is none of this hint's."""

    @abstractmethod
    def pack(self, value: Any) -> object:
        """The value as JSON's types."""

    @abstractmethod
    def unpack(self, name: str, data: object) -> object:
        """The value of JSON's types. Raises InvalidMessage, or what the value raises when it is made."""


@dataclass(frozen=True, slots=True)
class Leaf(Shape):
    """True or false, a number or a text."""

    kind: type
    rule: Rule | None

    def check(self, name: str, value: object) -> None:
        if self.rule is None:
            check_instance(name, value, self.kind, InvalidMessage)
        else:
            self.rule.check(name, value)

    def pack(self, value: Any) -> object:
        return value

    def unpack(self, name: str, data: object) -> object:
        if self.kind is float and type(data) is int:
            return float(data)
        if type(data) is not self.kind:
            raise _mismatch(name, data, str(self))
        if isinstance(data, str) and not _encodable(data):
            raise InvalidMessage(f"{name} holds half a character", "it is no Unicode text", "Take it out")
        return data

    def __str__(self) -> str:
        names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
        return str(self.rule or names[self.kind])


@dataclass(frozen=True, slots=True)
class Member(Shape):
    """One of a closed set of words."""

    kind: type[Word]

    def check(self, name: str, value: object) -> None:
        check_member(name, value, self.kind, InvalidMessage)

    def pack(self, value: Any) -> object:
        return str(value)

    def unpack(self, name: str, data: object) -> object:
        if not isinstance(data, str) or data not in set(self.kind):
            raise _mismatch(name, data, str(self))
        return self.kind(data)

    def __str__(self) -> str:
        return ", ".join(f"`{word}`" for word in self.kind)


@dataclass(frozen=True, slots=True)
class Several(Shape):
    """A tuple of any length up to `most`; None is no limit but the message's own."""

    item: Shape
    most: int | None

    def check(self, name: str, value: object) -> None:
        check_instance(name, value, tuple, InvalidMessage)
        if isinstance(value, tuple):
            check_whole(f"The length of {name}", len(value), 0, self.most, InvalidMessage)
            for number, item in enumerate(value):
                self.item.check(f"{name}[{number}]", item)

    def pack(self, value: Any) -> object:
        return [self.item.pack(item) for item in value]

    def unpack(self, name: str, data: object) -> object:
        if not isinstance(data, list):
            raise _mismatch(name, data, str(self))
        return tuple(self.item.unpack(f"{name}[{number}]", item) for number, item in enumerate(data))

    def __str__(self) -> str:
        return ("list of " if self.most is None else f"at most {self.most} of ") + str(self.item)


@dataclass(frozen=True, slots=True)
class Maybe(Shape):
    """A value, or None, which is not written."""

    shape: Shape

    def check(self, name: str, value: object) -> None:
        if value is not None:
            self.shape.check(name, value)

    def pack(self, value: Any) -> object:
        return None if value is None else self.shape.pack(value)

    def unpack(self, name: str, data: object) -> object:
        return None if data is None else self.shape.unpack(name, data)

    def __str__(self) -> str:
        return f"{self.shape}; or none"


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """A dataclass: an object with its fields as keys."""

    kind: type

    def check(self, name: str, value: object) -> None:
        check_instance(name, value, self.kind, InvalidMessage)

    def pack(self, value: Any) -> dict[str, object]:
        packed = ((part.name, part.shape.pack(getattr(value, part.name))) for part in parts(self.kind))
        return {name: data for name, data in packed if data is not None}

    def unpack(self, name: str, data: object) -> object:
        return self.unpack_object(name, as_object(name, data))

    def unpack_object(self, name: str, data: Mapping[str, object]) -> object:
        """The value of an object's keys."""
        known = parts(self.kind)
        unknown = set(data) - {part.name for part in known}
        if unknown:
            raise InvalidMessage(
                f"{name} has the key {min(unknown)!r}", "the protocol knows none of that name", _UPDATE
            )
        return self.kind(
            **{
                part.name: part.shape.unpack(f"{name}.{part.name}", data[part.name])
                for part in known
                if part.name in data or part.required(name)
            }
        )

    def __str__(self) -> str:
        return self.kind.__name__


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of several dataclasses: an object that says which under the key `type`."""

    kinds: tuple[type, ...]

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, self.kinds):
            raise _mismatch(name, value, str(self))

    def pack(self, value: Any) -> dict[str, object]:
        kind: Any = type(value)
        return {TAG: tag(kind), **Record(kind).pack(value)}

    def unpack(self, name: str, data: object) -> object:
        content = dict(as_object(name, data))
        word = content.pop(TAG, None)
        for kind in self.kinds:
            if tag(kind) == word:
                return Record(kind).unpack_object(name, content)
        raise InvalidMessage(f"{name} is of type {word!r}", "the protocol knows none of that name", _UPDATE)

    def __str__(self) -> str:
        return "one of " + ", ".join(kind.__name__ for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a dataclass."""

    name: str
    shape: Shape
    optional: bool

    def required(self, owner: str) -> bool:
        """False where the field may be left out. Raises InvalidMessage where it may not."""
        if not self.optional:
            raise InvalidMessage(f"{owner} has no {self.name}", "it needs one", _UPDATE)
        return False


class Message:
    """The base of what checks itself by its hints when it is made (else `InvalidMessage`)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        check_fields(self)


def check_fields(value: object) -> None:
    """Check every field of a dataclass by its hint. Raises InvalidMessage."""
    kind: Any = type(value)
    for part in parts(kind):
        part.shape.check(f"{tag(kind)}.{part.name}", getattr(value, part.name))


@cache
def parts(kind: type) -> tuple[Part, ...]:
    """The fields of a dataclass, in its order. Raises TypeError where a hint has no form on the wire."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_part(field, shape(hints[field.name])) for field in fields(kind))


@cache
def tag(kind: type) -> str:
    """The word that stands for a dataclass on the wire: `create_subject` for `CreateSubject`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


@cache
def shape(hint: Any) -> Shape:
    """The shape of a hint. Raises TypeError where it has none: bytes never travel in JSON."""
    if get_origin(hint) is Annotated:
        plain, rule = get_args(hint)
        return _several(plain, rule.count) if isinstance(rule, Most) else Leaf(plain, rule)
    if hint in (bool, int, float, str):
        return Leaf(hint, {int: Whole(), float: Real()}.get(hint))
    if isinstance(hint, type) and issubclass(hint, Word):
        return Member(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return Record(hint)
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return _several(hint, None)
    if get_origin(hint) in (Union, types.UnionType):
        return _union(get_args(hint))
    raise TypeError(f"{hint} has no form on the wire")


def as_object(name: str, data: object) -> Mapping[str, object]:
    """JSON's object. Raises InvalidMessage for anything else."""
    if not isinstance(data, dict):
        raise _mismatch(name, data, "an object")
    return data


_UPDATE = "Update the older of plugin and backend"


def _several(hint: Any, most: int | None) -> Shape:
    return Several(shape(get_args(hint)[0]), most)


def _union(members: tuple[Any, ...]) -> Shape:
    kinds = tuple(member for member in members if member is not types.NoneType)
    if len(kinds) < len(members):
        return Maybe(shape(Union[kinds]))  # noqa: UP007 - kinds is known at run time only
    if not all(is_dataclass(kind) for kind in kinds):
        raise TypeError(f"{kinds} cannot be told apart on the wire")
    return Choice(kinds)


def _part(field: "Field[Any]", shape: Shape) -> Part:
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return Part(field.name, shape, has_default or isinstance(shape, Maybe))


def _encodable(text: str) -> bool:
    """Whether UTF-8 can write it: lone surrogates, which JSON lets through, it cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f", {low} or more"
    return f" up to {high}" if low is None else f", {low} to {high}"


def _mismatch(name: str, value: object, wanted: str) -> InvalidMessage:
    return InvalidMessage(
        f"{name} is of type {type(value).__name__}", f"it must be: {wanted}", "Send it as documented"
    )
