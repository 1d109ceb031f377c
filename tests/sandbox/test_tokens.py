"""The tokenizer is a real byte-pair encoding of the world's words."""

from pathlib import Path

import numpy as np
import pytest
from transformers import CLIPTokenizer

from dreammix.sandbox.architecture import TOKENS
from dreammix.sandbox.tokens import CAPTIONS, VOCABULARY, learn_tokenizer
from dreammix.sandbox.world import (
    NAMED_GROUNDS,
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    Shape,
    caption,
    sample_ground,
    sample_thing,
)

WORLD_WORDS = [
    word.value
    for kind in (Category, Colour, Pattern, Material, NAMED_GROUNDS, Shape)
    for word in kind
    if word is not Shape.USUAL
]


def ids(tokenizer: CLIPTokenizer, text: str) -> list[int]:
    """A text's token ids, with the marks of beginning and end."""
    return [int(i) for i in tokenizer(text).input_ids]


@pytest.mark.parametrize("word", [*WORLD_WORDS, *(a.value for a in Accessory if a is not Accessory.NONE)])
def test_a_word_of_the_world_is_one_token(learned: CLIPTokenizer, word: str) -> None:
    """What captions say often has an embedding of its own."""
    assert len(ids(learned, word)) == 3


@pytest.mark.parametrize("word", ["xylophone", "turquoise", "giraffe"])
def test_a_rare_word_is_several_tokens(learned: CLIPTokenizer, word: str) -> None:
    """A word that no caption has is spelled."""
    assert len(ids(learned, word)) > 4
    assert learned.decode(ids(learned, word), skip_special_tokens=True) == word


@pytest.mark.parametrize("text", ["a café", "日本 mug", "¡red!", ""])
def test_any_text_has_tokens(learned: CLIPTokenizer, text: str) -> None:
    """Every byte is known, so nothing is an unknown word."""
    found = ids(learned, text)
    assert found[0] == learned.bos_token_id
    assert found[1:].index(learned.eos_token_id) == len(found) - 2


def test_every_caption_comes_back(learned: CLIPTokenizer) -> None:
    """No caption is cut, and its tokens spell it."""
    rng = np.random.default_rng(9)
    for _ in range(300):
        text = caption(rng, sample_thing(rng), sample_ground(rng).kind)
        found = ids(learned, text)
        assert len(found) <= TOKENS
        spelled = str(learned.decode(found, skip_special_tokens=True))
        assert spelled.replace(" ", "") == text.replace(" ", "")


def test_capitals_do_not_matter(learned: CLIPTokenizer) -> None:
    """As in CLIP."""
    assert ids(learned, "A Red MUG") == ids(learned, "a red mug")


def test_the_vocabulary_is_small_and_without_gaps(learned: CLIPTokenizer) -> None:
    """Ids count up from 0, and the last two mark beginning and end, as in CLIP."""
    vocabulary = learned.get_vocab()
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    assert 512 < len(vocabulary) <= VOCABULARY
    assert [learned.bos_token_id, learned.eos_token_id] == [len(vocabulary) - 2, len(vocabulary) - 1]
    assert learned.pad_token_id == learned.eos_token_id


def test_a_saved_tokenizer_comes_back(learned: CLIPTokenizer, tmp_path: Path) -> None:
    """What is written is read again as the same tokenizer."""
    learned.save_pretrained(tmp_path)
    again = CLIPTokenizer.from_pretrained(tmp_path)
    assert again.get_vocab() == learned.get_vocab()
    assert again.model_max_length == TOKENS
    for text in ("a red mug with stripes", "xylophone"):
        assert ids(again, text) == ids(learned, text)


def test_the_same_seed_learns_the_same_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning is deterministic, and depends on the captions that the seed draws."""
    monkeypatch.setattr("dreammix.sandbox.tokens.CAPTIONS", CAPTIONS // 60)
    first, again, other = (learn_tokenizer(seed).get_vocab() for seed in (1, 1, 2))
    assert first == again
    assert first != other
