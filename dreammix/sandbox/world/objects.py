"""What an object is, and how it is painted: attributes that captions name, traits that they never name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dreammix.sandbox.world.shapes import (
    SILHOUETTES,
    Field,
    Part,
    Proportions,
    Role,
    accessory_parts,
    box,
    circle,
    polygon,
)
from dreammix.sandbox.world.vocabulary import (
    HELD_OUT,
    RGB,
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    Shape,
)

Image = NDArray[np.float32]
"""sRGB picture (H, W, 3) in [0, 1]."""

BEVEL: Final = 0.42
"""How far from its edge a part curves, in half heights."""
EXTENT: Final = 1.86
"""No silhouette with its accessory reaches as far as this from the object's centre, in half heights."""
NARROWED: Final = 0.72
"""Width of a tall object, over its usual width; height of a wide one, over its usual height."""
_POLISH: Final = {Material.CLAY: (0.10, 10), Material.METAL: (0.75, 22), Material.GLASS: (0.65, 40)}
"""Strength of a material's highlight, and the power that makes it small."""
PITCH: Final = (0.38, 0.46)
"""Range of a pattern's period, in half heights: never too fine for a model with cells of four pixels."""
TILT: Final = 0.15
"""How far a pattern is turned either way, in radians. Were it and the period drawn from wider ranges, all
patterns of one word would have no line in common, and the mean of them, which a model paints first, none."""
GLEAM: Final = 0.6
"""How much of the white of its gleams metal shows where they are brightest."""
_GLEAMS: Final = ((-0.20, 0.16), (0.26, 0.06))
"""Where metal's gleams run, slantwise over all of an object, and how wide they are, in half heights."""


class Emblem(Enum):
    """A small mark on the body, which captions never name."""

    NONE = "none"
    DISC = "disc"
    SQUARE = "square"
    TRIANGLE = "triangle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What makes an object this one and no other; no caption names any of it."""

    proportions: Proportions
    second: Colour
    pattern_scale: float  # 0 (fine) .. 1 (coarse)
    pattern_angle: float  # radians
    emblem: Emblem
    wear: tuple[float, float, float]  # the accessory's colour, sRGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object: what a caption may say of it, and its traits."""

    category: Category
    colour: Colour
    pattern: Pattern = Pattern.PLAIN
    accessory: Accessory = Accessory.NONE
    material: Material = Material.CLAY
    shape: Shape = Shape.USUAL
    traits: Traits


def sample_traits(rng: np.random.Generator, colour: Colour) -> Traits:
    """Draw traits; the second colour always differs from the main one."""
    others = [c for c in Colour if c is not colour]
    return Traits(
        proportions=Proportions(*(float(v) for v in rng.random(3))),
        second=others[rng.integers(len(others))],
        pattern_scale=float(rng.random()),
        pattern_angle=float(rng.uniform(-TILT, TILT)),
        emblem=Emblem.NONE if rng.random() < 0.6 else list(Emblem)[1 + rng.integers(3)],
        wear=RGB[others[rng.integers(len(others))]],
    )


def sample_thing(rng: np.random.Generator, *, held_out: bool | None = False) -> Thing:
    """Draw an object.

    Args:
        held_out: False: never a held-out pair (training); True: only held-out pairs; None: either.
    """
    categories, colours = list(Category), list(Colour)
    while True:
        category, colour = categories[rng.integers(len(categories))], colours[rng.integers(len(colours))]
        if held_out is None or ((category, colour) in HELD_OUT) == held_out:
            break
    return Thing(
        category=category,
        colour=colour,
        pattern=Pattern.PLAIN if rng.random() < 0.4 else list(Pattern)[1 + rng.integers(len(Pattern) - 1)],
        accessory=Accessory.NONE if rng.random() < 0.65 else list(Accessory)[1 + rng.integers(3)],
        material=Material.CLAY if rng.random() < 0.6 else (Material.METAL, Material.GLASS)[rng.integers(2)],
        shape=Shape.USUAL if rng.random() < 0.7 else (Shape.TALL, Shape.WIDE)[rng.integers(2)],
        traits=sample_traits(rng, colour),
    )


