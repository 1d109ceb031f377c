"""Pictures as the U-Net learns from them: masked as artists mask, seen as inference sees, encoded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dreammix.geometry import (
    View,
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


class PoolMaker:
    """Gathers encoded pairs.

    Args:
        model: what encodes; the pairs stay on its device.
        words: the numbers of the prompts.
        crops: share of the pictures that are seen as LCG sees them.
    """

    def __init__(self, model: BaseModel, words: Mapping[str, int], crops: float) -> None:
        self._model = model
        self._words = words
        self._crops = crops
        self._pairs: dict[Size, list[Batch]] = {}

    @torch.no_grad()
    def add(self, example: Example, rngs: Iterable[np.random.Generator]) -> None:
        """Each time draw a mask around the example's thing, and encode what inference would see of it."""
        thing = mask_box((to_array(example.mask) >= HALF).astype(np.uint8))
        picture, size = flatten(to_array(example.picture)), example.picture.size
        autoencoder, device = self._model.autoencoder, self._model.device
        for rng in rngs:
            canvas = Canvas(picture, draw_around(rng, thing, size))
            view = self._view(canvas, size, cropped=rng.random() < self._crops)
            crop = canvas.crop(view)
            pair = Batch(
                size=view.size,
                latents=autoencoder.encode(crop).to(device),
                told=canvas.tell(crop, view, autoencoder).channels().to(device),
                words=torch.tensor([self._words[example.prompt]], device=device),
            )
            self._pairs.setdefault(view.size, []).append(pair)

    def _view(self, canvas: Canvas, size: Size, *, cropped: bool) -> View:
        native, multiple = self._model.native_side, self._model.multiple
        if cropped:
            return local_view(canvas.masked, size, native, multiple)
        return whole_view(size, native, multiple)

    def pool(self) -> Pool:
        """What has been gathered: at least one pair."""
        return Pool(tuple(Batch.joined(pairs) for pairs in self._pairs.values()))
