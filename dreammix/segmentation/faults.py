"""What makes a picture of a thing, with its mask, unfit to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry import Bytes, flatten, mask_box, to_array
from dreammix.protocol import InvalidSubject, Picture, SampleFormat

MIN_SIDE_PX: Final = 16
"""Shortest side of a picture."""
MAX_ASPECT: Final = 8.0
"""Longest side over shortest side of a picture."""
MIN_THING_PX: Final = 64
"""Fewest pixels of a thing."""
MIN_THING_SIDE_PX: Final = 4
"""Shortest side of a thing's box."""
MAX_THING_SHARE: Final = 0.98
"""Largest share of its picture that a thing takes: beyond it, the mask tells nothing."""
HALF: Final = 128
"""A pixel of a mask from this value on belongs to the thing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What makes a picture unfit, as it follows the word "picture" ("shows no thing"); why; the remedy."""

    what: str
    why: str
    remedy: str


def fault_of(picture: Picture, mask: Picture) -> Fault | None:
    """What makes a picture of a thing unfit to learn from; None where it is fit."""
    size = picture.size
    pixels = f"{size.width} x {size.height} pixels"
    if picture.format is not SampleFormat.RGBA8:
        return Fault(f"has samples of {picture.format}", "colours are needed", "Give a picture in colour")
    if mask.format is not SampleFormat.GRAY8 or mask.size != size:
        return Fault("has no mask of its size", f"the picture has {pixels}", "Make its mask again")
    if min(size.width, size.height) < MIN_SIDE_PX:
        return Fault(f"has {pixels}", f"sides of {MIN_SIDE_PX} are the least", "Give a larger picture")
    if max(size.width, size.height) > MAX_ASPECT * min(size.width, size.height):
        return Fault(f"has {pixels}", "it is a strip, not a picture of a thing", "Crop it to the thing")
    return _fault_of_thing(to_array(picture), to_array(mask) >= HALF)


def check_fit(picture: Picture, mask: Picture) -> None:
    """Refuse to keep a picture of a thing that nothing could be learned from. Raises InvalidSubject."""
    fault = fault_of(picture, mask)
    if fault is not None:
        raise InvalidSubject(f"The picture {fault.what}", fault.why, fault.remedy)


def _fault_of_thing(picture: Bytes, inside: NDArray[np.bool_]) -> Fault | None:
    share = float(inside.mean())
    if share == 0:
        return Fault(
            "shows no thing", "nothing is in its mask", "Mark the thing in it, or remove the picture"
        )
    box = mask_box(inside.astype(np.uint8))
    marked = int(inside.sum())
    if marked < MIN_THING_PX or min(box.width, box.height) < MIN_THING_SIDE_PX:
        return Fault(
            "shows too little of the thing",
            f"its mask has {marked} pixel{'' if marked == 1 else 's'}",
            "Mark all of the thing, or give a closer picture",
        )
    if share > MAX_THING_SHARE:
        return Fault(
            "is masked as a whole",
            "so the mask does not say where the thing is",
            "Mark the thing alone, or give a picture with some ground around it",
        )
    if not picture[..., 3][inside].any():
        return Fault("is transparent where its mask is", "so no thing can be seen", "Make its mask again")
    seen = flatten(picture)[inside]
    if (seen == seen[0]).all():
        return Fault(
            "shows no thing", "what is in its mask has one flat colour", "Make its mask again, or remove it"
        )
    return None