def drawn_out(shape: Shape, x: Field, y: Field) -> tuple[Field, Field]:
    """Where a point of an object is on the usual one, whose height it has, or whose width and foot."""
    match shape:
        case Shape.USUAL:
            return x, y
        case Shape.TALL:
            return x / np.float32(NARROWED), y
        case Shape.WIDE:
            return x, 1 - (1 - y) / np.float32(NARROWED)


def parts_of(thing: Thing, x: Field, y: Field) -> list[Part]:
    """The layers of an object in its own coordinates, back to front; the accessory comes last."""
    parts = SILHOUETTES[thing.category](x, y, thing.traits.proportions)
    return parts + accessory_parts(thing.accessory, thing.category, x, y)


def second_weight(thing: Thing, x: Field, y: Field, blur: float) -> Field:
    """How much of the second colour a pattern shows, (H, W) in [0, 1], smoothed over `blur` half heights."""
    pitch = PITCH[0] + (PITCH[1] - PITCH[0]) * thing.traits.pattern_scale
    c, s = math.cos(thing.traits.pattern_angle), math.sin(thing.traits.pattern_angle)
    u, v = (c * x - s * y) / pitch, (s * x + c * y) / pitch

    def wave(t: NDArray[np.floating[Any]]) -> Field:
        return np.asarray(np.abs((t % 1.0) - 0.5) - 0.25, np.float32)

    field: NDArray[np.floating[Any]]  # negative where the second colour shows, in pitches
    match thing.pattern:
        case Pattern.PLAIN:
            return np.zeros_like(x)
        case Pattern.STRIPED:
            field = wave(u)
        case Pattern.DOTTED:
            shift = 0.5 * (np.floor(v) % 2)
            field = np.hypot((u + shift) % 1.0 - 0.5, v % 1.0 - 0.5) - 0.30
        case Pattern.CHECKERED:
            a, b = wave(u * 0.75), wave(v * 0.75)
            field = -np.sign(a * b) * np.minimum(np.abs(a), np.abs(b))
        case Pattern.ZIGZAG:
            field = wave(v * 0.9 + 0.8 * np.abs((u * 0.8) % 1.0 - 0.5))
        case Pattern.RINGED:
            field = wave(np.hypot(u, v - 0.4))
    return np.asarray(np.clip(0.5 - field * pitch / blur, 0, 1), np.float32)


def _emblem(kind: Emblem, x: Field, y: Field) -> Field | None:
    match kind:
        case Emblem.NONE:
            return None
        case Emblem.DISC:
            return circle(x, y, 0.0, 0.28, 0.16)
        case Emblem.SQUARE:
            return box(x, y, 0.0, 0.28, 0.14, 0.14)
        case Emblem.TRIANGLE:
            return polygon(x, y, [(-0.18, 0.42), (0.0, 0.10), (0.18, 0.42)])


def _shade(
    distance: Field, pixel: float, light: tuple[float, float, float], material: Material
) -> tuple[Field, Field]:
    """Diffuse factor and highlight of a part that curves towards its edge, each (H, W)."""
    depth = np.clip(-distance / BEVEL, 0, 1)
    height = BEVEL * np.sqrt(depth * (2 - depth))
    gy, gx = (g / np.float32(pixel) for g in np.gradient(height))
    inverse = 1 / np.sqrt(gx * gx + gy * gy + 1)
    facing = (-gx * light[0] - gy * light[1] + light[2]) * inverse
    polish, power = _POLISH[material]
    diffuse = 0.52 + 0.50 * np.clip(facing, 0, 1)
    if material is Material.METAL:
        diffuse = diffuse + 0.22 * np.sin(9.0 * gy * inverse)
    return np.asarray(diffuse, np.float32), np.asarray(polish * np.clip(facing, 0, 1) ** power, np.float32)


