"""Which attribute gives way to which words of an edit, found without a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from dreammix.attributes.phrases import Phrase, phrase_of, phrases
from dreammix.attributes.vocabulary import COMMON
from dreammix.protocol import Attribute, AttributeKind, Replacement
from dreammix.protocol.attributes import MAX_ATTRIBUTE_CHARACTERS

_RANKED: Final = frozenset({AttributeKind.COLOUR, AttributeKind.MATERIAL, AttributeKind.PATTERN})
"""Kinds of which the first attribute is the main one, as describers put the most visible first."""


class Similarity(Protocol):
    """How alike words are, as a text encoder sees it."""

    def __call__(self, words: Sequence[str]) -> Sequence[Sequence[float]]:
        """The cosines, -1 to 1, of each of N words with all of them: N rows of N."""
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
        kind = phrase.kind or (_likely_kind(phrase.core, similarity) if left else AttributeKind.OTHER)
        old = _giving_way(phrase, kind, left, similarity)
        if old is not None:
            left.remove(old)
        if old is None or phrase_of(old.kind, old.words).core.casefold() != phrase.core.casefold():
            found.append(Replacement(kind, old.words if old else "", phrase.core))
    return tuple(found)


def match_by_lists(
    edit: str, attributes: Sequence[Attribute], *, class_word: str = ""
) -> tuple[tuple[Replacement, ...], bool]:
    """What `match_words` finds without an encoder, and whether an encoder would have been asked.

    Where none would be, this is what `match_words` finds with every encoder.
    """
    asked: list[str] = []

    def silent(words: Sequence[str]) -> Sequence[Sequence[float]]:
        asked.extend(words)
        return [[0.0] * len(words)] * len(words)

    return match_words(edit, attributes, class_word=class_word, similarity=silent), bool(asked)


def _likely_kind(word: str, similarity: Similarity | None) -> AttributeKind:
    """The kind of a word of no list, if it stands out further than any common word that is told wrongly.

    Each common word is told by the others first: an encoder that knows nothing of kinds tells some of them
    wrongly and with a clear lead, and so decides nothing.
    """
    if similarity is None:
        return AttributeKind.OTHER
    first, *rows = similarity([word, *(attribute.words for attribute in COMMON)])
    wrong = 0.0
    for index, (attribute, row) in enumerate(zip(COMMON, rows, strict=True)):
        told, lead = _told_kind(row[1:], without=index)
        if told is not attribute.kind:
            wrong = max(wrong, lead)
    kind, lead = _told_kind(first[1:])
    return kind if lead > wrong else AttributeKind.OTHER


def _told_kind(likeness: Sequence[float], without: int | None = None) -> tuple[AttributeKind, float]:
    """The kind of the likest of the common words, and its lead over the likest of another kind."""
    nearest: dict[AttributeKind, float] = {}
    for index, (attribute, cosine) in enumerate(zip(COMMON, likeness, strict=True)):
        if index != without:
            nearest[attribute.kind] = max(cosine, nearest.get(attribute.kind, -1.0))
    best, second, *_ = sorted(nearest, key=nearest.__getitem__, reverse=True)
    return best, nearest[best] - nearest[second]


def _giving_way(
    phrase: Phrase, kind: AttributeKind, left: Sequence[Attribute], similarity: Similarity | None
) -> Attribute | None:
    """The attribute about the same thing ("green eyes", "blue eyes"), or else one of the kind."""
    head = phrase.head.casefold()
    for attribute in left:
        if phrase_of(attribute.kind, attribute.words).head.casefold() == head:
            return attribute
    if phrase.absent and kind is AttributeKind.ACCESSORY:
        return None  # Who takes off a crown that is not there does not mean the hat.
    # "Other" is no kind of its own: long ears do not give way to a big nose.
    alike = [attribute for attribute in left if attribute.kind is kind is not AttributeKind.OTHER]
    if len(alike) < 2 or kind in _RANKED or similarity is None:
        return next(iter(alike), None)
    likeness, *_ = similarity([phrase.core, *(attribute.words for attribute in alike)])
    return max(zip(likeness[1:], alike, strict=True), key=lambda pair: pair[0])[1]
