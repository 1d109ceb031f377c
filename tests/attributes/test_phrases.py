"""Cutting an artist's words into phrases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.attributes.phrases import one_line, phrase_of, phrases, with_article
from dreammix.protocol import AttributeKind

COLOUR, MATERIAL, PATTERN = AttributeKind.COLOUR, AttributeKind.MATERIAL, AttributeKind.PATTERN
SHAPE, ACCESSORY, POSE, OTHER = (
    AttributeKind.SHAPE,
    AttributeKind.ACCESSORY,
    AttributeKind.POSE,
    AttributeKind.OTHER,
)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("blue, with a hat", [("blue", False, COLOUR), ("with a hat", True, ACCESSORY)]),
        ("red, made of glass", [("red", False, COLOUR), ("made of glass", True, MATERIAL)]),
        ("blue with a hat", [("blue", False, COLOUR), ("with a hat", True, ACCESSORY)]),
        ("hat and scarf", [("with a hat", True, ACCESSORY), ("with a scarf", True, ACCESSORY)]),
        ("make it blue and striped", [("blue", False, COLOUR), ("striped", False, PATTERN)]),
        ("with a hat and made of gold", [("with a hat", True, ACCESSORY), ("made of gold", True, MATERIAL)]),
        ("black and white stripes", [("with black and white stripes", True, PATTERN)]),
        ("covered with polka dots", [("covered with polka dots", True, PATTERN)]),
        ("star-shaped", [("star-shaped", False, SHAPE)]),
        ("shaped like a star", [("shaped like a star", True, SHAPE)]),
        ("sitting on a chair", [("sitting on a chair", True, POSE)]),
        ("no hat", [("without a hat", True, ACCESSORY)]),
        ("sky-coloured", [("sky-coloured", False, COLOUR)]),
        ("long ears", [("with long ears", True, OTHER)]),
        ("a quiff", [("with a quiff", True, ACCESSORY)]),
        ("spooky", [("spooky", False, None)]),
        ("two bows", [("with two bows", True, ACCESSORY)]),
        ("armour", [("with armour", True, ACCESSORY)]),
        ("remove the hat", [("without the hat", True, ACCESSORY)]),
        ("Take off its hat", [("without its hat", True, ACCESSORY)]),
        ("take the hat off, please", [("without the hat", True, ACCESSORY)]),
        ("blue, get rid of stripes", [("blue", False, COLOUR), ("without stripes", True, PATTERN)]),
        (
            "remove the hat and the scarf",
            [("without the hat", True, ACCESSORY), ("without the scarf", True, ACCESSORY)],
        ),
        (
            "remove the hat and add a scarf",
            [("without the hat", True, ACCESSORY), ("with a scarf", True, ACCESSORY)],
        ),
        ("replace the stripes with dots", [("with dots", True, PATTERN)]),
        ("replace the hat by a crown", [("with a crown", True, ACCESSORY)]),
        ("swap the hat for a crown", [("with a crown", True, ACCESSORY)]),
        ("turn the stripes into dots", [("with dots", True, PATTERN)]),
        ("wood instead of clay", [("wood", False, MATERIAL)]),
        (
            "a crown instead of the hat, and blue",
            [("with a crown", True, ACCESSORY), ("blue", False, COLOUR)],
        ),
        (
            "wood rather than clay and with a hat",
            [("wood", False, MATERIAL), ("with a hat", True, ACCESSORY)],
        ),
        ("make it wood instead", [("wood", False, MATERIAL)]),
        ("change its colour to red", [("red", False, COLOUR)]),
        ("change the color of the pot to red", [("red", False, COLOUR)]),
        ("its colour to red", [("red", False, COLOUR)]),
        ("paint it red and add a hat", [("red", False, COLOUR), ("with a hat", True, ACCESSORY)]),
        ("add stripes", [("with stripes", True, PATTERN)]),
        ("put a hat on it", [("with a hat", True, ACCESSORY)]),
        ("it should not have a hat", [("without a hat", True, ACCESSORY)]),
        ("it mustn't wear the hat", [("without the hat", True, ACCESSORY)]),
        ("in the colour of moss", [("in the colour of moss", True, COLOUR)]),
    ],
)
def test_edits_are_cut_and_sorted(edit: str, expected: list[tuple[str, bool, AttributeKind | None]]) -> None:
    """Each phrase says what it tells of, and stands where a caption would have it."""
    assert [(p.text, p.after, p.kind) for p in phrases(edit)] == expected


@pytest.mark.parametrize("edit", ["a blue mug with a hat", "Blue Mug, hat", "make the mug blue. A hat!"])
def test_the_class_is_not_said_twice(edit: str) -> None:
    """An edit that names the class says the same as one that does not."""
    assert [p.text.casefold() for p in phrases(edit, "mug")][-1] == "with a hat"
    assert all("mug" not in p.text.casefold().split() for p in phrases(edit, "mug")[-1:])


@pytest.mark.parametrize("edit", ["make the mug blue", "paint my mug blue", "this mug blue"])
def test_the_class_in_the_middle_is_the_thing(edit: str) -> None:
    """Where the artist names it as what is to be changed, it is not said twice."""
    assert [p.text for p in phrases(edit, "mug")] == ["blue"]


@pytest.mark.parametrize("edit", ["", "  \n", "mug", "with", "a", "make it", "and and", ", ,"])
def test_an_edit_that_says_nothing_has_no_phrases(edit: str) -> None:
    """Articles, fillers and openings without an end say nothing."""
    assert phrases(edit, "mug") == ()


@given(st.text(max_size=80), st.text(max_size=12))
def test_any_text_is_cut_without_inventing_words(edit: str, class_word: str) -> None:
    """Whatever an artist types, phrases hold its words, joined by a few small words at most."""
    known = set(one_line(edit).casefold().split()) | {"with", "without", "a", "an", "it"}
    broken = {part.casefold() for word in one_line(edit).split() for part in _broken(word)}
    for phrase in phrases(edit, class_word):
        assert phrase.core
        assert phrase.text.endswith(phrase.core)
        assert set(phrase.text.casefold().split()) <= known | broken


def _broken(word: str) -> list[str]:
    for mark in ",;:!?()":
        word = word.replace(mark, " ")
    return word.removesuffix(".").split()


@pytest.mark.parametrize(
    ("kind", "words", "text"),
    [
        (ACCESSORY, "collar", "with a collar"),
        (ACCESSORY, "tiny quiff", "with a tiny quiff"),
        (COLOUR, "dark red", "dark red"),
        (PATTERN, "polka dots", "with polka dots"),
        (POSE, "arms crossed", "arms crossed"),
        (MATERIAL, "made of oak", "made of oak"),
        (OTHER, "make", "make"),
    ],
)
def test_an_attribute_becomes_a_phrase(kind: AttributeKind, words: str, text: str) -> None:
    """A dictionary's bare words get what they need to stand in a prompt."""
    phrase = phrase_of(kind, words)
    assert (phrase.text, phrase.kind) == (text, kind)


def test_an_article_fits_its_word() -> None:
    """Vowels take "an"."""
    assert [with_article(words) for words in ("orange car", "car", "")] == ["an orange car", "a car", "a "]


def test_one_line_holds_no_control_characters() -> None:
    """Line ends and bidirectional overrides become spaces."""
    assert one_line("red\r\n\u202emug\x00 ") == "red mug"
