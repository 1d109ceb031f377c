"""Pictures as arrays: the protocol's bytes, numpy's bytes (0 to 255) and numpy's units (0 to 1)."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dreammix.protocol import Picture, SampleFormat, Size

Bytes: TypeAlias = NDArray[np.uint8]
"""A picture (H, W, C) or mask (H, W), samples 0 to 255."""
Units: TypeAlias = NDArray[np.float32]
"""A picture (H, W, C) or mask (H, W), samples 0 to 1."""


def to_array(picture: Picture) -> Bytes:
    """The picture's bytes, not copied and read-only: (H, W, 4) for RGBA8, (H, W) for GRAY8."""
    shape = (picture.size.height, picture.size.width)
    channels = (4,) if picture.format is SampleFormat.RGBA8 else ()
    return np.frombuffer(picture.data, dtype=np.uint8).reshape(shape + channels)


def to_picture(array: Bytes) -> Picture:
    """A picture of bytes: GRAY8 from (H, W); RGBA8 from (H, W, 4), or, opaque, from (H, W, 3).

    Raises:
        ValueError: the array has another shape or type.
    """
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ValueError(f"no picture has the shape {array.shape} and the type {array.dtype}")
    size = Size(array.shape[1], array.shape[0])
    if array.ndim == 2:
        return Picture(size, SampleFormat.GRAY8, array.tobytes())
    if array.shape[2] == 3:
        array = np.dstack([array, np.full(array.shape[:2], 255, np.uint8)])
    return Picture(size, SampleFormat.RGBA8, array.tobytes())


def to_units(array: Bytes | Units) -> Units:
    """Bytes as units: n / 255. What is in units already stays as it is."""
    if array.dtype == np.uint8:
        return np.divide(array, 255, dtype=np.float32)
    return array.astype(np.float32, copy=False)


def to_bytes(array: Units) -> Bytes:
    """Units as the nearest bytes; what lies outside [0, 1] is clamped."""
    return (np.clip(array, 0, 1) * 255 + 0.5).astype(np.uint8)


def to_layer(colours: Units, alpha: Units) -> Bytes:
    """A layer (H, W, 4) of colours (H, W, 3) and their alpha (H, W), which stay unblended."""
    return to_bytes(np.dstack([colours, alpha]))
