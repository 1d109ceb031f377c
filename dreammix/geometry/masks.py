"""Masks: where the model may paint, in boxes, in latent cells, and as a soft edge."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry.arrays import Bytes, Units
from dreammix.protocol import Box, InvalidMask

TILE_PX = 128
"""Side of the squares whose distances are computed at a time; those far from any edge are left out."""


def mask_box(mask: Bytes | Units) -> Box:
    """The smallest box of all pixels above 0 of a mask (H, W).

    Raises:
        InvalidMask: no pixel is above 0.
    """
    rows, columns = np.flatnonzero((mask > 0).any(axis=1)), np.flatnonzero((mask > 0).any(axis=0))
    if not rows.size:
        raise InvalidMask("The mask is empty", "no pixel of it is selected", "Select the region to paint in")
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)


def latent_mask(mask: Units, scale: int) -> Units:
    """The mask (H, W) in cells of `scale` pixels a side: 1 where any pixel of the cell is above 0, else 0.

    Raises:
        ValueError: a side of the mask is no multiple of `scale`.
    """
    height, width = mask.shape
    if height % scale or width % scale:
        raise ValueError(f"a mask of {width} x {height} has no whole cells of {scale}")
    cells = mask.reshape(height // scale, scale, width // scale, scale)
    highest: Units = cells.max(axis=(1, 3))
    return (highest > 0).astype(np.float32)


def feather(mask: Units, radius: int) -> Units:
    """The alpha (H, W) of a soft edge that lies inward of the mask's edge.

    It is the mask's own value times a ramp: from 0 at the edge, halfway between the last pixel inside and the
    first outside, to 1 at `radius` pixels (0 or more) of Euclidean distance from it. So it is never above the
    mask, and 0 outside. The picture's border is no edge. Where the whole mask is thinner than the ramp, the
    ramp ends at its deepest pixel, which keeps the mask's value: one pixel alone is painted, not hinted at.

    Raises:
        InvalidMask: the mask is empty.
    """
    box = mask_box(mask)
    alpha = mask.astype(np.float32, copy=True)
    if radius == 0:
        return alpha
    top, left = max(box.y - 1, 0), max(box.x - 1, 0)  # one more pixel a side, where there is one: the edge
    part = alpha[top : box.bottom + 1, left : box.right + 1]
    depth = np.sqrt(_squared_distance(part > 0, radius + 1)) - np.float32(0.5)
    part *= np.clip(depth / min(radius, depth.max()), 0, 1)
    return alpha


def _squared_distance(inside: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """Squared Euclidean distance from pixel to nearest outside pixel, centre to centre, up to `reach`.

    Exact: along columns first, then the lower envelope along rows (Saito and Toriwaki 1994). 0 outside.
    """
    columns = np.where(inside, reach, 0).astype(np.float32)
    for row in range(1, len(columns)):
        np.minimum(columns[row], columns[row - 1] + 1, out=columns[row])
    for row in range(len(columns) - 2, -1, -1):
        np.minimum(columns[row], columns[row + 1] + 1, out=columns[row])
    nearest = columns**2
    padded = np.pad(nearest, ((0, 0), (reach, reach)), constant_values=reach**2)
    for top, left in product(range(0, inside.shape[0], TILE_PX), range(0, inside.shape[1], TILE_PX)):
        tile = nearest[top : top + TILE_PX, left : left + TILE_PX]
        around = padded[top : top + TILE_PX, left : left + tile.shape[1] + 2 * reach]
        if around.min() == reach**2:
            continue
        for step in range(1, reach):
            if step**2 >= tile.max():
                break
            for offset in (reach - step, reach + step):
                np.minimum(tile, around[:, offset : offset + tile.shape[1]] + step**2, out=tile)
    return nearest
