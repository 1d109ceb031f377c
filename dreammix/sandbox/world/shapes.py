"""Silhouettes as signed distance functions: negative inside, in units of half the object's height, y down.

A silhouette is a list of parts, back to front. A part has a distance field, and a role that says how it is
coloured. Proportions come from `Proportions`, which captions never name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreammix.sandbox.world.vocabulary import Accessory, Category

Field = NDArray[np.float32]
"""Signed distances or coordinates, (H, W)."""


class Role(Enum):
    """How a part is coloured."""

    BODY = "body"  # main colour and pattern
    TRIM = "trim"  # main colour, no pattern
    SECOND = "second"  # second colour
    DARK = "dark"
    LIGHT = "light"
    WEAR = "wear"  # the accessory's colour


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a silhouette: its signed distances (H, W) and its role."""

    distance: Field
    role: Role


@dataclass(frozen=True, slots=True)
class Proportions:
    """Shape factors that no caption names, each in [0, 1]."""

    width: float
    detail: float
    curve: float


def circle(x: Field, y: Field, cx: float, cy: float, r: float) -> Field:
    """Exact distance to a disc."""
    return np.asarray(np.hypot(x - cx, y - cy) - r, np.float32)


def ellipse(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float) -> Field:
    """Distance to an ellipse, to first order near its edge."""
    u, v = (x - cx) / rx, (y - cy) / ry
    k0 = np.hypot(u, v)
    k1 = np.hypot(u / rx, v / ry)
    return np.asarray(k0 * (k0 - 1.0) / np.maximum(k1, 1e-6), np.float32)


def box(x: Field, y: Field, cx: float, cy: float, hw: float, hh: float, r: float = 0.0) -> Field:
    """Exact distance to a box with half sides hw, hh and corner radius r."""
    qx, qy = np.abs(x - cx) - hw + r, np.abs(y - cy) - hh + r
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    return np.asarray(outside + np.minimum(np.maximum(qx, qy), 0) - r, np.float32)


def ring(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float, thickness: float) -> Field:
    """Distance to an elliptic ring."""
    return np.asarray(np.abs(ellipse(x, y, cx, cy, rx, ry)) - thickness, np.float32)


def segment(x: Field, y: Field, ax: float, ay: float, bx: float, by: float, r: float) -> Field:
    """Exact distance to a capsule."""
    dx, dy = bx - ax, by - ay
    t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.asarray(np.hypot(x - ax - t * dx, y - ay - t * dy) - r, np.float32)


def polygon(x: Field, y: Field, corners: Sequence[tuple[float, float]]) -> Field:
    """Exact distance to a simple polygon."""
    squared = np.full_like(x, np.inf)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        dx, dy = bx - ax, by - ay
        px, py = x - ax, y - ay
        t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1)
        squared = np.minimum(squared, (px - t * dx) ** 2 + (py - t * dy) ** 2)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (px < dx * py / dy)
    return np.asarray(np.where(inside, -np.sqrt(squared), np.sqrt(squared)), np.float32)


def union(*fields: Field) -> Field:
    """The nearest of several shapes."""
    return np.asarray(np.minimum.reduce(fields), np.float32)


def _mug(x: Field, y: Field, p: Proportions) -> list[Part]:
    hw = 0.52 + 0.16 * p.width
    taper = x / (1 - (0.02 + 0.16 * p.curve) * (y + 0.75) / 1.6)
    body = box(taper, y, -0.18, 0.05, hw, 0.8, 0.14)
    handle = ring(x, y, hw - 0.12, 0.0, 0.34, 0.30 + 0.14 * p.detail, 0.085)
    rim = ellipse(x, y, -0.18, -0.70, hw * 0.92, 0.10)
    return [Part(handle, Role.TRIM), Part(body, Role.BODY), Part(rim, Role.DARK)]


def _teapot(x: Field, y: Field, p: Proportions) -> list[Part]:
    rx = 0.62 + 0.10 * p.width
    body = ellipse(x, y, 0.0, 0.22, rx, 0.60)
    spout = union(
        segment(x, y, -rx + 0.10, 0.32, -rx - 0.22, -0.10 - 0.1 * p.curve, 0.10),
        segment(x, y, -rx - 0.22, -0.10 - 0.1 * p.curve, -rx - 0.34, -0.22 - 0.1 * p.curve, 0.08),
    )
    handle = ring(x, y, rx + 0.06, 0.12, 0.28, 0.30 + 0.08 * p.detail, 0.075)
    lid = union(ellipse(x, y, 0.0, -0.36, 0.36, 0.13), circle(x, y, 0.0, -0.58, 0.12))
    foot = box(x, y, 0.0, 0.80, 0.36, 0.07, 0.05)
    return [
        Part(handle, Role.TRIM),
        Part(union(spout, foot), Role.TRIM),
        Part(body, Role.BODY),
        Part(lid, Role.SECOND),
    ]


