"""Pictures as the U-Net learns from them: masked as artists mask, seen as inference sees, encoded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dreammix.geometry import (
    draw_around,
    flatten,
    local_view,
    mask_box,
    to_array,
    whole_view,
)
from dreammix.models.base import BaseModel
from dreammix.protocol import Size
from dreammix.sampling import Canvas
from dreammix.segmentation import HALF
from dreammix.training.lesson import Example


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch:
    """Encoded pairs of a picture and a mask, all seen at one size.

    Attributes:
        size: at which they are seen, in model pixels.
        latents: (N, C, h, w), scaled, of the pictures.
        told: (N, 1 + C, h, w), what an inpainting model is told: the mask m, 1 in the cells to be filled,
            then the latent of the picture with those pixels grey.
        words: (N,), which of the lesson's prompts each is learned under.
    """

    size: Size
    latents: Tensor
    told: Tensor
    words: Tensor

    @property
    def masks(self) -> Tensor:
        """(N, 1, h, w): m of Eq. 7."""
        return self.told[:, :1]

    def rows(self, which: Sequence[int]) -> Batch:
        """Some of its pairs."""
        index = torch.tensor(which, device=self.latents.device)
        return Batch(
            size=self.size, latents=self.latents[index], told=self.told[index], words=self.words[index]
        )

    @staticmethod
    def joined(parts: Sequence[Batch]) -> Batch:
        """Several of one size as one."""
        return Batch(
            size=parts[0].size,
            latents=torch.cat([part.latents for part in parts]),
            told=torch.cat([part.told for part in parts]),
            words=torch.cat([part.words for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.latents)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """All pairs of one kind of data, together with those of the same size."""

    batches: tuple[Batch, ...]

    def draw(self, rng: np.random.Generator, rows: int) -> Batch:
        """Pairs of one size, with repetition; over many draws every pair comes equally often."""
        return self._drawn(rng, rows, self._shares())

    def draw_beside(self, rng: np.random.Generator, rows: int, own: Batch, others: Pool) -> Batch:
        """What goes through the U-Net beside `own`, which `others` drew: of its size as often as can be.

        Of all ways to couple the two draws this has most in common, while over many of them every pair still
        comes equally often: the one regular picture that is of a photograph's size does not come each time.
        """
        mine, theirs = self._shares(), others._shares()
        common = {size: min(share, theirs.get(size, 0.0)) for size, share in mine.items()}
        if rng.random() < common.get(own.size, 0.0) / theirs[own.size]:
            return self._drawn(rng, rows, {own.size: 1.0})
        return self._drawn(rng, rows, {size: share - common[size] for size, share in mine.items()})

    def _shares(self) -> dict[Size, float]:
        """How often each size is drawn."""
        total = sum(map(len, self.batches))
        return {batch.size: len(batch) / total for batch in self.batches}

    def _drawn(self, rng: np.random.Generator, rows: int, shares: Mapping[Size, float]) -> Batch:
        weights = np.array([shares.get(batch.size, 0.0) for batch in self.batches])
        batch = self.batches[rng.choice(len(weights), p=weights / weights.sum())]
        return batch.rows([int(row) for row in rng.integers(len(batch), size=rows)])


@torch.no_grad()
def encode(
    model: BaseModel, example: Example, word: int, crops: float, rngs: Iterable[np.random.Generator]
) -> tuple[Batch, ...]:
    """Pairs of one example, each with a mask drawn around its thing, as inference would see them.

    Args:
        model: what encodes; the pairs stay on its device.
        example: what they show.
        word: the number of its prompt.
        crops: share of them that are seen as LCG sees them.
        rngs: one for each pair.
    """
    thing = mask_box((to_array(example.mask) >= HALF).astype(np.uint8))
    picture, size = flatten(to_array(example.picture)), example.picture.size
    autoencoder, device = model.autoencoder, model.device
    pairs = []
    for rng in rngs:
        canvas = Canvas(picture, draw_around(rng, thing, size))
        if rng.random() < crops:
            view = local_view(canvas.masked, size, model.native_side, model.multiple)
        else:
            view = whole_view(size, model.native_side, model.multiple)
        crop = canvas.crop(view)
        pairs.append(
            Batch(
                size=view.size,
                latents=autoencoder.encode(crop).to(device),
                told=canvas.tell(crop, view, autoencoder).channels().to(device),
                words=torch.tensor([word], device=device),
            )
        )
    return tuple(pairs)


def pooled(pairs: Iterable[Batch]) -> Pool:
    """All pairs of one kind of data, at least one."""
    by_size: dict[Size, list[Batch]] = {}
    for pair in pairs:
        by_size.setdefault(pair.size, []).append(pair)
    return Pool(tuple(Batch.joined(alike) for alike in by_size.values()))
