"""Which attribute gives way, without a language model."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.attributes import match_words
from dreammix.protocol import Attribute, AttributeKind, Replacement
from dreammix.protocol.attributes import MAX_EDIT_CHARACTERS

PIP = (
    Attribute(AttributeKind.COLOUR, "red"),
    Attribute(AttributeKind.COLOUR, "white"),
    Attribute(AttributeKind.MATERIAL, "clay"),
    Attribute(AttributeKind.ACCESSORY, "bow"),
    Attribute(AttributeKind.ACCESSORY, "boots"),
    Attribute(AttributeKind.OTHER, "green eyes"),
)


def _pairs(found: Sequence[Replacement]) -> list[tuple[str, str]]:
    return [(replacement.old, replacement.new) for replacement in found]


@pytest.mark.parametrize(
    ("edit", "pairs"),
    [
        ("blue", [("red", "blue")]),
        ("blue and green", [("red", "blue and green")]),
        ("made of glass, blue", [("clay", "glass"), ("red", "blue")]),
        ("striped", [("", "striped")]),
        ("with a hat", [("bow", "hat")]),
        ("with a hat and gloves", [("bow", "hat"), ("boots", "gloves")]),
        ("with red boots", [("boots", "red boots")]),
        ("blue eyes", [("green eyes", "blue eyes")]),
        ("a long nose", [("", "long nose")]),
        ("without a bow", [("bow", "without a bow")]),
        ("red, with a bow", []),
        ("spooky", [("", "spooky")]),
        ("a blue mug", [("red", "blue")]),
        ("", []),
    ],
)
def test_words_replace_what_they_contradict(edit: str, pairs: list[tuple[str, str]]) -> None:
    """The attribute about the same thing, or the first of the kind; else the edit adds."""
    assert _pairs(match_words(edit, PIP, class_word="mug")) == pairs


def _letters(words: str, others: Sequence[str]) -> list[float]:
    """Words are as alike as the letters that they share."""
    return [len(set(words) & set(other)) / len(set(words) | set(other)) for other in others]


def test_the_encoder_knows_words_of_no_list() -> None:
    """A word that is like a known one is of its kind."""
    assert _pairs(match_words("lay", PIP, similarity=_letters)) == [("clay", "lay")]
    assert _pairs(match_words("quux", PIP, similarity=_letters)) == [("", "quux")]


def test_the_encoder_chooses_among_accessories() -> None:
    """Boots give way to shoes, though the bow was named first."""
    assert _pairs(match_words("with shoes", PIP, similarity=_letters)) == [("boots", "shoes")]


@given(st.text(max_size=MAX_EDIT_CHARACTERS))
def test_any_edit_is_matched(edit: str) -> None:
    """Whatever is typed: old words are the dictionary's, each given up once, new words are the edit's."""
    found = match_words(edit, PIP)
    old = [replacement.old for replacement in found if replacement.old]
    assert len(set(old)) == len(old)
    assert set(old) <= {attribute.words for attribute in PIP}