def _gleam(x: Field, y: Field) -> Field:
    """How bright a metal object's gleams are, (H, W) in [0, 1]: they tell it where it is flat, too."""
    across = x + 0.45 * y
    waves = [np.exp(-(((across - middle) / width) ** 2)) for middle, width in _GLEAMS]
    return np.asarray(np.maximum(*waves), np.float32)


def _decorate(thing: Thing, colour: Image, x: Field, y: Field, pixel: float) -> Image:
    """The body's colour with its pattern and emblem."""
    second = np.array(RGB[thing.traits.second], np.float32)
    colour = colour + (second - colour) * second_weight(thing, x, y, 1.5 * pixel)[..., None]
    mark = _emblem(thing.traits.emblem, x, y)
    if mark is not None:
        edge = np.clip(0.5 - mark / pixel, 0, 1)[..., None]
        colour = colour + (second * 0.5 + 0.5 * (1 - colour) - colour) * edge
    return colour


def _window(inside: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """The smallest window that holds all that is inside, or None; at least 2 x 2, as gradients need."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size == 0 or min(inside.shape) < 2:
        return None
    top, left = min(rows[0], inside.shape[0] - 2), min(columns[0], inside.shape[1] - 2)
    return slice(top, max(rows[-1] + 1, top + 2)), slice(left, max(columns[-1] + 1, left + 2))


def paint(
    thing: Thing, behind: Image, x: Field, y: Field, pixel: float, light: tuple[float, float, float]
) -> tuple[Image, Field]:
    """Paint an object over a picture.

    Args:
        behind: what is there already, (H, W, 3); glass shows it.
        x, y: the object's coordinates of each pixel, (H, W), in half heights.
        pixel: side of a pixel in half heights.
        light: unit vector towards the light (x right, y down, z towards the eye).

    Returns:
        The picture, and the object's coverage (H, W) in [0, 1].
    """
    x, y = drawn_out(thing.shape, x, y)
    if thing.shape is not Shape.USUAL:
        pixel /= math.sqrt(NARROWED)  # It covers more of the usual object along one axis: this is the mean.
    picture = behind.copy()
    coverage = np.zeros_like(x)
    palette = {
        Role.TRIM: RGB[thing.colour],
        Role.BODY: RGB[thing.colour],
        Role.SECOND: RGB[thing.traits.second],
        Role.DARK: (0.13, 0.12, 0.13),
        Role.LIGHT: (0.96, 0.95, 0.90),
        Role.WEAR: thing.traits.wear,
    }
    for part in parts_of(thing, x, y):
        where = _window(part.distance < pixel)
        if where is None:
            continue
        distance, here = part.distance[where], behind[where]
        alpha = np.clip(0.5 - distance / pixel, 0, 1)
        colour: Image = np.array(palette[part.role], np.float32)[None, None]
        if part.role is Role.BODY:
            colour = _decorate(thing, colour, x[where], y[where], pixel)
        material = Material.CLAY if part.role is Role.WEAR else thing.material
        diffuse, highlight = _shade(distance, pixel, light, material)
        lit = np.clip(colour * diffuse[..., None] + highlight[..., None], 0, 1)
        if material is Material.METAL:
            lit += (1 - lit) * (GLEAM * _gleam(x[where], y[where]))[..., None]
        if material is Material.GLASS and part.role in (Role.BODY, Role.TRIM, Role.SECOND):
            rim = np.clip(1 + distance / (0.5 * BEVEL), 0, 1)[..., None]
            lit = lit * (0.42 + 0.4 * rim) + here * (0.58 - 0.4 * rim)
        picture[where] += (lit - picture[where]) * alpha[..., None]
        coverage[where] = np.maximum(coverage[where], alpha)
    return picture, coverage
