"""TAS on what a U-Net is told: which vectors are eliminated, and out of which they are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import torch
from torch import Tensor

from dreammix.conditioning import Conditioning, TextEncoders, token_spans
from dreammix.protocol import Replacement, Stage
from dreammix.substitution.decomposition import decompose, orthonormal

_NEGATIONS: Final = frozenset({"no", "not", "without"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What the substitution changes in one stage.

    Attributes:
        tokens: the states of the prompt's words.
        pooled: the pooled embedding.
    """

    tokens: bool = True
    pooled: bool = True


EVERYTHING: Final = Reach()
NOTHING: Final = Reach(tokens=False, pooled=False)


@dataclass(frozen=True, slots=True)
class Substitution:
    """What TAS changes in the two stages."""

    local: Reach = EVERYTHING
    global_: Reach = EVERYTHING

    def reach(self, stage: Stage) -> Reach:
        return self.local if stage is Stage.LOCAL else self.global_


PAPERS_SUBSTITUTION: Final = Substitution()
"""Sec. 3.4: both stages see the decomposed embedding."""


@dataclass(frozen=True, slots=True, eq=False)
class Eliminated:
    """p_eli: what is taken out, as orthonormal rows.

    Attributes:
        tokens: (R, D), of joined states.
        pooled: (S, P), of pooled embeddings.
    """

    tokens: Tensor
    pooled: Tensor


def eliminated(text: TextEncoders, opening: str, replacements: Sequence[Replacement]) -> Eliminated:
    """What speaks for the replaced attributes.

    Each is encoded by itself, as a prompt would say it, "a [token] [old words]": the encoders read from left
    to right, so that these words' states are those of any prompt that goes on behind them. Every token of an
    old word is a direction; punctuation is none. What the edit itself asks for stays: of "dark red", when it
    is to be "red", only "dark" is eliminated.

    Args:
        text: the model's encoders.
        opening: what the prompt begins with, up to the subject's token: "a [token]".
        replacements: those that have no old words, or no other than the new ones, eliminate nothing.
    """
    phrases = [f"{opening} {words}" for words in map(_given_up, replacements) if words]
    if not phrases:
        return Eliminated(torch.empty(0, 0), torch.empty(0, 0))
    encoded = text.encode(phrases)
    old_words = [
        states[_positions(text, phrase, len(opening), words_only=True)]
        for states, phrase in zip(encoded.tokens, phrases, strict=True)
    ]
    return Eliminated(orthonormal(torch.cat(old_words)), orthonormal(encoded.pooled))


def prompt_words(text: TextEncoders, prompt: str) -> Tensor:
    """(L,) bool: the tokens that stand for something in the prompt; its start, end and padding do not."""
    words = torch.zeros(len(token_spans(text, prompt)[0]), dtype=torch.bool)
    words[_positions(text, prompt)] = True
    return words


def substitute(
    p_raw: Conditioning, words: Tensor, p_eli: Eliminated, strength: float, reach: Reach = EVERYTHING
) -> Conditioning:
    """p_dec: the prompt without what was eliminated.

    Args:
        p_raw: the prompt, one row.
        words: (L,) bool, the positions that change; the others keep every bit.
        p_eli: what is taken out of each of them, and of the pooled embedding.
        strength: 0 to 1; at 0 every bit stays.
        reach: what may change at all.
    """
    tokens, pooled = p_raw.tokens, p_raw.pooled
    if reach.tokens:
        decomposed = decompose(tokens, p_eli.tokens, strength)
        tokens = torch.where(words[:, None].to(tokens.device), decomposed, tokens)
    if reach.pooled:
        pooled = decompose(pooled, p_eli.pooled, strength)
    return Conditioning(tokens, pooled)


def _given_up(replacement: Replacement) -> str:
    """The old words that are none of those asked for: "without stripes" does not ask for stripes."""
    new = map(_bare, replacement.new.split())
    kept = set(takewhile(lambda word: word not in _NEGATIONS, new))
    return " ".join(word for word in replacement.old.split() if _bare(word) not in kept)


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


def _positions(text: TextEncoders, prompt: str, begin: int = 0, *, words_only: bool = False) -> list[int]:
    """Where one of the tokenizers has a token for what stands in the prompt from a character on."""

    def wanted(span: range) -> bool:
        said = prompt[span.start : span.stop]
        return bool(span) and span.start >= begin and (not words_only or any(map(str.isalnum, said)))

    both = zip(*token_spans(text, prompt), strict=True)
    return [position for position, spans in enumerate(both) if any(map(wanted, spans))]
