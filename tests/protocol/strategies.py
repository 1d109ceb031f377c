"""Messages of every kind, at random: strategies that follow from the same hints as the codec."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from dreammix.protocol import DreamMixError
from dreammix.protocol.rules import Id, Line, Real, Text, Whole
from dreammix.protocol.shapes import Choice, Leaf, Maybe, Member, Record, Several, Shape, parts, shape

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True)
LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
BY_NAME = {
    "subject": IDS,
    "guidance": st.floats(1.0, 30.0),
    "window_ratio": st.floats(1.0, 16.0),
    "rate": st.floats(1e-6, 1.0),
    "weight": st.floats(-10.0, 10.0),
}
"""Fields whose dataclass allows less than their hint says."""


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a hint allows; a dataclass's own rules are met by trying again."""
    return _of(shape(hint))


def _of(wanted: Shape) -> st.SearchStrategy[Any]:
    match wanted:
        case Leaf():
            return _plain(wanted)
        case Member(kind):
            return st.sampled_from(list(kind))
        case Several(item, most):
            return st.lists(_of(item), max_size=min(2, most or 2)).map(tuple)
        case Maybe(inner):
            return st.none() | _of(inner)
        case Record(kind):
            return st.deferred(lambda: _made(kind))
        case Choice(kinds):
            return st.sampled_from(list(kinds.values())).flatmap(_made)
    raise TypeError(f"no strategy for {wanted!r}")


@cache
def _made(kind: type) -> st.SearchStrategy[Any]:
    fields = {
        part.name: BY_NAME[part.name] if part.name in BY_NAME and _is_plain(part.shape) else _of(part.shape)
        for part in parts(kind)
    }

    def attempt(given: dict[str, Any]) -> object:
        try:
            return kind(**given)
        except DreamMixError:
            return None

    return st.fixed_dictionaries(fields).map(attempt).filter(lambda made: made is not None)


def _is_plain(wanted: Shape) -> bool:
    return isinstance(wanted.shape if isinstance(wanted, Maybe) else wanted, Leaf)


def _plain(leaf: Leaf) -> st.SearchStrategy[Any]:
    match leaf.rule:
        case Whole(low, high):
            first = 1 if low is None else low
            return st.integers(first, first + 7 if high is None else min(high, first + 7))
        case Real(low, high):
            return st.floats(low or 0.0, 1.0 if high is None else high)
        case Id():
            return IDS
        case Line(longest):
            return st.text(LETTERS, min_size=1, max_size=min(longest, 9)).filter(str.strip)
        case Text(longest):
            return st.text(LETTERS, max_size=min(longest, 9))
    return st.booleans() if leaf.kind is bool else st.text(LETTERS, max_size=9)
