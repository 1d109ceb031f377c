"""A contact sheet: every picture with the mask that was chosen for it, to be looked at and corrected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import Picture
from dreammix.segmentation.choice import ChosenMask

TILE: Final = 224
"""Side in pixels of the square that a picture is fitted into."""
WORDS: Final = 18
"""Pixels of the line of words under it."""
GAP: Final = 6
COLUMNS: Final = 5
TINT: Final = 0.35
"""How much of the subject's colour the tint takes."""
_TINT_RGB: Final = (255, 40, 140)
_PAPER: Final = (250, 250, 248)
_INK: Final = (40, 40, 40)
_OUTLINE: Final = 5
"""Side in pixels of the square that an edge is widened by, to both sides of it."""


def contact_sheet(pictures: Sequence[Picture], chosen: Sequence[ChosenMask | None]) -> Picture:
    """The pictures (RGBA8) in rows, each tinted and outlined where its mask is; None stands for no mask.

    Under each stand its number, its mask's source and the share of the picture that the mask covers.

    Returns:
        RGBA8, at most `COLUMNS` pictures wide.

    Raises:
        ValueError: there is no picture, or not one mask for each.
    """
    if not pictures:
        raise ValueError("no pictures")
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    step = (TILE + GAP, TILE + WORDS + GAP)
    sheet = Image.new("RGB", (GAP + columns * step[0], GAP + rows * step[1]), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for number, (picture, choice) in enumerate(zip(pictures, chosen, strict=True)):
        x, y = GAP + number % columns * step[0], GAP + number // columns * step[1]
        tile = _tile(picture, choice.mask if choice else None)
        sheet.paste(tile, (x + (TILE - tile.width) // 2, y + (TILE - tile.height) // 2))
        draw.text((x, y + TILE + 2), f"{number + 1}: {_words(choice)}", _INK, font)
    return to_picture(np.asarray(sheet))


def _words(choice: ChosenMask | None) -> str:
    if choice is None:
        return "nothing found"
    share = np.mean(to_array(choice.mask)) / 255
    return f"{choice.source}, {share:.0%}"


def _tile(picture: Picture, mask: Picture | None) -> Image.Image:
    """The picture over white at the size of a tile, what its mask selects tinted and outlined."""
    whole = Image.fromarray(to_array(picture))
    white = Image.new("RGBA", whole.size, "white")
    tile = ImageOps.contain(Image.alpha_composite(white, whole).convert("RGB"), (TILE, TILE))
    if mask is None:
        return tile
    selected = Image.fromarray(to_array(mask)).resize(tile.size, Image.Resampling.BOX)
    tile.paste(_TINT_RGB, mask=selected.point(lambda level: level * TINT))
    inside = selected.point(lambda level: 255 if level > 127 else 0)
    grown = inside.filter(ImageFilter.MaxFilter(_OUTLINE))
    tile.paste(_TINT_RGB, mask=ImageChops.subtract(grown, inside))
    return tile
