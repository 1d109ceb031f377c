"""Shapes: what a hint allows, its form in JSON, and its words."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from dreammix.protocol import InvalidMessage, Picture, Size, Solver
from dreammix.protocol.rules import Line, Most, Whole
from dreammix.protocol.shapes import Message, parts, shape, tag


@dataclass(frozen=True, slots=True)
class Leafy(Message):
    """One field of every plain kind."""

    yes: bool
    count: int
    share: float
    words: str


@dataclass(frozen=True, slots=True)
class Nested(Message):
    """Fields of every other kind."""

    size: Size
    solver: Solver
    either: Leafy | Size
    hint: int | None
    numbers: Annotated[tuple[Annotated[int, Whole(1, 9)], ...], Most(2)] = ()
    name: Annotated[str, Line(5)] | None = None


LEAFY = Leafy(True, 3, 0.5, "a")
NESTED = Nested(Size(1, 2), Solver.EULER, LEAFY, 7, (4, 5), "b")
PACKED = {
    "size": {"width": 1, "height": 2},
    "solver": "euler",
    "either": {"type": "leafy", "yes": True, "count": 3, "share": 0.5, "words": "a"},
    "hint": 7,
    "numbers": [4, 5],
    "name": "b",
}


def test_a_value_packs_into_what_json_can_say() -> None:
    """Dataclasses become objects, words become texts, tuples lists; a union says which it is."""
    assert shape(Nested).pack(NESTED) == PACKED


def test_what_was_packed_unpacks_into_the_same_value() -> None:
    """Nothing is lost on the way."""
    assert shape(Nested).unpack("it", PACKED) == NESTED


def test_none_is_not_written() -> None:
    """A field that says nothing takes no room, and is None again at the other end."""
    unnamed = Nested(Size(1, 2), Solver.EULER, Size(3, 4), None)
    packed = shape(Nested).pack(unnamed)
    assert isinstance(packed, dict) and not {"hint", "name"} & set(packed)
    assert shape(Nested).unpack("it", packed) == unnamed


def test_a_field_with_a_default_may_be_left_out() -> None:
    """Another program may write less than this one."""
    packed = {key: data for key, data in PACKED.items() if key not in ("numbers", "name")}
    assert shape(Nested).unpack("it", packed) == Nested(Size(1, 2), Solver.EULER, LEAFY, 7)


def test_a_null_is_a_none() -> None:
    """What is written by another program may say so in full."""
    assert shape(int | None).unpack("it", None) is None


def test_a_whole_number_will_do_for_a_number() -> None:
    """JSON's writers drop the point of 2.0."""
    value = shape(float).unpack("it", 2)
    assert value == 2.0 and isinstance(value, float)


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        (bool, 1),
        (int, True),
        (int, 1.0),
        (float, "1"),
        (float, True),
        (str, 1),
        (str, None),
        (str, "\udc00"),
        (Solver, "Euler"),
        (Solver, 1),
        (tuple[int, ...], {}),
        (tuple[int, ...], [1, "2"]),
        (Size, []),
        (Size, {"width": 1}),
        (Size, {"width": 1, "height": 1, "depth": 1}),
        (Leafy | Size, {"width": 1, "height": 1}),
        (Leafy | Size, {"type": "box", "width": 1, "height": 1}),
        (Leafy | Size, {"type": [], "width": 1, "height": 1}),
        (Leafy | Size, "size"),
    ],
)
def test_what_has_another_form_is_an_invalid_message(hint: Any, data: object) -> None:
    """Security 12: wrong types, missing keys and unknown ones."""
    with pytest.raises(InvalidMessage):
        shape(hint).unpack("it", data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 3),
        ("solver", "euler"),
        ("either", Solver.EULER),
        ("numbers", [4]),
        ("numbers", (1, 2, 3)),
        ("numbers", (1, 10)),
        ("name", ""),
    ],
)
def test_a_message_checks_its_fields_when_it_is_made(field: str, value: object) -> None:
    """A value that its hint forbids never exists."""
    fields: dict[str, Any] = {
        "size": Size(1, 2),
        "solver": Solver.EULER,
        "either": LEAFY,
        "hint": 1,
        field: value,
    }
    with pytest.raises(InvalidMessage, match=f"nested.{field}"):
        Nested(**fields)


@pytest.mark.parametrize("hint", [bytes, Picture, dict[str, int], tuple[int, int], int | str])
def test_what_has_no_form_on_the_wire_is_no_hint_of_a_message(hint: Any) -> None:
    """A picture's bytes never travel in JSON."""
    with pytest.raises(TypeError):
        parts(hint) if hint is Picture else shape(hint)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (bool, "true or false"),
        (str, "text"),
        (float, "number"),
        (Solver, "`euler`, `dpm++2m`, `dpm++2m-sde`"),
        (tuple[int, ...], "list of whole number"),
        (Annotated[tuple[int, ...], Most(3)], "at most 3 of whole number"),
        (Size | None, "Size; or none"),
        (Leafy | Size, "one of Leafy, Size"),
    ],
)
def test_a_shape_says_itself_in_words(hint: Any, words: str) -> None:
    """The documentation's tables are made of these words."""
    assert str(shape(hint)) == words


def test_a_tag_is_the_class_in_small_letters() -> None:
    """`create_subject` stands for `CreateSubject`."""
    assert tag(Leafy) == "leafy"
    assert tag(InvalidMessage) == "invalid_message"
