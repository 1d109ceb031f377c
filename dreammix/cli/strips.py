"""The demo's pictures: tiles with words under them in a strip, strips in a sheet, frames in a film."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from dreammix.protocol import Box, Picture

TILE_HEIGHT: Final = 256
"""Pixels; a tile is as wide as its picture asks for."""
MAX_TILE_WIDTH: Final = 2 * TILE_HEIGHT
WORDS_HEIGHT: Final = 22
"""Pixels of the line of words under a tile, and over a strip."""
GAP: Final = 6
"""Pixels between tiles."""
FILM_SIDE: Final = 420
"""Longest side of the film in pixels."""
FRAME_MS: Final = 120
LAST_FRAME_MS: Final = 2000
_PAPER: Final = (250, 250, 248)
_INK: Final = (40, 40, 40)
_OUTLINE: Final = (255, 40, 140)
_Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FILM_QUALITY: Final = 85
_FILM_EFFORT: Final = 2
"""Of WebP's 0 to 6: above this, encoding takes longer than painting."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture and the words under it."""

    words: str
    image: Image.Image


def to_image(picture: Picture, box: Box | None = None) -> Image.Image:
    """The picture, or a box of it, as RGB over white."""
    rgba = Image.frombytes("RGBA", (picture.size.width, picture.size.height), picture.data)
    if box is not None:
        rgba = rgba.crop((box.x, box.y, box.right, box.bottom))
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def outlined(scene: Image.Image, mask: Picture) -> Image.Image:
    """The scene at the size of a tile, with a line around what the mask selects."""
    small = _fitted(scene)
    whole = Image.frombytes("L", (mask.size.width, mask.size.height), mask.data)
    inside = whole.resize(small.size, Image.Resampling.BOX).point(lambda level: 255 if level else 0)
    line = ImageChops.subtract(inside.filter(ImageFilter.MaxFilter(5)), inside)
    small.paste(_OUTLINE, mask=line)
    return small


def strip(title: str, tiles: Sequence[Tile]) -> Image.Image:
    """The tiles side by side under a title; no words are cut off, they go on in lines below."""
    font = ImageFont.load_default(14)
    fitted = [_fitted(tile.image) for tile in tiles]
    columns = [
        max(image.width, *(_width(word, font) for word in tile.words.split()), 1)
        for tile, image in zip(tiles, fitted, strict=True)
    ]
    lines = [_lines(tile.words, column, font) for tile, column in zip(tiles, columns, strict=True)]
    width = GAP + sum(column + GAP for column in columns)
    under = WORDS_HEIGHT * max(map(len, lines))
    height = WORDS_HEIGHT + TILE_HEIGHT + under + GAP
    whole = Image.new("RGB", (max(width, 2 * GAP + _width(title, font)), height), _PAPER)
    draw = ImageDraw.Draw(whole)
    draw.text((GAP, 3), title, _INK, font)
    x = GAP
    for image, column, said in zip(fitted, columns, lines, strict=True):
        whole.paste(image, (x, WORDS_HEIGHT + (TILE_HEIGHT - image.height) // 2))
        for number, line in enumerate(said):
            draw.text((x, WORDS_HEIGHT + TILE_HEIGHT + 2 + number * WORDS_HEIGHT), line, _INK, font)
        x += column + GAP
    return whole


def _lines(words: str, width: int, font: _Font) -> list[str]:
    """The words in lines of at most `width` pixels, which is room for each of them alone."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width(words: str, font: _Font) -> int:
    return ceil(font.getlength(words))


def _fitted(image: Image.Image) -> Image.Image:
    return ImageOps.contain(image, (MAX_TILE_WIDTH, TILE_HEIGHT), Image.Resampling.LANCZOS)


def sheet(strips: Sequence[Image.Image]) -> Image.Image:
    """The strips, one under the other."""
    size = (max(image.width for image in strips), sum(image.height for image in strips))
    whole = Image.new("RGB", size, _PAPER)
    y = 0
    for image in strips:
        whole.paste(image, (0, y))
        y += image.height
    return whole


def png_bytes(image: Image.Image) -> bytes:
    """The image as a PNG file."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def frame(scene: Image.Image, layer: Picture, box: Box) -> Image.Image:
    """The scene at the size of the film, with a layer scaled into its box."""
    small = ImageOps.contain(scene, (FILM_SIDE, FILM_SIDE))
    scale = small.width / scene.width
    left, top = round(box.x * scale), round(box.y * scale)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    over = Image.frombytes("RGBA", (layer.size.width, layer.size.height), layer.data).resize(size)
    small.paste(over, (left, top), over)
    return small


def film(frames: Sequence[Image.Image]) -> bytes:
    """The frames as an animated WebP file that stays on the last one for a while, then starts again."""
    stream = io.BytesIO()
    durations = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
    frames[0].save(
        stream,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        quality=_FILM_QUALITY,
        method=_FILM_EFFORT,
    )
    return stream.getvalue()
