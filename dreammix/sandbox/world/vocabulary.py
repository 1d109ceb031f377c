"""The words of the sandbox world and what they look like: every attribute that a caption may name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """What an object is; one silhouette each (`shapes`)."""

    MUG = "mug"
    TEAPOT = "teapot"
    VASE = "vase"
    CLOCK = "clock"
    CAR = "car"
    FISH = "fish"
    HOUSE = "house"
    MUSHROOM = "mushroom"
    STAR = "star"
    ROBOT = "robot"


class Colour(StrEnum):
    """An object's main colour."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    WHITE = "white"
    BLACK = "black"


class Pattern(StrEnum):
    """How the second colour is laid over the main one."""

    PLAIN = "plain"
    STRIPED = "striped"
    DOTTED = "dotted"
    CHECKERED = "checkered"
    ZIGZAG = "zigzag"
    RINGED = "ringed"


class Accessory(StrEnum):
    """What an object wears."""

    NONE = "none"
    HAT = "hat"
    BOW = "bow"
    FLAG = "flag"


class Material(StrEnum):
    """What an object is made of: how it takes the light, and what shows through."""

    CLAY = "clay"
    METAL = "metal"
    GLASS = "glass"


class Shape(StrEnum):
    """How an object is drawn out."""

    USUAL = "usual"
    TALL = "tall"
    WIDE = "wide"


class GroundKind(StrEnum):
    """What an object stands before. The last three are never named by a caption."""

    WOOD = "wood"
    GRASS = "grass"
    SKY = "sky"
    BRICK = "brick"
    SAND = "sand"
    WATER = "water"
    SNOW = "snow"
    STONE = "stone"
    NOISE = "noise"
    ROOM = "room"
    PHOTO = "photo"


NAMED_GROUNDS: Final = tuple(
    kind for kind in GroundKind if kind not in (GroundKind.NOISE, GroundKind.ROOM, GroundKind.PHOTO)
)

RGB: Final[dict[Colour, tuple[float, float, float]]] = {
    Colour.RED: (0.84, 0.10, 0.12),
    Colour.ORANGE: (0.97, 0.50, 0.06),
    Colour.YELLOW: (0.97, 0.86, 0.12),
    Colour.GREEN: (0.12, 0.62, 0.20),
    Colour.BLUE: (0.13, 0.28, 0.86),
    Colour.PURPLE: (0.50, 0.16, 0.68),
    Colour.PINK: (0.97, 0.52, 0.74),
    Colour.WHITE: (0.95, 0.95, 0.94),
    Colour.BLACK: (0.09, 0.09, 0.10),
}
"""sRGB in [0, 1], before light and shade."""

HELD_OUT: Final = frozenset(
    {
        (Category.MUG, Colour.PURPLE),
        (Category.TEAPOT, Colour.BLUE),
        (Category.VASE, Colour.ORANGE),
        (Category.CLOCK, Colour.PINK),
        (Category.CAR, Colour.GREEN),
        (Category.FISH, Colour.BLACK),
        (Category.HOUSE, Colour.YELLOW),
        (Category.MUSHROOM, Colour.WHITE),
        (Category.STAR, Colour.RED),
        (Category.ROBOT, Colour.ORANGE),
    }
)
"""Pairs that training never sees; the benchmark asks for them."""
