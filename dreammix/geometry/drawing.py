"""Regions as an artist draws them around a thing: boxes, ellipses, blobs, and loose ones with much room."""

from enum import Enum
from math import ceil, floor

import numpy as np

from dreammix.geometry.arrays import Units
from dreammix.geometry.resampling import fit
from dreammix.protocol import Box, Size

TIGHT = (1.02, 1.3)
LOOSE = (1.1, 2.2)
"""Ranges of how far a side of a region lies from the thing's centre, in the thing's half sides."""
ELLIPSE_REACH = 1.18
BLOB_REACH = 1.12
"""How far a round region goes beyond its half sides, so that it cuts little of the thing's corners."""
WOBBLE = 0.09
"""How far a blob's edge strays from its smooth shape, in its half sides."""
WOBBLE_PERIODS = 4
"""How often it strays along a side."""


class DrawnKind(Enum):
    """How a region is drawn."""

    BOX = "box"
    ELLIPSE = "ellipse"
    BLOB = "blob"
    LOOSE = "loose"


def draw_around(rng: np.random.Generator, thing: Box, canvas: Size, kind: DrawnKind | None = None) -> Units:
    """A region around a thing, as somebody would draw it.

    Args:
        rng: where the hand's chance comes from.
        thing: what it goes around, inside the canvas.
        canvas: size of the picture.
        kind: how it is drawn; None: any way.

    Returns:
        (H, W) of 0 and 1, not empty. A box holds all of the thing; the rounder kinds may cut its corners.
    """
    kind = list(DrawnKind)[rng.integers(len(DrawnKind))] if kind is None else kind
    room = rng.uniform(*(LOOSE if kind is DrawnKind.LOOSE else TIGHT), 4)
    half_width, half_height = thing.width / 2, thing.height / 2
    centre_x, centre_y = thing.x + half_width, thing.y + half_height
    left, right = centre_x - half_width * room[0], centre_x + half_width * room[1]
    top, bottom = centre_y - half_height * room[2], centre_y + half_height * room[3]
    power = rng.uniform(2.0, 4.0)
    strays = rng.random((WOBBLE_PERIODS, WOBBLE_PERIODS), dtype=np.float32)

    grown = (ELLIPSE_REACH - 1 + WOBBLE) * max(right - left, bottom - top)
    columns = np.arange(max(floor(left - grown), 0), min(ceil(right + grown), canvas.width))
    rows = np.arange(max(floor(top - grown), 0), min(ceil(bottom + grown), canvas.height))
    u, v = np.meshgrid(
        np.abs(columns + 0.5 - (left + right) / 2) / ((right - left) / 2),
        np.abs(rows + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2),
        sparse=True,  # One row and one column: of a photograph's millions of pixels few powers are taken.
    )
    match kind:
        case DrawnKind.BOX:
            distance = np.maximum(u, v)
        case DrawnKind.ELLIPSE:
            distance = np.hypot(u, v) / ELLIPSE_REACH
        case DrawnKind.BLOB | DrawnKind.LOOSE:
            distance = (u**power + v**power) ** (1 / power) / BLOB_REACH
            distance += WOBBLE * (2 * fit(strays, Size(len(columns), len(rows))) - 1)
    region = np.zeros((canvas.height, canvas.width), np.float32)
    region[np.ix_(rows, columns)] = distance <= 1
    region[floor(centre_y), floor(centre_x)] = 1
    return region
