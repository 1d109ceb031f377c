"""Where the characters of a prompt went: what each token stands for, from the tokenizers' own offsets."""

from __future__ import annotations

from typing import TypeAlias

from transformers import CLIPTokenizer

from dreammix.conditioning.text import TextEncoders

Spans: TypeAlias = tuple[range, ...]
"""For each of L tokens the characters that it stands for; empty at a prompt's start, end and padding."""


def token_spans(text: TextEncoders, prompt: str) -> tuple[Spans, Spans]:
    """The spans of a prompt, for each encoder's tokenizer.

    Mostly they are the same; SDXL's second tokenizer, which pads with "!", cuts that sign in its own way. A
    letter of several bytes may be several tokens, which then all stand for it. What was cut off at the
    encoders' length has no token.
    """
    first, second = (_spans(tokenizer, prompt) for tokenizer in text.tokenizers)
    return first, second


def _spans(tokenizer: CLIPTokenizer, prompt: str) -> Spans:
    encoding = tokenizer(
        prompt,
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_offsets_mapping=True,
    )
    marks = {tokenizer.bos_token_id, tokenizer.eos_token_id}  # Also where a prompt spells them out.
    return tuple(
        range(0) if token in marks else range(*offsets)
        for token, offsets in zip(encoding.input_ids, encoding.offset_mapping, strict=True)
    )
