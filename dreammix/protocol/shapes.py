"""What a type hint means: which values it allows, what they look like in JSON, and how to say so in words.

A message is a frozen dataclass and nothing else: what checks it when it is made, what carries it over the
wire and what describes it in the documentation all follow from its type hints. A hint is `bool`, `int`,
`float`, `str` (plain, or `Annotated` with a rule), a `Word`, a dataclass, a tuple of any
length (or up to `Most`), a union of dataclasses (told apart by the key `type`), or one of these or None.
"""

import re
import types
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from dreammix.protocol.checks import check_instance, check_member, check_whole
from dreammix.protocol.errors import InvalidMessage
from dreammix.protocol.rules import Most, Real, Rule, Whole, check_unicode
from dreammix.protocol.words import Word

TAG = "type"
"""The key that says which dataclass of a union an object is."""


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
        if isinstance(data, str):
            check_unicode(name, data)
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
        if not isinstance(value, tuple):
            raise _mismatch(name, value, str(self))
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
        return self.kind(**{part.name: part.read(name, data) for part in known if part.is_given(data)})

    def __str__(self) -> str:
        return self.kind.__name__


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of several dataclasses: an object that says which under the key `type`."""

    kinds: Mapping[str, type]

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple(self.kinds.values())):
            raise _mismatch(name, value, str(self))

    def pack(self, value: Any) -> dict[str, object]:
        return {TAG: tag(type(value)), **Record(type(value)).pack(value)}

    def unpack(self, name: str, data: object) -> object:
        content = dict(as_object(name, data))
        word = content.pop(TAG, None)
        kind = self.kinds.get(word) if isinstance(word, str) else None
        if kind is None:
            raise InvalidMessage(
                f"{name} is of type {word!r}", "the protocol knows none of that name", _UPDATE
            )
        return Record(kind).unpack_object(name, content)

    def __str__(self) -> str:
        return "one of " + ", ".join(kind.__name__ for kind in self.kinds.values())


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a dataclass."""

    name: str
    shape: Shape
    default: bool

    def is_given(self, data: Mapping[str, object]) -> bool:
        """Whether its value is to be read, rather than the default taken."""
        return not self.default or self.name in data

    def read(self, owner: str, data: Mapping[str, object]) -> object:
        """Its value, of the object it belongs to. Raises InvalidMessage, also where there should be one."""
        if self.name not in data and not isinstance(self.shape, Maybe):
            raise InvalidMessage(f"{owner} has no {self.name}", "it needs one", _UPDATE)
        return self.shape.unpack(f"{owner}.{self.name}", data.get(self.name))


class Message:
    """The base of what checks itself by its hints when it is made (else `InvalidMessage`)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        check_fields(self)


def check_fields(value: object) -> None:
    """Check every field of a dataclass by its hint. Raises InvalidMessage."""
    kind: type = type(value)
    owner = tag(kind)
    for part in parts(kind):
        part.shape.check(f"{owner}.{part.name}", getattr(value, part.name))


@cache
def parts(kind: type) -> tuple[Part, ...]:
    """The fields of a dataclass, in its order. Raises TypeError where a hint has no form on the wire."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_part(field, shape(hints[field.name])) for field in fields(kind))


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
    return Choice({tag(kind): kind for kind in kinds})


def _part(field: "Field[Any]", shape: Shape) -> Part:
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return Part(field.name, shape, has_default)


def _mismatch(name: str, value: object, wanted: str) -> InvalidMessage:
    return InvalidMessage(
        f"{name} is of type {type(value).__name__}", f"it must be: {wanted}", "Send it as documented"
    )
