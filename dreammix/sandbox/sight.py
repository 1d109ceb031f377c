"""The sandbox's CLIP as the describers ask it, and the words of its world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch

from dreammix.attributes import COMMON, Sight
from dreammix.geometry import Units, to_array, to_units
from dreammix.models import find
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Picture, SampleFormat
from dreammix.sandbox import clip
from dreammix.sandbox.world import Accessory, Colour, Material, Pattern, Shape

NAME: Final = "sandbox"
"""What the sandbox model's manifest calls it."""
VOCABULARY: Final = (
    *(Attribute(AttributeKind.COLOUR, colour.value) for colour in Colour),
    *(Attribute(AttributeKind.MATERIAL, material.value) for material in Material),
    *(Attribute(AttributeKind.PATTERN, pattern.value) for pattern in Pattern),
    *(Attribute(AttributeKind.SHAPE, shape.value) for shape in Shape if shape is not Shape.USUAL),
    *(Attribute(AttributeKind.ACCESSORY, a.value) for a in Accessory if a is not Accessory.NONE),
)
"""Every attribute that the sandbox model knows: to describe with, and to make regular prompts from."""


def vocabulary_of(model: str) -> Sequence[Attribute]:
    """The attributes that a model of this name knows words for."""
    return VOCABULARY if model == NAME else COMMON


def sight_of(model: str) -> Sight | None:
    """The CLIP of the built-in model for one of its name, wherever that lies; None: others bring none.

    Raises:
        ModelDamaged: its CLIP cannot be loaded.
    """
    return SandboxSight(find(NAME)) if model == NAME else None


class SandboxSight:
    """`Sight` and `Similarity` of the metrics CLIP in a sandbox model's folder.

    Raises:
        ModelDamaged: it has none, or one that cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._model, self._tokenizer = clip.load(folder)

    @torch.no_grad()
    def __call__(self, pictures: Sequence[Picture], sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        looks = np.stack([_look(picture) for picture in pictures])
        seen = self._model.see(torch.from_numpy(looks).movedim(-1, 1) * 2 - 1)
        return cast("list[list[float]]", self._model.logits(seen, self._read(sentences)).tolist())

    @torch.no_grad()
    def similarity(self, words: Sequence[str]) -> Sequence[Sequence[float]]:
        """Cosines between words, -1 to 1."""
        read = self._read(words)
        return cast("list[list[float]]", (read @ read.T).tolist())

    def _read(self, sentences: Sequence[str]) -> torch.Tensor:
        return self._model.read(clip.token_ids(self._tokenizer, sentences))


def _look(picture: Picture) -> Units:
    """What it sees (64, 64, 3): the square around what is not transparent, the ground included."""
    if picture.format is not SampleFormat.RGBA8:
        raise DescriberFailure("A picture cannot be described", "it has no colours", "Choose another")
    pixels = to_units(to_array(picture))
    if not pixels[..., 3].any():
        raise DescriberFailure(
            "A picture cannot be described", "all of it is transparent", "Choose another picture or mask"
        )
    return clip.look(pixels[..., :3], pixels[..., 3])
