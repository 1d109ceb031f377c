"""What an edit replaces leaves the words of the prompt; all else that the U-Net is told stays."""

from itertools import permutations
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dreammix.conditioning import Conditioning, TextEncoders
from dreammix.models.base import load
from dreammix.protocol import AttributeKind, Replacement, Stage
from dreammix.substitution import (
    EVERYTHING,
    NOTHING,
    PAPERS_SUBSTITUTION,
    Reach,
    Substitution,
    eliminated,
    prompt_words,
    substitute,
)
from tests.tiny_model import TEXT_LENGTH

TOKENS = Reach(pooled=False)
AUTHORS_SUBSTITUTION = Substitution(global_=TOKENS)
"""As the authors' code has it: the pooled embedding is the raw one again in GCH."""
OPENING = "a q"
PROMPT = "a q red o, z"
WORDS = range(1, 7)
"""Where the prompt's words are, the comma among them."""


@pytest.fixture(scope="module")
def text(tiny_model: Path) -> TextEncoders:
    """The tiny model's encoders: "red" is one token, any other word one a letter; 16 tokens at most."""
    return load(tiny_model).text


def gives_way(old: str, new: str = "red") -> Replacement:
    """A replaced attribute; of which kind plays no part."""
    return Replacement(AttributeKind.COLOUR, old, new)


def decomposed(text: TextEncoders, *old: str, strength: float = 1.0) -> Conditioning:
    """The prompt without some old words."""
    p_eli = eliminated(text, OPENING, [gives_way(words) for words in old])
    return substitute(text.encode([PROMPT]), prompt_words(text, PROMPT), p_eli, strength)


def states(text: TextEncoders, phrase: str, *positions: int) -> Tensor:
    """Unit vectors along some tokens of a phrase."""
    return torch.nn.functional.normalize(text.encode([phrase]).tokens[0, list(positions)], dim=1)


def test_every_word_loses_the_old_word(text: TextEncoders) -> None:
    """None of the prompt's words has a part left that points where the old word does."""
    left = decomposed(text, "u").tokens[0, WORDS] @ states(text, "a q u", 3).T
    assert left.abs().max() < 1e-4
    assert (text.encode([PROMPT]).tokens[0, WORDS] @ states(text, "a q u", 3).T).abs().max() > 0.01


def test_all_tokens_of_an_old_word_are_removed(text: TextEncoders) -> None:
    """A word that the tokenizer cuts into letters goes as a whole; two old words go both."""
    p_dec = decomposed(text, "uv", "w")
    for removed in (states(text, "a q uv", 3, 4), states(text, "a q w", 3)):
        assert (p_dec.tokens[0, WORDS] @ removed.T).abs().max() < 1e-4


def test_the_beginning_the_end_and_padding_keep_every_bit(text: TextEncoders) -> None:
    """Only words change."""
    p_raw, p_dec = text.encode([PROMPT]), decomposed(text, "u")
    same = (p_raw.tokens == p_dec.tokens).all(dim=2)[0]
    assert same.tolist() == [True, *[False] * 6, *[True] * (TEXT_LENGTH - 7)]


def test_the_pooled_embedding_loses_each_old_phrase(text: TextEncoders) -> None:
    """What the second encoder makes of "a q u" as a whole is taken out of what it makes of the prompt."""
    p_dec = decomposed(text, "u", "w")
    for phrase in ("a q u", "a q w"):
        assert (p_dec.pooled @ text.encode([phrase]).pooled.T).abs().max() < 1e-4


def test_the_order_of_the_replacements_does_not_matter(text: TextEncoders) -> None:
    """Each old word is encoded by itself, and a basis of all is removed."""
    first, *others = (decomposed(text, *order) for order in permutations(["u", "vw", "red x"]))
    for other in others:
        torch.testing.assert_close(other.tokens, first.tokens, atol=1e-4, rtol=0)
        torch.testing.assert_close(other.pooled, first.pooled, atol=1e-4, rtol=0)


def test_strength_zero_is_the_raw_prompt(text: TextEncoders) -> None:
    """To the bit, whatever was replaced."""
    p_raw, p_dec = text.encode([PROMPT]), decomposed(text, "u", strength=0.0)
    assert torch.equal(p_raw.tokens, p_dec.tokens)
    assert torch.equal(p_raw.pooled, p_dec.pooled)


@pytest.mark.parametrize(
    "replacements",
    [
        [],
        [gives_way("")],
        [gives_way("red", "red")],
        [gives_way("Red", "red,")],
        [gives_way("red", "red x")],
    ],
)
def test_what_the_edit_keeps_or_adds_eliminates_nothing(
    text: TextEncoders, replacements: list[Replacement]
) -> None:
    """Where no old word gives way, every bit stays."""
    p_eli = eliminated(text, OPENING, replacements)
    p_raw = text.encode([PROMPT])
    p_dec = substitute(p_raw, prompt_words(text, PROMPT), p_eli, 1.0)
    assert torch.equal(p_raw.tokens, p_dec.tokens)
    assert torch.equal(p_raw.pooled, p_dec.pooled)


@pytest.mark.parametrize(
    ("old", "new", "given_up"),
    [
        ("u red", "red", "u"),
        ("u, red!", "x", "u red"),
        ("red", "without red", "red"),
        ("u red w", "red, no u", "u w"),
    ],
)
def test_only_words_that_nobody_asks_for_are_eliminated(
    text: TextEncoders, old: str, new: str, given_up: str
) -> None:
    """What the edit says too stays, unless it says that it does not want it; punctuation is no direction."""
    some = eliminated(text, OPENING, [gives_way(old, new)])
    same = eliminated(text, OPENING, [gives_way(given_up, "x")])
    assert len(some.tokens) == len(same.tokens) == sum(len(w) if w != "red" else 1 for w in given_up.split())
    if "," not in old:
        torch.testing.assert_close(some.tokens.T @ some.tokens, same.tokens.T @ same.tokens)


def test_an_attribute_beyond_the_encoders_length_is_no_error(text: TextEncoders) -> None:
    """Words that do not fit any more have no direction; those before them have."""
    assert len(eliminated(text, OPENING, [gives_way("uvw" * 20)]).tokens) <= TEXT_LENGTH - 2


@pytest.mark.parametrize(
    ("reach", "changes"), [(EVERYTHING, (True, True)), (TOKENS, (True, False)), (NOTHING, (False, False))]
)
def test_the_reach_says_what_changes(text: TextEncoders, reach: Reach, changes: tuple[bool, bool]) -> None:
    """Tokens, pooled embedding, or neither."""
    p_raw = text.encode([PROMPT])
    p_eli = eliminated(text, OPENING, [gives_way("u")])
    p_dec = substitute(p_raw, prompt_words(text, PROMPT), p_eli, 1.0, reach)
    assert torch.equal(p_raw.tokens, p_dec.tokens) is not changes[0]
    assert torch.equal(p_raw.pooled, p_dec.pooled) is not changes[1]


def test_the_paper_changes_both_stages_alike_and_the_authors_do_not() -> None:
    """In the authors' code the global stage gets the raw pooled embedding back."""
    assert {PAPERS_SUBSTITUTION.reach(stage) for stage in Stage} == {EVERYTHING}
    assert AUTHORS_SUBSTITUTION.reach(Stage.LOCAL) == EVERYTHING
    assert AUTHORS_SUBSTITUTION.reach(Stage.GLOBAL) == TOKENS
