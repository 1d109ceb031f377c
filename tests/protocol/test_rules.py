"""Rules: what an annotated field may hold, and how the rule says so."""

import math
from typing import Any

import pytest

from dreammix.protocol import InvalidMessage
from dreammix.protocol.rules import MAX_ID_CHARACTERS, Id, Line, Real, Rule, Text, Whole, is_id


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Whole(), -(2**70)),
        (Whole(1, 3), 1),
        (Whole(1, 3), 3),
        (Real(), -1e300),
        (Real(0.0, 1.0), 1),
        (Line(3), "für"),
        (Text(3), ""),
        (Text(3), "a\nb"),
        (Id(), "a"),
        (Id(), "7-_Z" + "x" * (MAX_ID_CHARACTERS - 4)),
    ],
)
def test_what_a_rule_allows_passes(rule: Rule, value: Any) -> None:
    """A limit itself is allowed."""
    rule.check("The field", value)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Whole(1, 3), 0),
        (Whole(1, 3), 4),
        (Whole(), 1.0),
        (Whole(), True),
        (Real(0.0), -0.1),
        (Real(None, 1.0), 1.1),
        (Real(), math.nan),
        (Line(3), "four"),
        (Line(3), " "),
        (Line(3), "a\n"),
        (Line(9), "a\u202eb"),
        (Text(3), "four"),
        (Text(3), 3),
        (Text(3), "\ud800"),
    ],
)
def test_what_a_rule_forbids_is_an_invalid_message(rule: Rule, value: Any) -> None:
    """Security 10, 12: also direction overrides and halves of characters are kept out."""
    with pytest.raises(InvalidMessage):
        rule.check("The field", value)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        "../x",
        "..\\x",
        "/etc",
        "C:\\x",
        "\\\\host\\x",
        "a/b",
        "a\0",
        "a\n",
        "-a",
        ".a",
        "é",
        "a" * 65,
    ],
)
def test_no_id_is_a_path(path: str) -> None:
    """Security 8: the wire carries ids, and an id cannot leave a folder."""
    with pytest.raises(InvalidMessage):
        Id().check("The subject", path)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Whole(), "whole number"),
        (Whole(1), "whole number, 1 or more"),
        (Whole(None, 3), "whole number up to 3"),
        (Real(0.0, 1.0), "number, 0.0 to 1.0"),
        (Line(3), "line of at most 3 characters"),
        (Text(3), "text of at most 3 characters"),
        (Id(), "id"),
    ],
)
def test_a_rule_says_itself_in_words(rule: Rule, words: str) -> None:
    """The documentation's tables are made of these words."""
    assert str(rule) == words


@pytest.mark.parametrize(
    ("text", "meant"), [("sdxl-1", True), ("", False), ("1.5", False), ("a/b", False), ("x" * 65, False)]
)
def test_what_can_stand_for_an_id_is_known_before(text: str, meant: bool) -> None:
    """A model that lies in a folder has a name that may be none."""
    assert is_id(text) is meant
