"""The identity token, and what fits into memory."""

from typing import Any

import pytest
from transformers import CLIPTokenizer

from dreammix.models import find
from dreammix.models.base import BaseModel
from dreammix.models.single_file import tokenizers
from dreammix.protocol import ModelDamaged
from dreammix.sandbox.world import Accessory, Category, Colour, GroundKind, Material, Pattern, Shape
from dreammix.training import rare_token
from dreammix.training.memory import activation_bytes, must_checkpoint


def tokenizer_of(*words: str) -> CLIPTokenizer:
    """CLIP's encoding over a vocabulary of letters and these words."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges: Any = []  # The library's own annotation says strings, its code says pairs.
    for word in words:
        left = word[0]
        for letter in word[1:-1]:
            merges.append((left, letter))
            left += letter
            vocabulary.append(left)
        merges.append((left, f"{word[-1]}</w>"))
        vocabulary.append(f"{word}</w>")
    tokens = {token: number for number, token in enumerate([*vocabulary, "<|startoftext|>", "<|endoftext|>"])}
    return CLIPTokenizer(vocab=tokens, merges=merges)


def test_sks_is_taken_where_it_is_one_token() -> None:
    """As in SDXL's vocabulary."""
    assert rare_token(tokenizer_of("mug", "sks")) == "sks"
    assert rare_token(tokenizers()[0]) == "sks"


def test_a_rare_letter_is_taken_elsewhere() -> None:
    """A letter is a token of its own in every byte-pair encoding."""
    assert rare_token(tokenizer_of("mug")) == "q"


def test_the_sandboxs_token_is_no_word_of_its_world() -> None:
    """One token, and none that a caption of the world has."""
    tokenizer = CLIPTokenizer.from_pretrained(find("sandbox"), subfolder="tokenizer")
    token = rare_token(tokenizer)
    (number,) = tokenizer(token, add_special_tokens=False).input_ids
    said = " ".join(
        word.value
        for kind in (Accessory, Category, Colour, GroundKind, Material, Pattern, Shape)
        for word in kind
    )
    assert number not in tokenizer(said).input_ids


def test_a_tokenizer_without_letters_is_refused() -> None:
    """No model of use has one."""
    with pytest.raises(ModelDamaged):
        rare_token(CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1}, merges=[]))


def test_activations_are_computed_twice_where_they_do_not_fit(
    model: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The more pictures at once, the more memory; a quarter of it is left to others."""
    needed = activation_bytes(model, 2)
    assert needed == 2 * activation_bytes(model, 1)
    for free, must in ((needed, True), (4 * needed, False)):
        monkeypatch.setattr("dreammix.training.memory.free_bytes", lambda device, free=free: free)
        assert must_checkpoint(model, 2) is must
