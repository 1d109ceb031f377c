"""Pictures side by side, to be looked at: no figure says what an eye sees."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from dreammix.geometry import Units, to_bytes

TILE: Final = 192
"""Side of a tile in pixels."""
WORDS: Final = 20
"""Pixels of a line of words."""
GAP: Final = 4
"""Pixels between tiles."""
_PAPER: Final = (250, 250, 248)
_INK: Final = (40, 40, 40)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A picture (H, W, 3) and the few words under it."""

    words: str
    picture: Units


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Tiles side by side under a title."""

    title: str
    tiles: tuple[Tile, ...]


def sheet(strips: Sequence[Strip]) -> bytes:
    """The strips, one under the other, as a PNG file. What is enlarged twice or more shows its pixels."""
    columns = max(len(strip.tiles) for strip in strips)
    height = 2 * WORDS + TILE + GAP
    whole = Image.new("RGB", (GAP + columns * (TILE + GAP), len(strips) * height + GAP), _PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(12)
    for row, strip in enumerate(strips):
        y = row * height
        draw.text((GAP, y + 4), strip.title, _INK, font)
        for column, tile in enumerate(strip.tiles):
            x = GAP + column * (TILE + GAP)
            image = Image.fromarray(to_bytes(tile.picture))
            scale = TILE / max(image.size)
            resampling = Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.LANCZOS
            sides = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            whole.paste(image.resize(sides, resampling), (x, y + WORDS))
            draw.text((x, y + WORDS + TILE + 2), tile.words, _INK, font)
    stream = io.BytesIO()
    whole.save(stream, "PNG")
    return stream.getvalue()
