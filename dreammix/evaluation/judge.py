"""Who says what is in a region: the metrics CLIP, asked with the world's words or "none of these"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from dreammix.geometry import Units
from dreammix.models import find
from dreammix.sandbox import clip
from dreammix.sandbox.world import Category, Colour, Thing

CONFIDENCE: Final = 0.5
"""Least probability of a category: below it, a region holds no object that can be told."""
BATCH: Final = 32
"""Regions that are looked at together."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is seen in a region.

    Attributes:
        category: None where it is blurred, empty, noise, or nothing that can be told.
        colour: the likeliest, of an object or of whatever else is there.
    """

    category: Category | None
    colour: Colour

    def right_category(self, thing: Thing) -> bool:
        """Whether this is what was asked for."""
        return self.category is thing.category

    def right_colour(self, thing: Thing) -> bool:
        """Whether an object is there, and its colour is the one that was asked for."""
        return self.category is not None and self.colour is thing.colour


class Judge:
    """The metrics CLIP of a model's folder, ready to look.

    Args:
        model: the CLIP.
        sentences: (number of sentences, E), unit embeddings of `clip.CATEGORY` and then of `clip.COLOUR`.
    """

    def __init__(self, model: clip.MetricsCLIP, sentences: Tensor) -> None:
        self._model = model
        self._sentences = sentences

    @staticmethod
    @torch.no_grad()
    def load(name_or_folder: str | Path) -> Judge:
        """Load the CLIP that came with a model. Raises ModelNotFound, ModelDamaged."""
        model, tokenizer = clip.load(find(str(name_or_folder)))
        ids = clip.token_ids(tokenizer, [*clip.CATEGORY, *clip.COLOUR])
        return Judge(model, model.read(ids))

    @torch.no_grad()
    def verdicts(self, pictures: Sequence[Units], regions: Sequence[Units]) -> list[Verdict]:
        """What is in the region (H, W) of each picture (H, W, 3), looked at as it is and in a mirror."""
        looks = [torch.from_numpy(clip.look(p, r)) for p, r in zip(pictures, regions, strict=True)]
        parts = [
            torch.stack(looks[i : i + BATCH]).movedim(-1, 1) * 2 - 1 for i in range(0, len(looks), BATCH)
        ]
        return [
            _verdict(row) for part in parts for row in (self._logits(part) + self._logits(part.flip(-1))) / 2
        ]

    def _logits(self, looks: Tensor) -> Tensor:
        return self._model.logits(self._model.see(looks), self._sentences)


def _verdict(logits: Tensor) -> Verdict:
    """The verdict on the logits of `clip.CATEGORY` and then of `clip.COLOUR`."""
    probability, best = logits[: len(clip.CATEGORY)].softmax(0).max(0)
    told = int(best) < len(Category) and float(probability) >= CONFIDENCE
    colour = list(Colour)[int(logits[len(clip.CATEGORY) :].argmax())]
    return Verdict(list(Category)[int(best)] if told else None, colour)
