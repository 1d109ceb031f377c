"""Words about a thing, cut into phrases: what each tells of, and on which side of the class it stands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from dreammix.attributes.vocabulary import POSTURES, is_thing, kind_of_word, takes_article, word_set
from dreammix.protocol import AttributeKind

_NOUN_KINDS: Final = (
    AttributeKind.ACCESSORY,
    AttributeKind.PATTERN,
    AttributeKind.OTHER,
    AttributeKind.SHAPE,
)
_BREAK: Final = re.compile(r"[,;:!?()]|\.(?=\s|$)|\b(?:but|then)\b", re.IGNORECASE)
_SOMETHING: Final = r"(?:\S+\s+){1,8}?"
_REWRITES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\b(?:remove|delete|erase|omit|leave\s+out|get\s+rid\s+of|take\s+(?:off|away))\s+", "without "),
        (rf"\btake\s+({_SOMETHING})(?:off|away)\b", r"without \1"),
        (r"\b(?:it\s+)?(?:should|must|may|does)\s*(?:not|n['’]t)\s+(?:have|wear)\s+", "without "),
        (r"\b(?:with\s+)?no\s+", "without "),
        (rf"\bput\s+({_SOMETHING})on\s+it\b", r"with \1"),
        (rf"\b(?:replace|swap|exchange)\s+{_SOMETHING}(?:with|by|for)\s+", ""),
        (rf"\b(?:change|turn)\s+{_SOMETHING}into\s+", ""),
        (rf"\bchange\s+{_SOMETHING}to\s+", ""),
        (
            r"\s*\b(?:instead\s+of|rather\s+than)\s.*?"
            r"(?=\s+(?:and\s+)?(?:with|without|made|make|add|paint|wearing)\s|\s+and\s+(?:an?|the|its|two)\s|$)",
            "",
        ),
        (r"\binstead\b", ""),
    )
)
"""What is to go, and what comes in its place, as words that describe the thing: in this order."""
_FILLER: Final = re.compile(
    r"""(?:please|now|just|also|and|make|made(?!\s+(?:out\s+)?(?:of|from))|turn|change|give|put|add|paint|wear
    |(?:the\s+)?colou?r\s+(?:to|it)|it|its|them|this|that|is|are|to|into|be)\b\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENING: Final = re.compile(
    r"""(?:(?P<material>made\s+(?:out\s+)?(?:of|from)|of)
    | (?P<colour>colou?red(?:\s+in)?|painted(?:\s+in)?|in\s+the\s+colou?rs?\s+of)
    | (?P<shape>shaped\s+(?:like|as)|in\s+the\s+(?:shape|form)\s+of)
    | (?P<worn>wearing|dressed\s+(?:in|as|like))
    | (?P<pattern>covered\s+(?:in|with|by)|decorated\s+with)
    | (?P<without>without|no)
    | (?P<held>with|having|has|holding|carrying)
    | (?P<inside>in)
    | (?P<place>on|at|under|over|behind|before|beside|near|from|like|as|by|against|among|inside))(?=\s)""",
    re.IGNORECASE | re.VERBOSE,
)
_STARTERS: Final = (
    word_set(
        "with without wearing made coloured colored painted shaped covered decorated dressed holding carrying"
    )
    | POSTURES
)
"""Open a phrase wherever they stand."""
_SECOND_STARTERS: Final = word_set("with without wearing holding carrying")
"""Open another phrase where one is open."""
_PREPOSITIONS: Final = word_set("in on at under over behind before beside near from of like as by against")
"""Open a phrase where none is open."""
_OPENERS: Final = _STARTERS - POSTURES | _PREPOSITIONS
_DETERMINERS: Final = word_set(
    "a an the its his her their my some two three four five six seven many several"
)
_ARTICLES: Final = word_set("a an the")
_VERBS: Final = word_set("add paint make give put turn change wear")
"""Begin another wish."""
_WITHOUT: Final = "without"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that is said of a thing.

    Attributes:
        text: as it stands in a prompt: "with a red hat".
        core: the part of `text` that says what: "red hat".
        after: whether it stands after the class.
        kind: what it tells of; None: no list and no form says so.
    """

    text: str
    core: str
    after: bool
    kind: AttributeKind | None

    @property
    def head(self) -> str:
        """The word that the core is about: "hat" of "red hat with a feather"."""
        return _head(self.core)

    @property
    def absent(self) -> bool:
        """Whether it says what the thing is to be without."""
        return self.core.startswith(f"{_WITHOUT} ")


def with_article(words: str) -> str:
    """The words after "a" or "an", as their first letter asks."""
    return f"{'an' if words[:1].casefold() in set('aeiou') else 'a'} {words}"


def one_line(text: str) -> str:
    """The text on one line, single spaces between its words, without control and format characters."""
    return " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())


def phrases(edit: str, class_word: str = "") -> tuple[Phrase, ...]:
    """Cut an artist's words into phrases, in their order.

    Args:
        edit: such as "make it blue, with a hat and made of glass".
        class_word: the class of the thing; where the artist names it, it is left out.
    """
    found: list[Phrase] = []
    words = one_line(edit)
    if class_word:  # "make the mug blue" is "make it blue".
        words = re.sub(
            rf"\b(?:the|this|that|my)\s+{re.escape(class_word)}\b", "it", words, flags=re.IGNORECASE
        )
    for chunk in _BREAK.split(words):
        for piece in _pieces(_rewritten(chunk).split()):
            said = _phrase(piece, class_word)
            if said is not None:
                found.append(said)
    return tuple(found)


def phrase_of(kind: AttributeKind, words: str) -> Phrase:
    """An attribute as one phrase, whatever words it has."""
    said = _phrase(words.split(), "")
    if said is None or (kind is AttributeKind.POSE and not said.after):
        return Phrase(words, words, True, kind)
    if kind is AttributeKind.ACCESSORY and not said.after:
        return Phrase(f"with {_determined(words)}", _undetermined(words) or words, True, kind)
    return replace(said, kind=kind)


def _rewritten(chunk: str) -> str:
    for pattern, words in _REWRITES:
        chunk = pattern.sub(words, chunk)
    return chunk


def _pieces(words: list[str]) -> list[list[str]]:
    """Cut between commas: before a word that opens a phrase, and at an "and" that joins different kinds."""
    pieces: list[list[str]] = [[]]
    opened = False
    for index, word in enumerate(words):
        low, current = word.casefold(), pieces[-1]
        if all(w.casefold() in _ARTICLES for w in current):
            opened = low in _STARTERS | _PREPOSITIONS
        elif low == "and" and _parts(current[-1], words[index + 1 :]):
            again = current[0].casefold() == _WITHOUT and _names(words[index + 1 :])
            pieces.append([_WITHOUT] if again else [])
            opened = again
            continue
        elif low in (_SECOND_STARTERS if opened else _STARTERS | _PREPOSITIONS):
            if not (opened and len(current) == 1):  # "covered with" is one opening.
                pieces.append([])
            opened = True
        pieces[-1].append(word)
    return pieces


def _names(words: list[str]) -> bool:
    """Whether a thing follows, and no other wish: "the scarf" of "without the hat and the scarf"."""
    return bool(words) and (words[0].casefold() in _DETERMINERS or is_thing(words[0]))


def _parts(left: str, rest: list[str]) -> bool:
    """Whether "and" stands between two phrases: "a hat and a bow", but not "black and white stripes"."""
    right = list(takewhile(lambda word: word.casefold() not in _STARTERS | _PREPOSITIONS | {"and"}, rest))
    if not right or right[0].casefold() in _DETERMINERS | _VERBS:
        return True
    a, b = kind_of_word(left), kind_of_word(right[-1])
    if is_thing(left) and a is not AttributeKind.PATTERN:
        return b is not None
    return len(right) == 1 and a is not None and b is not None and a is not b and not is_thing(right[0])


def _phrase(words: list[str], class_word: str) -> Phrase | None:
    words = _without_class(words, class_word)
    while words and words[-1].casefold() in _ARTICLES | _OPENERS | {"and"}:  # What they announce never comes.
        words = words[:-1]
    text = " ".join(words)
    while filler := _FILLER.match(text):
        text = text[filler.end() :]
    if not text:
        return None
    opening = _OPENING.match(text)
    if opening is not None:
        return _opened(text, opening.lastgroup or "", text[opening.end() :].strip())
    first = text.split()[0].casefold()
    if first in POSTURES:
        return Phrase(text, text, True, AttributeKind.POSE)
    if kind_of_word(first) is AttributeKind.SHAPE and first.endswith("-shaped"):
        return Phrase(text, text, False, AttributeKind.SHAPE)
    core = _undetermined(text)
    if not core:
        return None
    kind = _listed(core, tuple(AttributeKind))
    if is_thing(_head(core)):
        return Phrase(f"with {_determined(text)}", core, True, _listed(core, _NOUN_KINDS))
    if core != text and kind is None:  # "a moustachio" is something to have, "spooky" is how to be.
        return Phrase(f"with {text}", core, True, AttributeKind.ACCESSORY)
    return Phrase(core, core, False, kind)


def _opened(text: str, form: str, rest: str) -> Phrase | None:
    """A phrase that begins with a word that says how the rest belongs to the thing."""
    core = _undetermined(rest) or rest
    if form == "material":
        return Phrase(text, core, True, AttributeKind.MATERIAL)
    if form == "colour":
        return Phrase(text, core, True, AttributeKind.COLOUR)
    if form == "shape":
        return Phrase(text, text, True, AttributeKind.SHAPE)
    if form == "worn":
        return Phrase(text, core, True, AttributeKind.ACCESSORY)
    if form == "pattern":
        return Phrase(text, core, True, _listed(core, tuple(AttributeKind)) or AttributeKind.PATTERN)
    if form == "without":
        kind = _listed(core, _NOUN_KINDS) or AttributeKind.ACCESSORY
        absent = f"{_WITHOUT} {_determined(rest)}"
        return Phrase(absent, absent, True, kind)
    if form == "held":
        opening = text[: len(text) - len(rest)]
        unlisted = (
            AttributeKind.ACCESSORY if core != rest else None
        )  # "with a quiff", but "with freckly skin"
        held = _listed(core, _NOUN_KINDS) or unlisted
        return Phrase(f"{opening}{_determined(rest)}", core, True, held)
    if form == "inside":
        return Phrase(text, core, True, _listed(core, tuple(AttributeKind)))
    return Phrase(text, text, True, AttributeKind.OTHER)


def _listed(core: str, kinds: tuple[AttributeKind, ...]) -> AttributeKind | None:
    """The kind of the core's head, or of the nearest word before it that a list holds."""
    found = (kind_of_word(word, kinds) for word in reversed(_up_to_head(core)))
    return next((kind for kind in found if kind is not None), None)


def _up_to_head(core: str) -> list[str]:
    words = core.split()
    inner = (i for i, word in enumerate(words) if i and word.casefold() in _OPENERS)
    return words[: next(inner, len(words))]


def _head(core: str) -> str:
    return _up_to_head(core)[-1]


def _undetermined(text: str) -> str:
    words = text.split()
    while words and words[0].casefold() in _DETERMINERS:
        words = words[1:]
    return " ".join(words)


def _determined(text: str) -> str:
    """The noun with an article where it wants one: "a hat", "stripes", "two bows"."""
    determined = text.split()[0].casefold() in _DETERMINERS or text[0].isdigit()
    return text if determined or not takes_article(_head(text)) else with_article(text)


def _without_class(words: list[str], class_word: str) -> list[str]:
    """The words without the class at their end, which a prompt names anyway: "a blue mug" says "blue"."""
    named = class_word.casefold().split()
    ends = bool(named) and [word.casefold() for word in words[-len(named) :]] == named
    return words[: -len(named)] if ends else words
