"""The identity token: a word that a model's tokenizer has, and that nobody needs."""

from __future__ import annotations

from typing import Final

from transformers import CLIPTokenizer

from dreammix.protocol import ModelDamaged

RARE_WORDS: Final = ("sks", "q", "z", "x", "j", "v", "k")
"""In the order of preference: what subjects are called in SDXL's tokenizer, where it is one of the rarest
tokens, then the rarest letters. A letter is a token of every byte-pair encoding of bytes, and hardly a text
has it as a word: it stands for nothing yet."""

_WORD_END: Final = "</w>"


def rare_token(tokenizer: CLIPTokenizer) -> str:
    """The first of `RARE_WORDS` that is a single token. Raises ModelDamaged where none is."""
    for word in RARE_WORDS:
        if tokenizer.tokenize(word) == [f"{word}{_WORD_END}"]:
            return word
    raise ModelDamaged(
        "The model cannot learn subjects", "its tokenizer has no rare word", "Choose another model"
    )
