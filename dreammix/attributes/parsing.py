"""What a describer answered, made safe: text from a model comes in, values of a closed form go out.

The answer may be anything: nonsense, markup, a path, an order. Nothing of it is ever used but short runs of
plain words, sorted under the kinds that there are; of words that an edit replaces, only those there before.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Replacement
from dreammix.protocol.attributes import MAX_ATTRIBUTE_CHARACTERS, MAX_ATTRIBUTES

MAX_ANSWER_CHARACTERS: Final = 1 << 16
"""Longest answer that is looked at, in characters."""
MAX_REPLACEMENTS: Final = MAX_ATTRIBUTES
"""Most replacements of an edit."""
REPLACEMENTS: Final = "replacements"
"""The key of the list in an answer about an edit."""

_JOINTS: Final = frozenset(" '’-&,")
_SPELLINGS: Final = {AttributeKind.COLOUR: ("color",)}


def parse_attributes(answer: str, class_word: str) -> tuple[Attribute, ...]:
    """The attributes in an answer of the form `{"colour": ["dark red"], "material": [], ...}`.

    Words of unknown kinds, words that are no plain words, repetitions and the class itself are left out.

    Args:
        answer: of any length and content; what stands around the object is ignored.
        class_word: the class of the described thing.

    Returns:
        At most `MAX_ATTRIBUTES`, in the order of the kinds, then in the answer's.

    Raises:
        DescriberFailure: there is no such object in the answer.
    """
    fields = _fields(answer)
    known = {kind: (kind.value, *_SPELLINGS.get(kind, ())) for kind in AttributeKind}
    if not any(name in fields for names in known.values() for name in names):
        raise _shapeless("it names none of the kinds of attributes")
    seen = {class_word.casefold()}
    found: list[Attribute] = []
    for kind, names in known.items():
        for words in (words for name in names for words in _texts(fields.get(name))):
            clean = plain_words(words)
            if clean is not None and clean.casefold() not in seen:
                seen.add(clean.casefold())
                found.append(Attribute(kind, clean))
    return tuple(found[:MAX_ATTRIBUTES])


def parse_replacements(answer: str, edit: str, attributes: Sequence[Attribute]) -> tuple[Replacement, ...]:
    """The replacements in an answer of the form `{"replacements": [{"kind": ..., "old": ..., "new": ...}]}`.

    An answer can only choose: old words are one of `attributes` or none, new words stand in `edit`.

    Raises:
        DescriberFailure: there is no such object in the answer.
    """
    listed = _fields(answer).get(REPLACEMENTS)
    if not isinstance(listed, list):
        raise _shapeless(f"it has no list of {REPLACEMENTS}")
    wanted = f" {_comparable(edit)} "
    known = {_comparable(attribute.words): attribute for attribute in attributes}
    known.pop("", None)  # No words of its own to be named by.
    seen: set[str] = set()
    found: list[Replacement] = []
    for entry in listed:
        if not isinstance(entry, dict):
            continue
        old, wanted_new = (next(_texts(entry.get(name)), "") for name in ("old", "new"))
        new = plain_words(wanted_new)
        gives_way = known.get(_comparable(old))
        kind = gives_way.kind if gives_way else _kind(entry.get("kind"))
        if kind is None or new is None or f" {_comparable(new)} " not in wanted or new.casefold() in seen:
            continue
        seen.add(new.casefold())
        found.append(Replacement(kind, gives_way.words if gives_way else "", new))
    return tuple(found[:MAX_REPLACEMENTS])


def plain_words(text: str) -> str | None:
    """The text as plain words on one line, or None where it is something else.

    Control and format characters, bidirectional ones among them, are stripped. Letters, digits and what joins
    them in words are all that may be left: no tag, path, address or option is made of them.
    """
    visible = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    words = " ".join(unicodedata.normalize("NFKC", visible).split()).strip("'’\"“”., ")
    if not 1 <= len(words) <= MAX_ATTRIBUTE_CHARACTERS or "--" in words:
        return None
    plain = all(unicodedata.category(c)[0] in "LMN" or c in _JOINTS for c in words)
    return words if plain and unicodedata.category(words[0])[0] in "LN" else None


def _fields(answer: str) -> dict[str, object]:
    """The first JSON object in the answer: models like to wrap it in prose or in a fence."""
    if len(answer) > MAX_ANSWER_CHARACTERS:
        raise _shapeless(f"it is longer than {MAX_ANSWER_CHARACTERS} characters")
    start = answer.find("{")
    if start < 0:
        raise _shapeless("there is no JSON object in it")
    try:
        value, _ = json.JSONDecoder().raw_decode(answer, start)
    except (ValueError, RecursionError):
        raise _shapeless("its JSON is broken") from None
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> Iterator[str]:
    """The texts of a list, or of a text that stands for a list of one; nothing of anything else."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item


def _kind(value: object) -> AttributeKind | None:
    named = (k for k in AttributeKind if value == k.value or value in _SPELLINGS.get(k, ()))
    return next(named, None)


def _comparable(words: str) -> str:
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in words.casefold())
    return " ".join("".join(kept).split())


def _shapeless(why: str) -> DescriberFailure:
    return DescriberFailure(
        "The describer's answer cannot be used",
        why,
        "Try again, choose another describer, or write the attributes yourself",
    )