def _vase(x: Field, y: Field, p: Proportions) -> list[Part]:
    belly, neck, lip = 0.52 + 0.16 * p.width, 0.17 + 0.12 * p.detail, 0.30 + 0.14 * p.curve
    t = np.clip((y + 0.95) / 1.9, 0, 1)
    knots = np.array([0.0, 0.10, 0.28, 0.45, 0.66, 0.85, 1.0])
    radii = np.array([lip, lip * 0.85, neck, neck + 0.12, belly, belly * 0.82, 0.34])
    radius = np.interp(t, knots, radii).astype(np.float32)
    body = np.asarray(np.maximum((np.abs(x) - radius) * 0.85, np.abs(y) - 0.95), np.float32)
    mouth = ellipse(x, y, 0.0, -0.90, lip * 0.86, 0.07)
    return [Part(body, Role.BODY), Part(mouth, Role.DARK)]


def _clock(x: Field, y: Field, p: Proportions) -> list[Part]:
    feet = union(segment(x, y, -0.45, 0.6, -0.6, 0.9, 0.09), segment(x, y, 0.45, 0.6, 0.6, 0.9, 0.09))
    bells = union(circle(x, y, -0.46, -0.66, 0.24), circle(x, y, 0.46, -0.66, 0.24))
    case = circle(x, y, 0.0, 0.06, 0.80)
    face = circle(x, y, 0.0, 0.06, 0.44 + 0.10 * p.width)
    angle, hour = 6.283 * p.detail, 6.283 * p.curve
    hands = union(
        segment(x, y, 0.0, 0.06, 0.40 * math.cos(angle), 0.06 + 0.40 * math.sin(angle), 0.045),
        segment(x, y, 0.0, 0.06, 0.26 * math.cos(hour), 0.06 + 0.26 * math.sin(hour), 0.055),
    )
    return [
        Part(feet, Role.TRIM),
        Part(bells, Role.SECOND),
        Part(case, Role.BODY),
        Part(face, Role.LIGHT),
        Part(hands, Role.DARK),
    ]


def _car(x: Field, y: Field, p: Proportions) -> list[Part]:
    roof, front = 0.50 + 0.12 * p.width, 0.30 + 0.2 * p.curve
    body = box(x, y, 0.0, 0.20, 1.16, 0.30, 0.14)
    cabin = polygon(x, y, [(-0.82, 0.0), (-roof, -0.55), (front, -0.55), (0.70, 0.0)])
    panes = union(
        polygon(x, y, [(-0.62, -0.06), (-roof + 0.06, -0.42), (-0.10, -0.42), (-0.10, -0.06)]),
        polygon(x, y, [(0.02, -0.06), (0.02, -0.42), (front - 0.06, -0.42), (0.50, -0.06)]),
    )
    radius = 0.24 + 0.06 * p.detail
    wheels = union(circle(x, y, -0.66, 0.50, radius), circle(x, y, 0.66, 0.50, radius))
    hubs = union(circle(x, y, -0.66, 0.50, radius * 0.45), circle(x, y, 0.66, 0.50, radius * 0.45))
    return [
        Part(union(body, cabin), Role.BODY),
        Part(panes, Role.LIGHT),
        Part(wheels, Role.DARK),
        Part(hubs, Role.SECOND),
    ]


def _fish(x: Field, y: Field, p: Proportions) -> list[Part]:
    tail = polygon(
        x, y, [(0.50, 0.0), (1.12, -0.50 - 0.14 * p.detail), (0.96, 0.0), (1.12, 0.50 + 0.14 * p.detail)]
    )
    fin = polygon(x, y, [(-0.30, -0.38), (0.15, -0.80 - 0.12 * p.curve), (0.42, -0.28)])
    body = ellipse(x, y, -0.15, 0.0, 0.84, 0.50 + 0.12 * p.width)
    eye, pupil = circle(x, y, -0.62, -0.12, 0.14), circle(x, y, -0.65, -0.12, 0.07)
    return [
        Part(union(tail, fin), Role.SECOND),
        Part(body, Role.BODY),
        Part(eye, Role.LIGHT),
        Part(pupil, Role.DARK),
    ]


def _house(x: Field, y: Field, p: Proportions) -> list[Part]:
    hw = 0.62 + 0.14 * p.width
    chimney = box(x, y, 0.38, -0.62, 0.11, 0.26)
    walls = box(x, y, 0.0, 0.42, hw, 0.50)
    roof = polygon(x, y, [(-hw - 0.20, -0.06), (0.0, -0.80 - 0.14 * p.curve), (hw + 0.20, -0.06)])
    door = box(x, y, -0.26 + 0.1 * p.detail, 0.60, 0.16, 0.32)
    window = box(x, y, 0.32, 0.34, 0.17, 0.17)
    return [
        Part(chimney, Role.SECOND),
        Part(walls, Role.BODY),
        Part(roof, Role.SECOND),
        Part(door, Role.DARK),
        Part(window, Role.LIGHT),
    ]


