"""Hostile answers of describers."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.attributes import parse_attributes, parse_replacements, plain_words
from dreammix.attributes.parsing import MAX_ANSWER_CHARACTERS
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Replacement
from dreammix.protocol.attributes import MAX_ATTRIBUTE_CHARACTERS, MAX_ATTRIBUTES

HOSTILE = [
    "<img src=x>",
    "<b>red</b>",
    "../../etc/passwd",
    "..\\windows",
    "C:\\secrets",
    "/etc/passwd",
    "file.safetensors",
    "https://evil.example",
    "--steps 99",
    "red --seed 1",
    "seed=1",
    "(red:1.5)",
    "<lora:evil:1>",
    "$HOME",
    "`ls`",
    "{red}",
    "[red]",
    "red; rm",
    "**red**",
    "# red",
    "\u202e\u2066",
    "\x00",
    "",
    "x" * (MAX_ATTRIBUTE_CHARACTERS + 1),
]
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)
kinds = st.sampled_from([*AttributeKind, "color", "path", "settings"])


def _attributes(**fields: object) -> tuple[Attribute, ...]:
    return parse_attributes(json.dumps(fields), "mug")


def test_an_answer_becomes_attributes() -> None:
    """By kind, in the answer's order."""
    assert _attributes(colour=["dark red", "white"], accessory=["hat"], material=[]) == (
        Attribute(AttributeKind.COLOUR, "dark red"),
        Attribute(AttributeKind.COLOUR, "white"),
        Attribute(AttributeKind.ACCESSORY, "hat"),
    )


@pytest.mark.parametrize(
    "answer",
    [
        'Sure! Here it is:\n```json\n{"colour": ["red"]}\n```\nAnything else?',
        '{"color": "red"}',
        '{"colour": ["red", 5, null, ["blue"], {"a": 1}], "path": "../x", "settings": {"steps": 9}}',
        '{"colour": [" \\"red\\". ", "RED", "red"], "material": ["red"], "shape": ["mug"]}',
        '{"colour": ["r\\u202eed\\u0000"]}',
    ],
)
def test_what_models_do_around_an_answer_is_forgiven(answer: str) -> None:
    """Prose, fences, spelling, odd types, repetitions, the class, invisible characters: red is left."""
    assert parse_attributes(answer, "mug") == (Attribute(AttributeKind.COLOUR, "red"),)


def test_line_ends_become_spaces() -> None:
    """An attribute is one line."""
    assert _attributes(colour=["dark\r\nred\u2028brown"])[0].words == "dark red brown"


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_no_plain_words_is_left_out(words: str) -> None:
    """No tag, path, address, option, weight or markup gets through; its neighbours do."""
    assert plain_words(words) is None
    assert _attributes(colour=[words, "red"]) == (Attribute(AttributeKind.COLOUR, "red"),)


@pytest.mark.parametrize("words", ["dark red", "black & white", "child's", "low-poly", "weiß", "青い", "हरा"])
def test_plain_words_stay(words: str) -> None:
    """Any language's letters, and what joins words."""
    assert plain_words(words) == words


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot see the picture.",
        "{",
        '{"colour": ["red"',
        "[]",
        "{}",
        '{"path": "../x"}',
        '{"colour":' * 5000,
        '{"colour": ' + "9" * 5000 + "}",
        '{"colour": ["red"]}' + " " * MAX_ANSWER_CHARACTERS,
    ],
)
def test_nonsense_is_refused(answer: str) -> None:
    """An answer without the form says why it cannot be used, and what to do."""
    with pytest.raises(DescriberFailure) as caught:
        parse_attributes(answer, "mug")
    assert caught.value.why and caught.value.remedy


def test_there_are_not_too_many() -> None:
    """A subject has a limited number of attributes, whatever a model lists."""
    many = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(200)]
    assert len(_attributes(colour=many)) == MAX_ATTRIBUTES


@given(st.text(max_size=200) | jsons.map(json.dumps) | st.dictionaries(kinds, jsons).map(json.dumps))
def test_any_answer_gives_safe_attributes_or_a_failure(answer: str) -> None:
    """What comes out is short, on one line, visible, made of letters and joints, and nothing twice."""
    try:
        found = parse_attributes(answer, "mug")
    except DescriberFailure:
        return
    assert len({attribute.words.casefold() for attribute in found}) == len(found) <= MAX_ATTRIBUTES
    for attribute in found:
        assert 1 <= len(attribute.words) <= MAX_ATTRIBUTE_CHARACTERS
        assert not any(unicodedata.category(c)[0] in "CS" for c in attribute.words)
        assert not set(attribute.words) & set('/\\<>{}[]()=:;.|`$#*_~"')


PIP = (Attribute(AttributeKind.COLOUR, "dark red"), Attribute(AttributeKind.ACCESSORY, "bow"))


def _replacements(*entries: object) -> tuple[Replacement, ...]:
    return parse_replacements(json.dumps({"replacements": entries}), "Blue, with a tall hat", PIP)


def test_an_answer_becomes_replacements() -> None:
    """The old words are the dictionary's; where nothing gives way they are empty."""
    found = _replacements(
        {"kind": "colour", "old": "Dark red", "new": "blue"},
        {"kind": "accessory", "old": "", "new": "tall hat"},
    )
    assert found == (
        Replacement(AttributeKind.COLOUR, "dark red", "blue"),
        Replacement(AttributeKind.ACCESSORY, "", "tall hat"),
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "colour", "old": "dark red", "new": "green"},
        {"kind": "colour", "old": "dark red", "new": "lu"},
        {"kind": "steps", "old": "", "new": "blue"},
        {"kind": "colour", "old": "dark red"},
        {"kind": ["colour"], "old": "nothing", "new": "blue"},
        {"kind": "colour", "old": "dark red", "new": "../blue"},
        "blue",
        None,
    ],
)
def test_an_answer_can_only_choose(entry: object) -> None:
    """Words that the edit does not say, unknown kinds and other forms are left out."""
    assert _replacements(entry) == ()


def test_invented_old_words_are_none() -> None:
    """An edit cannot replace what the subject was never said to have."""
    assert _replacements({"kind": "colour", "old": "gold", "new": "blue"}) == (
        Replacement(AttributeKind.COLOUR, "", "blue"),
    )


@given(jsons.map(json.dumps) | jsons.map(lambda value: json.dumps({"replacements": value})))
def test_any_answer_gives_known_replacements_or_a_failure(answer: str) -> None:
    """Whatever a model says, old words are the dictionary's and new ones the edit's."""
    try:
        found = parse_replacements(answer, "blue, with a hat", PIP)
    except DescriberFailure:
        return
    assert all(r.old in ("", "dark red", "bow") and r.new in "blue, with a hat" for r in found)
