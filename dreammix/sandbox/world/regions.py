"""Regions as an artist draws them: boxes, ellipses, blobs and loose shapes around an object, or anywhere."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dreammix.sandbox.world.grounds import noise


class RegionKind(Enum):
    """How a region is drawn."""

    BOX = "box"
    ELLIPSE = "ellipse"
    BLOB = "blob"
    LOOSE = "loose"


def region_around(
    rng: np.random.Generator,
    centre: tuple[float, float],
    half: tuple[float, float],
    size: tuple[int, int],
    kind: RegionKind,
) -> NDArray[np.float32]:
    """A region around a box: boxes hold all of it, the rounder kinds may cut its corners.

    Args:
        centre, half: the box's centre and half sides (x, y) in pixels.
        size: of the picture, (height, width).

    Returns:
        Mask (height, width), 0 or 1.
    """
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slack = rng.uniform(1.02, 1.30, 4) if kind is not RegionKind.LOOSE else rng.uniform(1.1, 2.2, 4)
    left, right = centre[0] - half[0] * slack[0], centre[0] + half[0] * slack[1]
    top, bottom = centre[1] - half[1] * slack[2], centre[1] + half[1] * slack[3]
    cx, cy = (left + right) / 2, (top + bottom) / 2
    hx, hy = max((right - left) / 2, 0.7), max((bottom - top) / 2, 0.7)
    u, v = np.abs(x + 0.5 - cx) / hx, np.abs(y + 0.5 - cy) / hy
    match kind:
        case RegionKind.BOX:
            distance = np.maximum(u, v)
        case RegionKind.ELLIPSE:
            distance = np.hypot(u, v) / 1.18
        case RegionKind.BLOB | RegionKind.LOOSE:
            power = rng.uniform(2.0, 4.0)
            distance = (u**power + v**power) ** (1 / power) / 1.12
            distance += 0.09 * noise(rng, height, width, max(hx, hy) * 0.6)
    mask = np.asarray(distance <= 1.0, np.float32)
    if not mask.any():
        mask[min(max(int(cy), 0), height - 1), min(max(int(cx), 0), width - 1)] = 1.0
    return mask


def region_of(
    rng: np.random.Generator, coverage: NDArray[np.float32], kind: RegionKind | None = None
) -> NDArray[np.float32]:
    """A region around an object's coverage (H, W), drawn as `kind` or any; room is left for its shadow."""
    rows, columns = np.flatnonzero(coverage.max(axis=1) > 0.05), np.flatnonzero(coverage.max(axis=0) > 0.05)
    kind = list(RegionKind)[rng.integers(4)] if kind is None else kind
    if rows.size == 0 or columns.size == 0:
        return region_anywhere(rng, (coverage.shape[0], coverage.shape[1]), kind)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    centre = ((left + right) / 2, (top + bottom) / 2 + 0.03 * (bottom - top))
    return region_around(rng, centre, ((right - left) / 2, (bottom - top) / 2 * 1.06), coverage.shape, kind)


def region_anywhere(
    rng: np.random.Generator, size: tuple[int, int], kind: RegionKind | None = None
) -> NDArray[np.float32]:
    """A region of any size and place, 0 or 1, (height, width)."""
    height, width = size
    kind = list(RegionKind)[rng.integers(4)] if kind is None else kind
    half = float(np.exp(rng.uniform(np.log(0.06), np.log(0.45)))) * np.exp(rng.normal(0, 0.25, 2)) * min(size)
    centre = (float(rng.uniform(0.1, 0.9) * width), float(rng.uniform(0.1, 0.9) * height))
    return region_around(rng, centre, (float(half[0]), float(half[1])), size, kind)
