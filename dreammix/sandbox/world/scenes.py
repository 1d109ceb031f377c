"""A scene: a ground, the objects on it, the light. Its picture is a pure function of that and of the size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreammix.sandbox.world.grounds import Ground, paint_ground, sample_ground
from dreammix.sandbox.world.objects import EXTENT, Image, Thing, paint, sample_thing
from dreammix.sandbox.world.vocabulary import GroundKind

SHADOW_STRENGTH: Final = 0.45
"""How dark the deepest shadow is: 0 none, 1 black."""
SHADOW_END: Final = 0.05
"""Taken off a shadow's depth, so that it has ended where the object's patch does."""
MIRRORED: Final = 0.15
"""How often an object faces left: where both sides are as likely, models paint a handle on each, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An object in a scene. Lengths are in picture heights."""

    thing: Thing
    x: float
    y: float
    size: float  # half the object's height
    angle: float = 0.0  # radians
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A ground and the objects on it, back to front."""

    ground: Ground
    placed: tuple[Placed, ...] = ()
    light: float = -0.6  # the angle it comes from: radians from straight above, to the right


@dataclass(frozen=True, slots=True)
class Rendering:
    """A scene's picture (H, W, 3), sRGB in [0, 1], and each object's visible coverage (H, W) in [0, 1]."""

    picture: Image
    coverages: tuple[NDArray[np.float32], ...]


def without_objects(scene: Scene) -> Scene:
    """The empty ground."""
    return replace(scene, placed=())


def with_thing(scene: Scene, index: int, thing: Thing) -> Scene:
    """The right answer of an edit: the same scene with object `index` changed, all else as it was."""
    placed = list(scene.placed)
    placed[index] = replace(placed[index], thing=thing)
    return replace(scene, placed=tuple(placed))


def render(scene: Scene, height: int, width: int) -> Rendering:
    """Render a scene at any size; an object keeps its place and size relative to the picture's height."""
    picture = paint_ground(scene.ground, height, width)
    coverages: list[NDArray[np.float32]] = []
    for placed in scene.placed:
        coverage = put(picture, placed, scene.light)
        coverages = [hidden * (1 - coverage) for hidden in coverages] + [coverage]
    return Rendering(picture, tuple(coverages))


def put(
    picture: Image, placed: Placed, light: float, shadow_strength: float = SHADOW_STRENGTH
) -> NDArray[np.float32]:
    """Paint an object and its shadow into any picture (H, W, 3), in place; its coverage (H, W)."""
    height, width = picture.shape[:2]
    towards = (math.sin(light) * 0.75, -math.cos(light) * 0.75, 0.66)
    half = placed.size * height
    reach = half * EXTENT
    cx, cy = placed.x * height, placed.y * height
    left, right = max(0, int(cx - reach)), min(width, int(cx + reach) + 2)
    top, bottom = max(0, int(cy - reach)), min(height, int(cy + reach) + 2)
    coverage = np.zeros((height, width), np.float32)
    if left < right and top < bottom:
        py, px = np.mgrid[top:bottom, left:right].astype(np.float32)
        u, v = (px + 0.5 - cx) / half, (py + 0.5 - cy) / half
        c, s = math.cos(placed.angle), math.sin(placed.angle)
        x, y = c * u + s * v, c * v - s * u
        x = -x if placed.mirrored else x
        patch = picture[top:bottom, left:right]
        along = np.exp(-(((u + 0.35 * towards[0]) / 0.95) ** 2)) - SHADOW_END
        shadow = np.maximum(0, along) * np.exp(-(((v - 0.97) / 0.16) ** 2))
        patch = patch * (1 - shadow_strength * np.asarray(shadow, np.float32))[..., None]
        painted, cover = paint(
            placed.thing,
            patch,
            np.asarray(x, np.float32),
            np.asarray(y, np.float32),
            1 / half,
            (-towards[0] if placed.mirrored else towards[0], towards[1], towards[2]),
        )
        picture[top:bottom, left:right] = painted
        coverage[top:bottom, left:right] = cover
    return coverage


def sample_placed(rng: np.random.Generator, thing: Thing, side: float, aspect: float = 1.0) -> Placed:
    """Place an object, wholly inside where there is room.

    Args:
        side: its height, as a share of the picture's.
        aspect: the picture's width over its height.
    """
    half = side / 2
    margin = min(half * 1.25, 0.5, aspect / 2)
    return Placed(
        thing=thing,
        x=float(rng.uniform(margin, aspect - margin)),
        y=float(rng.uniform(min(half * 1.45, 0.62), 1 - min(half * 1.1, 0.38))),
        size=half,
        angle=float(rng.normal(0, 0.12)),
        mirrored=bool(rng.random() < MIRRORED),
    )


def sample_scene(
    rng: np.random.Generator,
    *,
    side: tuple[float, float],
    held_out: bool | None = False,
    kinds: tuple[GroundKind, ...] | None = None,
    others: float = 0.15,
) -> Scene:
    """Draw a scene whose last object is the one a caption is about.

    Args:
        side: range of that object's height, as a share of the picture's.
        held_out: as in `sample_thing`.
        kinds: grounds to draw from.
        others: how often there is a second object behind it.
    """
    height = float(rng.uniform(*side))
    other = sample_placed(rng, sample_thing(rng), height * float(rng.uniform(0.6, 1.2)))
    behind = (other,) if rng.random() < others else ()
    subject = sample_placed(rng, sample_thing(rng, held_out=held_out), height)
    ground = sample_ground(rng, kinds)
    return Scene(ground=ground, placed=(*behind, subject), light=float(rng.uniform(-0.9, -0.1)))
