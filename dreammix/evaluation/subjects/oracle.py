"""What is to be seen in a region: the metrics CLIP, asked about every attribute that has words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import torch
from torch import Tensor
from transformers import CLIPTokenizer

from dreammix.evaluation.judge import CONFIDENCE
from dreammix.geometry import Units
from dreammix.protocol import AttributeKind
from dreammix.sandbox import clip
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern, Thing

_ASKED: Final[Mapping[AttributeKind, tuple[type[StrEnum], tuple[str, ...]]]] = {
    AttributeKind.COLOUR: (Colour, clip.COLOUR),
    AttributeKind.PATTERN: (Pattern, clip.PATTERN),
    AttributeKind.MATERIAL: (Material, clip.MATERIAL),
    AttributeKind.ACCESSORY: (Accessory, clip.ACCESSORY),
}
"""Of each kind: its values, and a sentence for each."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What of a thing is there.

    Attributes:
        category: whether an object of its category is.
        attributes: of each kind, whether an object is there and has what the thing has.
    """

    category: bool
    attributes: Mapping[AttributeKind, bool]

    def kept(self, edited: AttributeKind | None) -> float:
        """The share of what should be as it is that is: the category and every attribute but the edited."""
        others = [right for kind, right in self.attributes.items() if kind is not edited]
        return (self.category + sum(others)) / (1 + len(others))


class Oracle:
    """The metrics CLIP with the world's sentences.

    Args:
        model: the CLIP.
        categories: (categories and defects, E), unit embeddings of `clip.CATEGORY`.
        sentences: of each kind, those of its sentences.
    """

    def __init__(
        self, model: clip.MetricsCLIP, categories: Tensor, sentences: Mapping[AttributeKind, Tensor]
    ) -> None:
        self._model, self._categories, self._sentences = model, categories, sentences

    @staticmethod
    @torch.no_grad()
    def of(model: clip.MetricsCLIP, tokenizer: CLIPTokenizer) -> Oracle:
        """Ask a CLIP as `dreammix.sandbox.clip.load` gives it."""

        def read(sentences: tuple[str, ...]) -> Tensor:
            return model.read(clip.token_ids(tokenizer, sentences))

        return Oracle(
            model, read(clip.CATEGORY), {kind: read(sentences) for kind, (_, sentences) in _ASKED.items()}
        )

    @torch.no_grad()
    def feature(self, picture: Units, region: Units) -> Tensor:
        """The unit embedding (E,) of what is in the region (H, W) of a picture (H, W, 3)."""
        look = torch.from_numpy(clip.look(picture, region)).movedim(-1, 0)[None]
        return self._model.see(look * 2 - 1)[0]

    def findings(self, feature: Tensor, thing: Thing) -> Findings:
        """What of a thing is to be seen in a picture of this embedding."""
        probability, best = self._model.logits(feature[None], self._categories)[0].softmax(0).max(0)
        told = int(best) < len(Category) and float(probability) >= CONFIDENCE
        own = {
            AttributeKind.COLOUR: thing.colour,
            AttributeKind.PATTERN: thing.pattern,
            AttributeKind.MATERIAL: thing.material,
            AttributeKind.ACCESSORY: thing.accessory,
        }
        return Findings(
            category=told and list(Category)[int(best)] is thing.category,
            attributes={
                kind: told and self._likeliest(feature, kind, thing) is value for kind, value in own.items()
            },
        )

    def _likeliest(self, feature: Tensor, kind: AttributeKind, thing: Thing) -> StrEnum:
        logits = self._model.logits(feature[None], self._sentences[kind])[0]
        values = list(_ASKED[kind][0])
        if kind is AttributeKind.COLOUR and thing.pattern is not Pattern.PLAIN:
            # Half of what is patterned is of the second colour, which no prompt names: it is no answer.
            logits[values.index(thing.traits.second)] = -torch.inf
        return values[int(logits.argmax())]
