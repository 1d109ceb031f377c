"""Resampling: from the canvas to the model's size and back, by one separable filter.

Along each axis on its own: shrinking averages exact areas, enlarging interpolates with Catmull-Rom's cubic,
an equal size is a copy. Constants stay constant, linear ramps stay linear except at the very border, and
nothing leaves [0, 1].
"""

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry.arrays import Bytes, Units, to_units
from dreammix.protocol import Box, Size

BLOCK_ROWS = 16
"""Output rows computed at a time: a block reads only the rows under it, which keeps 4096 x 4096 cheap."""
CUBIC_REACH = 2
"""How far Catmull-Rom's kernel reaches, in input pixels."""


def resample(picture: Bytes | Units, box: Box, size: Size) -> Units:
    """What lies in `box` of a picture (H, W, C) or mask (H, W), at another size; only the box is read.

    Raises:
        ValueError: the box does not lie inside the picture.
    """
    if not Box(0, 0, picture.shape[1], picture.shape[0]).contains(box):
        raise ValueError(f"{box} does not lie in a picture of the shape {picture.shape}")
    return fit(picture[box.y : box.bottom, box.x : box.right], size)


def fit(picture: Bytes | Units, size: Size, part: Box | None = None) -> Units:
    """The whole picture (H, W, C) or mask (H, W) at another size: `resample`'s way back to the canvas.

    Args:
        picture: what is to be scaled.
        size: of the whole.
        part: which part of that is wanted; the rest is not computed.
    """
    part = part or Box.of(size)
    rows = _along_rows(picture, size.height, part.y, part.bottom)
    columns = _along_rows(rows.swapaxes(0, 1), size.width, part.x, part.right).swapaxes(0, 1)
    return np.ascontiguousarray(np.clip(columns, 0, 1))


def low_pass(picture: Bytes | Units, size: Size, part: Box | None = None) -> Units:
    """What survives of a picture, or of a part of it, that goes through `size` and back.

    The rest is its fine detail.
    """
    return fit(fit(picture, size), Size(picture.shape[1], picture.shape[0]), part)


def _along_rows(picture: Bytes | Units, after: int, begin: int, end: int) -> Units:
    """Rows `begin` to `end` of the picture with `after` rows. Beyond the border its outer rows go on."""
    before = picture.shape[0]
    if before == after:
        return to_units(picture[begin:end])
    kernel = _area if after < before else _cubic
    result = np.empty((end - begin, *picture.shape[1:]), np.float32)
    for start in range(begin, end, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, end)
        first, last = start * before // after - CUBIC_REACH, -(-stop * before // after) + CUBIC_REACH
        rows = np.arange(first, last)
        weights = kernel(np.arange(start, stop)[:, None], rows, before, after)
        source = to_units(picture[np.clip(rows, 0, before - 1)])
        result[start - begin : stop - begin] = np.tensordot(weights, source, axes=1)
    return result


def _area(outputs: NDArray[np.int64], inputs: NDArray[np.int64], before: int, after: int) -> Units:
    """Weights: the share of each output pixel that each input pixel covers. Whole numbers, so exact."""
    left = np.maximum(outputs * before, inputs * after)
    right = np.minimum((outputs + 1) * before, (inputs + 1) * after)
    overlap: NDArray[np.int64] = np.maximum(right - left, 0)
    return (overlap / before).astype(np.float32)


def _cubic(outputs: NDArray[np.int64], inputs: NDArray[np.int64], before: int, after: int) -> Units:
    """Weights: Catmull-Rom's kernel (Keys 1981, a = -1/2), from output pixel's centre to input's."""
    distance = np.abs((outputs + 0.5) * (before / after) - (inputs + 0.5))
    near = 1 + distance**2 * (1.5 * distance - 2.5)
    far = 2 - distance * (4 - distance * (2.5 - 0.5 * distance))
    return np.select([distance < 1, distance < CUBIC_REACH], [near, far], 0).astype(np.float32)
