"""The reader: which thing of the world a region shows, whatever was asked for; its parts, its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from transformers import RegNetConfig, RegNetForImageClassification

from dreammix.geometry import Units, mask_box, resample, square_around
from dreammix.protocol import Size
from dreammix.sandbox.opening import opening
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern

FOLDER: Final = "reader"
"""Where it lies in the model's folder."""
SIDE: Final = 96
"""Side in pixels of what it sees."""
MARGIN: Final = 1.1
"""Side of the square that it sees, over the longer side of the region."""
PLANES: Final = 7
"""What it sees of each pixel: the result, how that differs from the scene (3 each), and the region."""
NOTHING: Final = len(Category)
"""Its answer, beside the categories, where there is no thing."""
HEADS: Final = (NOTHING + 1, len(Colour), len(Colour), len(Pattern), len(Material), len(Accessory), 1)
"""How many choices it has: category, colour, a pattern's second colour, pattern, material, accessory; and one
number, how wide the thing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The thing that a region shows.

    Attributes:
        colours: its colour; where it has a pattern, both: of stripes nobody can tell which is the main one.
        wide: how wide it is without its accessory; see `width_of`.
    """

    category: Category
    colours: frozenset[Colour]
    pattern: Pattern
    material: Material
    accessory: Accessory
    wide: float


def width_of(coverage: Units) -> float:
    """How far what is covered (H, W) spreads across, over how far downwards, as a natural logarithm."""
    share = coverage / coverage.sum()
    rows, columns = np.indices(coverage.shape)
    across, down = ((share * (at - (share * at).sum()) ** 2).sum() for at in (columns, rows))
    return float(np.log(across / down)) / 2


def look(scene: Units, result: Units, region: Units) -> Units:
    """What it sees of a scene and of that with a result, both (H, W, 3), around the region (H, W): (7, S, S).

    Raises:
        InvalidMask: the region is empty.
    """
    inside = square_around(mask_box(region), MARGIN, Size(scene.shape[1], scene.shape[0]))
    return planes(*(resample(it, inside, Size(SIDE, SIDE)) for it in (scene, result, region)))


def planes(ground: Units, shown: Units, region: Units) -> Units:
    """What it sees (7, S, S) of a square: without (S, S, 3) and with a result, and the region (S, S)."""
    seen = np.concatenate([shown, shown - ground, region[..., None]], axis=-1)
    return np.ascontiguousarray(np.moveaxis(seen, -1, 0))


class Reader(nn.Module):
    """A residual network that answers for each of `HEADS`.

    One that pools after its first layer cannot tell dots from rings: a pattern's lines are 6 pixels wide.

    Args:
        network: whose "classes" are the choices of all heads.
    """

    def __init__(self, network: RegNetForImageClassification) -> None:
        super().__init__()
        self.network = network

    def forward(self, looks: Tensor) -> tuple[Tensor, ...]:
        """What it says of N looks (N, 7, S, S): of each of `HEADS` (N, choices)."""
        said: Tensor = self.network(looks.contiguous(memory_format=torch.channels_last)).logits
        return torch.split(said, list(HEADS), dim=1)

    @torch.no_grad()
    def read(self, looks: Sequence[Units]) -> list[Seen | None]:
        """What each look shows; None where there is no thing."""
        *named, width = self(torch.from_numpy(np.stack(looks)))
        either = named[1].softmax(dim=1) + named[2].softmax(dim=1)
        return [
            _seen([int(said[row].argmax()) for said in named], either[row].topk(2).indices.tolist(), wide)
            for row, wide in enumerate(width[:, 0].tolist())
        ]


def _seen(chosen: Sequence[int], dyes: Sequence[int], wide: float) -> Seen | None:
    category, colour, _, pattern, material, accessory = chosen
    if category == NOTHING:
        return None
    plain = list(Pattern)[pattern] is Pattern.PLAIN
    return Seen(
        category=list(Category)[category],
        colours=frozenset(list(Colour)[dye] for dye in ((colour,) if plain else dyes)),
        pattern=list(Pattern)[pattern],
        material=list(Material)[material],
        accessory=list(Accessory)[accessory],
        wide=wide,
    )


def untrained() -> Reader:
    """A small one with random weights."""
    config = RegNetConfig(
        num_channels=PLANES,
        embedding_size=32,
        hidden_sizes=[48, 96, 160, 224],
        depths=[1, 1, 2, 1],
        groups_width=224,
        layer_type="x",
    )
    config.num_labels = sum(HEADS)
    return Reader(RegNetForImageClassification(config))


def save(reader: Reader, folder: Path) -> None:
    """Write it into a model's folder, fp16 as it is then, as transformers saves it; renew the manifest."""
    reader.network.half().save_pretrained(folder / FOLDER)


def load(folder: Path) -> Reader:
    """Read what `save` wrote, ready to be asked.

    Raises:
        ModelDamaged: there is none, or its files do not fit together.
    """
    place = folder / FOLDER
    with opening("reader", place):
        network = RegNetForImageClassification.from_pretrained(
            place, dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        if network.config.num_labels != sum(HEADS):
            raise ValueError(f"it has {network.config.num_labels} answers, not {sum(HEADS)}")
    return Reader(network).eval()
