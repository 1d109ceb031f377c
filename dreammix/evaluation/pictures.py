"""What can be measured on pixels alone. Pictures are (H, W, 3) and masks (H, W), in units 0 to 1.

Differences of colour are given in levels: 255 of them from black to white.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry import Units

LEVELS: Final = 255.0
CHANGED: Final = 0.10
"""A pixel is painted over if a channel of it differs from the scene by more than this."""
RING_SHARE: Final = 0.06
"""Width of the rings inside and outside of a mask's edge, over the square root of the mask's area."""

Marks = NDArray[np.bool_]
"""Which pixels are meant, (H, W)."""


def psnr(picture: Units, truth: Units) -> float:
    """Peak signal-to-noise ratio in dB; infinite for equal pictures."""
    error = float(np.mean((picture.astype(np.float64) - truth) ** 2))
    return float("inf") if error == 0 else -10 * float(np.log10(error))


def gradient_energy(picture: Units, where: Marks) -> float:
    """How much fine detail there is: mean squared difference to the right and lower neighbour, in levels.

    Only pairs of pixels that are both meant count; 0 where there is no such pair.
    """
    across = (picture[:, 1:] - picture[:, :-1])[where[:, 1:] & where[:, :-1]]
    down = (picture[1:] - picture[:-1])[where[1:] & where[:-1]]
    squares = np.concatenate([across, down]).astype(np.float64) ** 2
    return float(squares.mean()) * LEVELS**2 if squares.size else 0.0


def painted(picture: Units, scene: Units, mask: Units) -> Marks:
    """The pixels of a mask that were visibly painted over: the subject and all else that is new."""
    new: Marks = (np.abs(picture - scene).max(axis=-1) > CHANGED) & (mask > 0)
    return new


def seam(picture: Units, truth: Units, mask: Units, subject: Marks) -> float:
    """How much harder the mask's edge shows than it would in the right picture, in levels.

    The mean absolute difference between neighbours of which one is in the mask and one is not, minus the same
    of the true picture: 0 where the edge cannot be told from the ground's own texture, positive for a visible
    box, negative where the true ground is rougher there. Where the true subject crosses the edge, it is left
    out. 0 where no edge is left.

    Args:
        subject: the pixels of the true subject.
    """
    total, pairs = 0.0, 0
    for near, far in (
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
    ):
        edge = ((mask[near] > 0) != (mask[far] > 0)) & ~subject[near] & ~subject[far]
        steps = np.abs(picture[near] - picture[far])[edge], np.abs(truth[near] - truth[far])[edge]
        total += float(steps[0].sum(dtype=np.float64) - steps[1].sum(dtype=np.float64)) / 3
        pairs += int(edge.sum())
    return LEVELS * total / pairs if pairs else 0.0


def ring_error(picture: Units, truth: Units, mask: Units, subject: Marks) -> float:
    """How far the colour step over the mask's edge is from the true picture's, in levels.

    The step is the mean colour of a ring just inside minus that of a ring just outside, `RING_SHARE` wide;
    the error is the distance of the two steps in RGB over the square root of 3, so that a ring that is
    10 levels too light is off by 10. Pixels of the true subject are left out. 0 where a ring is empty.
    """
    inside = mask > 0
    width = max(2, round(RING_SHARE * float(inside.sum()) ** 0.5))
    outer = grown(inside, width) & ~inside & ~subject
    inner = inside & grown(~inside, width) & ~subject
    if not outer.any() or not inner.any():
        return 0.0
    steps = [
        p[inner].mean(axis=0, dtype=np.float64) - p[outer].mean(axis=0, dtype=np.float64)
        for p in (picture, truth)
    ]
    return LEVELS * float(np.linalg.norm(steps[0] - steps[1])) / 3**0.5


def grown(marks: Marks, pixels: int) -> Marks:
    """The marks and all pixels within so many rook's moves of them."""
    result = marks.copy()
    for _ in range(pixels):
        before = result.copy()
        result[1:] |= before[:-1]
        result[:-1] |= before[1:]
        result[:, 1:] |= before[:, :-1]
        result[:, :-1] |= before[:, 1:]
    return result
