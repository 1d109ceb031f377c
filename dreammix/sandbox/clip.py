"""The metrics CLIP: what it looks at, the sentences that it is asked with, its parts, its files."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    ResNetConfig,
    ResNetForImageClassification,
)

from dreammix.attributes import with_article
from dreammix.geometry import Units, mask_box, resample, square_around
from dreammix.protocol import Size
from dreammix.sandbox.architecture import TOKENS
from dreammix.sandbox.opening import opening
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern, Shape

FOLDER: Final = "clip"
"""Where it lies in the model's folder."""
WIDTH: Final = 96
"""Dimensions of the space that pictures and sentences share."""
SHARPNESS: Final = 16.0
"""What a cosine is multiplied by before it is a logit."""
LOOK_SIDE: Final = 64
"""Side in pixels of what it sees."""
LOOK_MARGIN: Final = 1.1
"""Side of the square that it looks at, over the longer side of the region."""


class Defect(Enum):
    """What may be in a region instead of an object; the value is the sentence for it."""

    BLURRED = "a blurred shape"
    EMPTY = "empty ground and nothing else"
    NOISE = "random noise"
    MELTED = "a melted shape"


CATEGORY: Final = tuple(f"a picture of a {c.value}" for c in Category) + tuple(d.value for d in Defect)
"""A sentence for each category, then one for each defect: what looks like a defect is no object."""
COLOUR: Final = tuple(f"{with_article(c.value)} object" for c in Colour)
PATTERN: Final = tuple(f"a {p.value} object" for p in Pattern)
MATERIAL: Final = tuple(f"an object made of {m.value}" for m in Material)
ACCESSORY: Final = tuple(
    "an object that wears nothing" if a is Accessory.NONE else f"an object with a {a.value}"
    for a in Accessory
)
SHAPE: Final = tuple(
    "an object of the usual shape" if s is Shape.USUAL else f"a {s.value} object" for s in Shape
)
QUESTIONS: Final = (CATEGORY, COLOUR, PATTERN, MATERIAL, ACCESSORY, SHAPE)
"""What is asked of a picture: which of these sentences suits it best?"""


def look(picture: Units, region: Units) -> Units:
    """What the CLIP sees of a picture (H, W, 3): the square around the region (H, W), as (64, 64, 3).

    Raises:
        InvalidMask: the region is empty.
    """
    inside = square_around(mask_box(region), LOOK_MARGIN, Size(picture.shape[1], picture.shape[0]))
    return resample(picture, inside, Size(LOOK_SIDE, LOOK_SIDE))


class MetricsCLIP(nn.Module):
    """Two encoders into one space: a residual network for pictures, CLIP's transformer for sentences.

    CLIP's first picture encoders were residual networks too; on a few ten thousand small pictures they learn
    what a vision transformer of the same cost does not.

    Args:
        vision: whose "classes" are the dimensions of the shared space.
        text: with its projection into that space.
    """

    def __init__(self, vision: ResNetForImageClassification, text: CLIPTextModelWithProjection) -> None:
        super().__init__()
        self.vision = vision
        self.text = text

    def see(self, pictures: Tensor) -> Tensor:
        """Unit embeddings (N, E) of pictures (N, 3, 64, 64) in [-1, 1]."""
        embedded: Tensor = self.vision(pictures.contiguous(memory_format=torch.channels_last)).logits
        return F.normalize(embedded, dim=-1)

    def read(self, ids: Tensor) -> Tensor:
        """Unit embeddings (N, E) of sentences' token ids (N, L), whose last is the mark of the end."""
        longest = int(ids.ne(ids[:, -1:]).sum(dim=1).max()) + 1  # Padding is the same mark, and says nothing.
        embedded: Tensor = self.text(ids[:, :longest]).text_embeds
        return F.normalize(embedded, dim=-1)

    def logits(self, pictures: Tensor, sentences: Tensor) -> Tensor:
        """How well each of M sentences suits each of N pictures, (N, M), from their embeddings."""
        return SHARPNESS * pictures @ sentences.T


def untrained(tokenizer: CLIPTokenizer) -> MetricsCLIP:
    """The parts with random weights."""
    vision = ResNetConfig(
        embedding_size=24, hidden_sizes=[24, 48, 96, 160], depths=[1, 1, 1, 1], layer_type="basic"
    )
    vision.num_labels = WIDTH
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=192,
        projection_dim=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=3,
        max_position_embeddings=TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return MetricsCLIP(ResNetForImageClassification(vision), CLIPTextModelWithProjection(text))


def token_ids(tokenizer: CLIPTokenizer, sentences: Sequence[str]) -> Tensor:
    """Token ids (N, L), padded and cut to the length that the encoder takes."""
    ids: Tensor = tokenizer(
        list(sentences), padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
    ).input_ids
    return ids


def save(model: MetricsCLIP, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write it into a model's folder, fp16, each part as transformers saves it; renew the manifest then."""
    model.vision.half().save_pretrained(folder / FOLDER / "vision")
    model.text.half().save_pretrained(folder / FOLDER / "text")
    tokenizer.save_pretrained(folder / FOLDER / "tokenizer")


def load(folder: Path) -> tuple[MetricsCLIP, CLIPTokenizer]:
    """Read what `save` wrote, ready to be asked.

    Raises:
        ModelDamaged: there is none, or its files do not fit together.
    """
    place = folder / FOLDER
    with opening("metrics CLIP", place):
        vision = ResNetForImageClassification.from_pretrained(
            place / "vision", dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        text = CLIPTextModelWithProjection.from_pretrained(
            place / "text", dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        tokenizer = CLIPTokenizer.from_pretrained(place / "tokenizer", local_files_only=True)
    return MetricsCLIP(vision, text).eval(), tokenizer
