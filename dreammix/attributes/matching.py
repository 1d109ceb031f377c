"""Which attribute gives way to which words of an edit, found without a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from dreammix.attributes.phrases import Phrase, phrase_of, phrases
from dreammix.attributes.vocabulary import COMMON
from dreammix.protocol import Attribute, AttributeKind, Replacement
from dreammix.protocol.attributes import MAX_ATTRIBUTE_CHARACTERS

LEAST_LIKENESS: Final = 0.5
"""A word in no list is of the kind of the known word that it is likest to, from this cosine on."""

_RANKED: Final = frozenset({AttributeKind.COLOUR, AttributeKind.MATERIAL, AttributeKind.PATTERN})
"""Kinds of which the first attribute is the main one, as describers put the most visible first."""


class Similarity(Protocol):
    """How alike words are, as a text encoder sees it."""

    def __call__(self, words: str, others: Sequence[str]) -> Sequence[float]:
        """One cosine, -1 to 1, for each of `others`."""
        ...


def match_words(
    edit: str, attributes: Sequence[Attribute], *, class_word: str = "", similarity: Similarity | None = None
) -> tuple[Replacement, ...]:
    """What each phrase of an edit replaces: an attribute of its kind, each at most once, or nothing.

    Args:
        edit: the artist's words.
        attributes: the subject's dictionary.
        class_word: the subject's class; the edit may name it.
        similarity: for words that no list holds, and to choose between attributes of one kind.
    """
    left = list(attributes)
    found: list[Replacement] = []
    for phrase in phrases(edit, class_word):
        if len(phrase.core) > MAX_ATTRIBUTE_CHARACTERS:
            continue  # A story, not an attribute: the prompt says it, and nothing gives way.
        kind = phrase.kind or _likely_kind(phrase, attributes, similarity)
        old = _giving_way(phrase, kind, left, similarity)
        if old is not None:
            left.remove(old)
        if old is None or phrase_of(old.kind, old.words).core.casefold() != phrase.core.casefold():
            found.append(Replacement(kind, old.words if old else "", phrase.core))
    return tuple(found)


def _likely_kind(
    phrase: Phrase, attributes: Sequence[Attribute], similarity: Similarity | None
) -> AttributeKind:
    if similarity is None:
        return AttributeKind.OTHER
    known = (*attributes, *COMMON)
    likeness = similarity(phrase.core, [attribute.words for attribute in known])
    most, likest = max(zip(likeness, known, strict=True), key=lambda pair: pair[0])
    return likest.kind if most >= LEAST_LIKENESS else AttributeKind.OTHER


def _giving_way(
    phrase: Phrase, kind: AttributeKind, left: Sequence[Attribute], similarity: Similarity | None
) -> Attribute | None:
    """The attribute about the same thing ("green eyes", "blue eyes"), or else one of the kind."""
    head = phrase.head.casefold()
    for attribute in left:
        if phrase_of(attribute.kind, attribute.words).head.casefold() == head:
            return attribute
    # "Other" is no kind of its own: long ears do not give way to a big nose.
    alike = [attribute for attribute in left if attribute.kind is kind is not AttributeKind.OTHER]
    if len(alike) < 2 or kind in _RANKED or similarity is None:
        return next(iter(alike), None)
    likeness = similarity(phrase.core, [attribute.words for attribute in alike])
    return max(zip(likeness, alike, strict=True), key=lambda pair: pair[0])[1]
