"""What a region shows where it shows no thing: a patch of one colour, whose outline says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

import numpy as np

from dreammix.geometry import Units

SIZES: Final = (0.8, 0.9, 1.0, 1.1, 1.25)
"""Half axes of a patch, over twice the standard deviations of the change that it stands for."""
EDGES: Final = (0.05, 0.2, 0.5)
"""Width of its edge, over its half axes."""
STEADIED: Final = 1e-3
"""Added to the change's variances, in squared pixels, so that one in a single row still has a patch."""


def patches(ground: Units, seen: Units, weights: Units) -> Iterator[Units]:
    """The ground with an elliptic patch where a picture differs from it, in several sizes and softnesses.

    Args:
        ground, seen: (H, W, 3).
        weights: (H, W), what counts of them.
    """
    yield ground
    change = np.abs(seen - ground).sum(axis=-1) * weights
    if not change.any():
        return
    rows, columns = np.indices(change.shape)
    places = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    share = change.reshape(-1) / change.sum()
    apart = places - share @ places
    spread = (apart * share[:, None]).T @ apart + STEADIED * np.eye(2)
    # Twice the standard deviation of an even ellipse is its half axis.
    distance = np.sqrt(np.einsum("ni,ij,nj->n", apart, np.linalg.inv(spread), apart)) / 2
    for size, edge in product(SIZES, EDGES):
        cover = np.clip(0.5 - (distance.reshape(change.shape) - size) / edge, 0, 1)
        inside = (cover > 0.5) & (weights > 0)
        if inside.any():
            colour = np.median(seen[inside], axis=0)
            yield np.asarray(ground + cover[..., None] * (colour - ground), np.float32)
