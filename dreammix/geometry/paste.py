"""Pasting a layer over a scene, to the byte."""

import numpy as np

from dreammix.geometry.arrays import Bytes
from dreammix.protocol import Box

BLOCK_ROWS = 64
"""Rows pasted at a time, so that a large soft layer needs little memory."""
OPAQUE = 255
"""Alpha of what hides everything below it."""
GROUND = 255
"""The sample (white) that transparent parts of a scene show to a model, which knows no transparency."""


def paste(scene: Bytes, layer: Bytes, box: Box) -> Bytes:
    """The scene (H, W, 3) or (H, W, 4) with a layer (h, w, 4) over it, whose place is `box`.

    Porter and Duff's "over" with straight alpha, as exact fractions rounded to the nearest byte. Outside the
    box, and where the layer's alpha is 0, every byte stays as it is; where it is 255, the layer's pixel takes
    the place of the scene's; a transparent pixel of the scene lends the result no colour.

    Raises:
        ValueError: the box does not lie inside the scene, or is not of the layer's size.
    """
    if not Box(0, 0, scene.shape[1], scene.shape[0]).contains(box) or layer.shape != (
        box.height,
        box.width,
        4,
    ):
        raise ValueError(f"a layer of the shape {layer.shape} at {box} does not fit a scene of {scene.shape}")
    result = scene.copy()
    for start in range(0, box.height, BLOCK_ROWS):
        above = layer[start : start + BLOCK_ROWS]
        below = result[box.y + start : box.y + start + len(above), box.x : box.right]
        opaque, soft = above[..., 3] == OPAQUE, (above[..., 3] > 0) & (above[..., 3] < OPAQUE)
        below[opaque] = above[opaque][:, : scene.shape[2]]
        below[soft] = _over(above[soft], below[soft])
    return result


def flatten(scene: Bytes) -> Bytes:
    """A scene (H, W, 4) as a model sees it: (H, W, 3), over `GROUND`; an opaque one is not copied."""
    if scene[..., 3].min() == OPAQUE:
        return scene[..., :3]
    height, width = scene.shape[:2]
    return paste(np.full((height, width, 3), GROUND, np.uint8), scene, Box(0, 0, width, height))


def _over(above: Bytes, below: Bytes) -> Bytes:
    """Pixels (N, 4), all with some alpha, over pixels (N, 3) or (N, 4)."""
    # Whole numbers below 2 ** 25 over whole numbers below 2 ** 16: in float64 no such quotient comes out on
    # the wrong side of a half, so rounding it is exact.
    alpha_above = above[:, 3:].astype(np.float64)
    alpha_below = below[:, 3:].astype(np.float64) if below.shape[1] > 3 else np.full_like(alpha_above, OPAQUE)
    share_above, share_below = alpha_above * OPAQUE, alpha_below * (OPAQUE - alpha_above)
    share = share_above + share_below  # the result's alpha, in 1 / 255 ** 2
    colours = (above[:, :3] * share_above + below[:, :3] * share_below) / share
    pixels = np.hstack([colours, share / OPAQUE])[:, : below.shape[1]]
    return (pixels + 0.5).astype(np.uint8)
