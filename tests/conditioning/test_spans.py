"""Each token is traced to the characters that it stands for, whatever they are."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from dreammix.conditioning import Spans, TextEncoders, token_spans
from dreammix.models.base import load
from tests.tiny_model import TEXT_LENGTH


@pytest.fixture(scope="session")
def text(tiny_model: Path) -> TextEncoders:
    """The tiny model's encoders: "red" is one token, any other word one a letter."""
    return load(tiny_model).text


def said(prompt: str, spans: Spans) -> list[str]:
    """What the tokens stand for, without those that stand for nothing."""
    return [prompt[span.start : span.stop] for span in spans if span]


def test_each_token_has_its_characters(text: TextEncoders) -> None:
    """Words of one token and of several, signs and spaces: the first and last tokens stand for nothing."""
    prompt = "A  Red mug's, red"
    first, second = token_spans(text, prompt)
    assert first == second
    assert said(prompt, first) == ["A", "Red", "m", "u", "g", "'", "s", ",", "red"]
    assert not first[0]
    assert all(not span for span in first[10:])
    assert len(first) == TEXT_LENGTH


def test_the_same_word_is_found_at_each_place(text: TextEncoders) -> None:
    """A word that comes twice has two spans, at its own characters."""
    spans, _ = token_spans(text, "red a red")
    assert [span for span in spans if span] == [range(0, 3), range(4, 5), range(6, 9)]


def test_a_letter_of_several_bytes_is_several_tokens(text: TextEncoders) -> None:
    """All of them stand for that letter, however it is composed."""
    assert said("éa", token_spans(text, "éa")[0]) == ["é", "é", "a"]
    decomposed = "e\u0301 a"
    assert said(decomposed, token_spans(text, decomposed)[0]) == ["e", "e", "a"]


def test_what_was_cut_off_has_no_token(text: TextEncoders) -> None:
    """Of a prompt that is too long the first tokens are left, with the end behind them."""
    spans, _ = token_spans(text, "red " * TEXT_LENGTH)
    assert [bool(span) for span in spans] == [False, *[True] * (TEXT_LENGTH - 2), False]


def test_marks_that_a_prompt_spells_out_are_no_words(text: TextEncoders) -> None:
    """Who writes the end's own name into a prompt gets an end."""
    prompt = "red <|endoftext|> red"
    assert said(prompt, token_spans(text, prompt)[0]) == ["red", "red"]


def test_padding_with_a_sign_does_not_hide_that_sign(text: TextEncoders) -> None:
    """SDXL's second tokenizer pads with "!", and a "!" in the prompt is a word all the same."""
    first, second = text.tokenizers
    merges: Any = [("r", "e"), ("re", "d</w>")]  # As in tests.tiny_model.
    padding = CLIPTokenizer(
        vocab=second.get_vocab(), merges=merges, pad_token="!", model_max_length=TEXT_LENGTH
    )
    _, spans = token_spans(TextEncoders((first, padding), text.encoders), "red! !")
    assert said("red! !", spans) == ["red", "!", "!"]
    assert [bool(span) for span in spans] == [False, True, True, True, *[False] * (TEXT_LENGTH - 4)]


@given(prompt=st.text(st.sampled_from("red aé!,'1\u0301\n\u00adß漢🙂"), max_size=20))
def test_the_spans_run_through_the_prompt(text: TextEncoders, prompt: str) -> None:
    """Spans follow the prompt from left to right, and all that is printed is in one, if there is room."""
    spans = [span for span in token_spans(text, prompt)[0] if span]
    assert all(one.start <= other.start for one, other in pairwise(spans))
    if len(spans) < TEXT_LENGTH - 2:
        covered = {character for span in spans for character in span}
        letters = {index for index, character in enumerate(prompt) if character.isalnum()}
        assert letters <= covered
