"""The subject of a picture, without what stands around it."""

from __future__ import annotations

import numpy as np

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import Picture


def alone(picture: Picture, mask: Picture) -> Picture:
    """A picture (RGBA8) with what its mask (GRAY8, of its size) leaves out made transparent."""
    pixels = to_array(picture).copy()
    pixels[..., 3] = pixels[..., 3] * to_array(mask).astype(np.uint16) // 255
    return to_picture(pixels)
