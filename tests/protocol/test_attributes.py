"""Attributes: a closed set of kinds, words of one line, and not too many."""

from typing import Any

import pytest

from dreammix.protocol import Attribute, AttributeKind, InvalidRequest
from dreammix.protocol.attributes import MAX_ATTRIBUTES, check_attributes

RED = Attribute(AttributeKind.COLOUR, "red")


def test_a_subject_has_so_many_attributes_and_no_more() -> None:
    """The limit itself is allowed."""
    check_attributes((RED,) * MAX_ATTRIBUTES)
    with pytest.raises(InvalidRequest, match=str(MAX_ATTRIBUTES)):
        check_attributes((RED,) * (MAX_ATTRIBUTES + 1))


def test_a_word_alone_is_no_attribute() -> None:
    """It does not say what it tells of."""
    words: Any = ("red",)
    with pytest.raises(InvalidRequest):
        check_attributes(words)