def _mushroom(x: Field, y: Field, p: Proportions) -> list[Part]:
    stem = box(x, y, 0.0, 0.45, 0.22 + 0.14 * p.detail, 0.50, 0.16)
    rx, ry = 0.80 + 0.14 * p.width, 0.80 + 0.1 * p.curve
    cap = np.maximum(ellipse(x, y, 0.0, 0.02, rx, ry), y - 0.06 + 0.10 * np.cos(2.4 * x))
    return [Part(stem, Role.LIGHT), Part(np.asarray(cap, np.float32), Role.BODY)]


def _star(x: Field, y: Field, p: Proportions) -> list[Part]:
    inner = 0.42 + 0.14 * p.width
    turn = -math.pi / 2 + 0.3 * (p.curve - 0.5)
    corners = [
        (r * math.cos(turn + math.pi * k / 5), 0.05 + r * math.sin(turn + math.pi * k / 5))
        for k, r in enumerate((1.0, inner) * 5)
    ]
    return [Part(polygon(x, y, corners) - np.float32(0.02 + 0.05 * p.detail), Role.BODY)]


def _robot(x: Field, y: Field, p: Proportions) -> list[Part]:
    hw = 0.42 + 0.12 * p.width
    limbs = union(
        segment(x, y, -hw, 0.08, -hw - 0.26, 0.42 - 0.5 * p.curve, 0.085),
        segment(x, y, hw, 0.08, hw + 0.26, 0.42, 0.085),
        box(x, y, -0.22, 0.82, 0.12, 0.18, 0.04),
        box(x, y, 0.22, 0.82, 0.12, 0.18, 0.04),
    )
    antenna = union(segment(x, y, 0.0, -0.7, 0.0, -0.92, 0.035), circle(x, y, 0.0, -0.94, 0.08))
    torso = box(x, y, 0.0, 0.30, hw, 0.42, 0.08)
    head = box(x, y, 0.0, -0.46, 0.34 + 0.1 * p.detail, 0.28, 0.08)
    eyes = union(circle(x, y, -0.15, -0.48, 0.09), circle(x, y, 0.15, -0.48, 0.09))
    return [
        Part(limbs, Role.DARK),
        Part(antenna, Role.SECOND),
        Part(torso, Role.BODY),
        Part(head, Role.TRIM),
        Part(eyes, Role.LIGHT),
    ]


Silhouette = Callable[[Field, Field, Proportions], list[Part]]

SILHOUETTES: Final[dict[Category, Silhouette]] = {
    Category.MUG: _mug,
    Category.TEAPOT: _teapot,
    Category.VASE: _vase,
    Category.CLOCK: _clock,
    Category.CAR: _car,
    Category.FISH: _fish,
    Category.HOUSE: _house,
    Category.MUSHROOM: _mushroom,
    Category.STAR: _star,
    Category.ROBOT: _robot,
}

CROWN: Final[dict[Category, tuple[float, float]]] = {
    Category.MUG: (-0.18, -0.72),
    Category.TEAPOT: (0.0, -0.62),
    Category.VASE: (0.0, -0.88),
    Category.CLOCK: (0.0, -0.70),
    Category.CAR: (-0.1, -0.52),
    Category.FISH: (-0.30, -0.46),
    Category.HOUSE: (0.0, -0.72),
    Category.MUSHROOM: (0.0, -0.74),
    Category.STAR: (0.0, -0.74),
    Category.ROBOT: (0.0, -0.72),
}
"""Where an accessory sits on each silhouette."""


def accessory_parts(kind: Accessory, category: Category, x: Field, y: Field) -> list[Part]:
    """The parts of an accessory, in the object's coordinates."""
    cx, cy = CROWN[category]
    match kind:
        case Accessory.NONE:
            return []
        case Accessory.HAT:
            cone = polygon(x, y, [(cx - 0.34, cy + 0.06), (cx, cy - 0.62), (cx + 0.34, cy + 0.06)])
            return [Part(cone, Role.WEAR), Part(circle(x, y, cx, cy - 0.62, 0.10), Role.LIGHT)]
        case Accessory.BOW:
            knot = cy + 0.02
            wings = union(
                polygon(x, y, [(cx, knot), (cx - 0.44, knot - 0.26), (cx - 0.44, knot + 0.22)]),
                polygon(x, y, [(cx, knot), (cx + 0.44, knot - 0.26), (cx + 0.44, knot + 0.22)]),
            )
            return [Part(wings - np.float32(0.03), Role.WEAR), Part(circle(x, y, cx, knot, 0.11), Role.DARK)]
        case Accessory.FLAG:
            pole = segment(x, y, cx, cy + 0.1, cx, cy - 0.78, 0.035)
            cloth = polygon(x, y, [(cx, cy - 0.78), (cx + 0.52, cy - 0.58), (cx, cy - 0.38)])
            return [Part(pole, Role.DARK), Part(cloth, Role.WEAR)]
