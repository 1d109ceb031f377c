"""Which attribute gives way, without a language model."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.attributes import COMMON, match_by_lists, match_words
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
        ("remove the bow", [("bow", "without the bow")]),
        ("remove the crown", [("", "without the crown")]),
        ("take off its boots", [("boots", "without its boots")]),
        ("no bow and no boots", [("bow", "without a bow"), ("boots", "without boots")]),
        ("remove the bow and the boots", [("bow", "without the bow"), ("boots", "without the boots")]),
        ("wood instead of clay", [("clay", "wood")]),
        ("change its colour to blue", [("red", "blue")]),
        ("replace the bow with a hat", [("bow", "hat")]),
        ("add a hat", [("bow", "hat")]),
        ("red, with a bow", []),
        ("spooky", [("", "spooky")]),
        ("a blue mug", [("red", "blue")]),
        ("", []),
    ],
)
def test_words_replace_what_they_contradict(edit: str, pairs: list[tuple[str, str]]) -> None:
    """The attribute about the same thing, or the first of the kind; else the edit adds."""
    assert _pairs(match_words(edit, PIP, class_word="mug")) == pairs


def _letters(words: Sequence[str]) -> list[list[float]]:
    """Words are as alike as the letters that they share."""
    return [[len(set(a) & set(b)) / len(set(a) | set(b)) for b in words] for a in words]


def _kinds(words: Sequence[str]) -> list[list[float]]:
    """Known words are alike within their kind, "cerulean" is a colour, and nothing else is like anything."""
    kinds = {attribute.words: attribute.kind for attribute in COMMON} | {"cerulean": AttributeKind.COLOUR}
    return [[float(a == b or (a in kinds and kinds[a] is kinds.get(b))) for b in words] for a in words]


def test_an_encoder_that_tells_kinds_knows_words_of_no_list() -> None:
    """A word that stands with the known words of a kind is of it, and one that stands alone of none."""
    assert _pairs(match_words("cerulean", PIP, similarity=_kinds)) == [("red", "cerulean")]
    assert _pairs(match_words("quux", PIP, similarity=_kinds)) == [("", "quux")]


def test_an_encoder_that_tells_common_words_wrongly_decides_nothing() -> None:
    """By its letters "claim" is clay, and "crown" a colour more clearly still: it is not believed."""
    assert _pairs(match_words("claim", PIP, similarity=_letters)) == [("", "claim")]


@pytest.mark.parametrize(
    ("edit", "is_open"), [("blue, with a hat", True), ("blue", False), ("spooky", True), ("", False)]
)
def test_what_the_lists_leave_open_is_told(edit: str, is_open: bool) -> None:
    """Between accessories, and for a word of no list, an encoder has a say; the rest is as without one."""
    assert match_by_lists(edit, PIP) == (match_words(edit, PIP), is_open)
    assert match_by_lists("spooky", ())[1] is False


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
