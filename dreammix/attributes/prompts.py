"""Prompts about a subject, in the form of ADM: "a [token] [attributes] [class] [attributes]"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from dreammix.attributes.phrases import phrase_of, phrases, with_article
from dreammix.attributes.vocabulary import COMMON, is_material_noun
from dreammix.protocol import Attribute, AttributeKind

SAID: Final = 0.6
"""Chance that a regular prompt says something of a kind."""
OWN: Final = 0.5
"""Chance that what it says is the subject's own attribute, where it has one of that kind."""
AFTERWARDS: Final = 0.3
"""Chance that what can stand on either side of the class stands after it."""
_TRIES_PER_PROMPT: Final = 20
Sides: TypeAlias = tuple[list[str], list[str]]
"""What stands before the class, and what after it."""


@dataclass(frozen=True, slots=True)
class RegularPrompt:
    """What one picture of the regular data D_r is made from, and learned with unless it is described.

    Attributes:
        personal: with the subject's token: "a sks red mug with a hat".
        plain: the same without it, for the base model: "a red mug with a hat".
        attributes: what both say.
    """

    personal: str
    plain: str
    attributes: tuple[Attribute, ...]


def identity_prompt(token: str, class_word: str) -> str:
    """The subject as it is: "a [token] [class]"."""
    return _joined(token, class_word)


def edit_prompt(token: str, class_word: str, edit: str) -> str:
    """The subject as the artist wants it: adjectives before its class, phrases after.

    What it is to be without is not said: encoders hear the hat in "without a hat", and would ask for it.

    Args:
        edit: free text, such as "red, made of glass"; empty: as it is.
    """
    said = [phrase for phrase in phrases(edit, class_word) if not phrase.absent]
    before, after = ([phrase.text for phrase in said if phrase.after is side] for side in (False, True))
    return _joined(token, class_word, (before, after))


def described_prompt(token: str, class_word: str, seen: Sequence[Attribute], seed: int) -> str:
    """A regular picture in words: what is most visible of each kind.

    Args:
        seen: what is to be seen in it, the most visible of a kind first.
        seed: how it is worded, and in which order.
    """
    most: dict[AttributeKind, Attribute] = {}
    for attribute in seen:
        most.setdefault(attribute.kind, attribute)
    return _joined(token, class_word, _arranged(Random(seed), tuple(most.values())))


def regular_prompts(
    attributes: Sequence[Attribute],
    class_word: str,
    token: str,
    count: int,
    seed: int,
    *,
    vocabulary: Sequence[Attribute] = COMMON,
) -> tuple[RegularPrompt, ...]:
    """Random combinations of a subject's attributes and of others: the same seed gives the same prompts.

    At most one word of each kind is said. No prompt comes twice before all that can be found have come once.

    Args:
        attributes: the subject's dictionary.
        count: how many; at least 0.
        vocabulary: other words of each kind, such as the base model knows.
    """
    rng = Random(seed)
    drawn: dict[str, RegularPrompt] = {}
    for _ in range(count * _TRIES_PER_PROMPT):
        if len(drawn) == count:
            break
        prompt = _draw(rng, attributes, vocabulary, class_word, token)
        drawn.setdefault(prompt.plain, prompt)
    found = tuple(drawn.values())
    return tuple(found[i % len(found)] for i in range(count))


def _draw(
    rng: Random, attributes: Sequence[Attribute], vocabulary: Sequence[Attribute], class_word: str, token: str
) -> RegularPrompt:
    chosen = [
        chosen
        for kind in AttributeKind
        if rng.random() < SAID and (chosen := _choose(rng, kind, attributes, vocabulary)) is not None
    ]
    sides = _arranged(rng, chosen)
    personal, plain = (_joined(start, class_word, sides) for start in (token, ""))
    return RegularPrompt(personal, plain, tuple(chosen))


def _choose(
    rng: Random, kind: AttributeKind, attributes: Sequence[Attribute], vocabulary: Sequence[Attribute]
) -> Attribute | None:
    own = [attribute for attribute in attributes if attribute.kind is kind]
    others = [word for word in vocabulary if word.kind is kind and word not in own]
    pool = own if own and (not others or rng.random() < OWN) else others
    return rng.choice(pool) if pool else None


def _arranged(rng: Random, attributes: Sequence[Attribute]) -> Sides:
    """The attributes in words: those before the class, those after it."""
    sides: Sides = ([], [])
    for attribute in attributes:
        after, text = _worded(rng, attribute)
        sides[after].append(text)
    for side in sides:
        rng.shuffle(side)
    return sides


def _worded(rng: Random, attribute: Attribute) -> tuple[bool, str]:
    """Whether the attribute stands after the class, and as which words."""
    phrase = phrase_of(attribute.kind, attribute.words)
    if phrase.after or rng.random() >= AFTERWARDS:
        return phrase.after, phrase.text
    if attribute.kind is AttributeKind.COLOUR:
        return True, f"in {phrase.text}"
    if attribute.kind is AttributeKind.MATERIAL and is_material_noun(phrase.head):
        return True, f"made of {phrase.text}"
    return False, phrase.text


def _joined(token: str, class_word: str, sides: Sides = ([], [])) -> str:
    before, after = sides
    start = with_article(" ".join(word for word in (token, *before, class_word) if word))
    # Commas keep "with a hat, made of glass" from being a hat of glass.
    return (" " if len(after) == 1 else ", ").join((start, *after))
