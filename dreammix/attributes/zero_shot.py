"""The offline describer: a CLIP is asked, for each kind, which word of a list suits the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Final, Protocol

from dreammix.attributes.matching import Similarity, match_words
from dreammix.attributes.phrases import phrase_of, with_article
from dreammix.attributes.vocabulary import COMMON, is_material_noun
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Picture, Replacement

LEAST_PROBABILITY: Final = 0.3
"""Words of a kind that are less probable than this are not said; at most three can be said."""
_NOUN: Final = "object"
_NOTHING: Final = {
    AttributeKind.ACCESSORY: "an object that wears nothing",
    AttributeKind.SHAPE: "an object of the usual shape",
}
"""What else is asked of a kind that a thing may have nothing of."""


class Sight(Protocol):
    """A model that sees pictures and reads sentences into one space."""

    def __call__(self, pictures: Sequence[Picture], sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        """How well each of M sentences suits each of N pictures, N rows of M logits.

        Raises:
            DescriberFailure, ModelDamaged: it cannot see.
        """
        ...


class ClipDescriber:
    """Describes by zero-shot questions over a word list.

    Args:
        sight: the model that is asked.
        vocabulary: the words that it chooses from.
        similarity: for words of an edit that no list holds.
    """

    destination = None

    def __init__(
        self,
        sight: Sight,
        vocabulary: Sequence[Attribute] = COMMON,
        similarity: Similarity | None = None,
    ) -> None:
        self._sight = sight
        self._similarity = similarity
        self._questions = [
            [word for word in vocabulary if word.kind is kind]
            for kind in AttributeKind
            if any(word.kind is kind for word in vocabulary)
        ]

    def describe(self, pictures: Sequence[Picture], class_word: str) -> tuple[Attribute, ...]:
        if not pictures:
            raise DescriberFailure("Nothing can be described", "there is no picture", "Add a picture first")
        asked = [word for words in self._questions for word in words]
        rows = self._sight(pictures, [*map(sentence, asked), *_NOTHING.values()])
        # Each picture is a look at the same thing; the mean keeps the sharpness that the model has.
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        score = dict(zip(asked, mean, strict=False))
        nothing = dict(zip(_NOTHING, mean[len(asked) :], strict=True))
        return tuple(
            word
            for words in self._questions
            for word in _said(words, [score[w] for w in words], nothing.get(words[0].kind))
        )

    def match(
        self, edit: str, attributes: Sequence[Attribute], class_word: str = ""
    ) -> tuple[Replacement, ...]:
        return match_words(edit, attributes, class_word=class_word, similarity=self._similarity)


def sentence(attribute: Attribute) -> str:
    """The sentence that asks for an attribute: "a red object", "an object made of glass"."""
    if attribute.kind is AttributeKind.MATERIAL and is_material_noun(attribute.words):
        return f"{with_article(_NOUN)} made of {attribute.words}"
    phrase = phrase_of(attribute.kind, attribute.words)
    if phrase.after:
        return f"{with_article(_NOUN)} {phrase.text}"
    return with_article(f"{phrase.text} {_NOUN}")


def _said(words: Sequence[Attribute], logits: Sequence[float], nothing: float | None) -> list[Attribute]:
    """The probable words of one kind, the most probable first."""
    most = max([*logits, *([] if nothing is None else [nothing])])
    weights = [exp(logit - most) for logit in logits]
    total = sum(weights) + (0.0 if nothing is None else exp(nothing - most))
    ranked = sorted(zip(weights, words, strict=True), key=lambda pair: -pair[0])
    return [word for weight, word in ranked if weight / total >= LEAST_PROBABILITY]
