"""SDXL's two text encoders behind one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from dreammix.protocol import Size

MAX_HEARD: Final = 128
"""Most prompts whose embeddings are kept: 40 MB of SDXL's in half precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What the U-Net is told by words.

    Attributes:
        tokens: (N, L, D), the penultimate states of both encoders, joined.
        pooled: (N, P), the second encoder's projected embedding.
    """

    tokens: Tensor
    pooled: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class TextEncoders:
    """Both tokenizers and encoders of a model, in SDXL's order.

    What was encoded last is kept, so the encoders have to stay as they are; where they wear something, or
    learn, another value is made of them.

    Attributes:
        tokenizers: words to numbers.
        encoders: numbers to embeddings.
        device: where the encoders compute; None: where their weights are.
        heard: what was encoded, by its prompts, the oldest first: at most `MAX_HEARD` of them together.
    """

    tokenizers: tuple[CLIPTokenizer, CLIPTokenizer]
    encoders: tuple[CLIPTextModel, CLIPTextModelWithProjection]
    device: torch.device | None = None
    heard: dict[tuple[str, ...], Conditioning] = field(default_factory=dict, init=False, repr=False)

    def ids(self, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids for each encoder, each (N, L), padded and cut to the encoder's length."""
        first, second = (
            tokenizer(
                list(prompts),
                padding="max_length",
                max_length=tokenizer.model_max_length,
                truncation=True,
                return_tensors="pt",
            ).input_ids
            for tokenizer in self.tokenizers
        )
        return first, second

    def states(self, ids: tuple[Tensor, Tensor]) -> Conditioning:
        """Run the encoders; gradients flow where they are wanted.

        Args:
            ids: as `ids` gives them, on the encoders' device.
        """
        outputs = [
            encoder(i, output_hidden_states=True) for encoder, i in zip(self.encoders, ids, strict=True)
        ]
        tokens = torch.cat([output.hidden_states[-2] for output in outputs], dim=-1)
        return Conditioning(tokens, outputs[1].text_embeds)

    def encode(self, prompts: Sequence[str]) -> Conditioning:
        """Encode prompts, unless they were among the last; one row each, which nobody may change in place."""
        key = tuple(prompts)
        found = self.heard.pop(key, None)
        self.heard[key] = found or self._encode(key)
        while sum(map(len, self.heard)) > MAX_HEARD and len(self.heard) > 1:
            del self.heard[next(iter(self.heard))]
        return self.heard[key]

    @torch.no_grad()
    def _encode(self, prompts: Sequence[str]) -> Conditioning:
        first, second = (
            ids.to(self.device or encoder.device)
            for encoder, ids in zip(self.encoders, self.ids(prompts), strict=True)
        )
        return self.states((first, second))


def time_ids(size: Size) -> Tensor:
    """SDXL's size numbers for a picture made whole at this size, in pixels.

    Returns:
        (1, 6): original (height, width), crop's top left (0, 0), target (height, width).
    """
    return torch.tensor([[size.height, size.width, 0.0, 0.0, size.height, size.width]])
