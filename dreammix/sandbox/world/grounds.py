"""What objects stand before: textures of every scale and colour, empty rooms, and crops of real photographs.

Each ground is a pure function of its frozen description and the size. Painters take the size in pixels and
`px`, the pixels in one unit of their lengths: the picture's shorter side times the nearness.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from dreammix.sandbox.world.objects import Image
from dreammix.sandbox.world.vocabulary import NAMED_GROUNDS, GroundKind

PHOTOS: Final = Path(__file__).parent.parent / "photos"
"""Crops of real photographs that may be redistributed; see LICENCES.md there."""

Plane = NDArray[np.float32]
"""One channel, (H, W)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A ground: its kind, the seed of its details, and how the eye meets it."""

    kind: GroundKind
    seed: int
    nearness: float = 1.0  # how much larger than in a whole scene textures are; no matter to photographs
    softness: float = 0.0  # 0: sharp; 1: as blurred as a picture of 1/4 the side, enlarged


def sample_ground(rng: np.random.Generator, kinds: tuple[GroundKind, ...] | None = None) -> Ground:
    """Draw a ground; with no kinds given, 40 % photographs, 25 % unnamed textures, 35 % named ones."""
    if kinds is None:
        share = rng.random()
        if share < 0.40:
            kinds = (GroundKind.PHOTO,)
        elif share < 0.65:
            kinds = (GroundKind.NOISE, GroundKind.ROOM)
        else:
            kinds = NAMED_GROUNDS
    return Ground(
        kind=kinds[rng.integers(len(kinds))],
        seed=int(rng.integers(2**31)),
        nearness=float(np.exp(rng.uniform(-0.2, 1.6))),
        softness=0.0 if rng.random() < 0.6 else float(rng.random()),
    )


def noise(
    rng: np.random.Generator, height: int, width: int, cell_x: float, cell_y: float | None = None
) -> Plane:
    """Smooth noise, about N(0, 1), whose features are `cell` pixels wide."""
    cell_y = cell_x if cell_y is None else cell_y
    rows, columns = int(height / max(cell_y, 1.0)) + 4, int(width / max(cell_x, 1.0)) + 4
    grid = PillowImage.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    dx, dy = rng.random(2)
    window = (1 + dx, 1 + dy, 1 + dx + width / max(cell_x, 1.0), 1 + dy + height / max(cell_y, 1.0))
    return np.asarray(grid.resize((width, height), PillowImage.Resampling.BICUBIC, box=window), np.float32)


def fractal(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 3, fall: float = 0.5
) -> Plane:
    """Noise of several scales, each half as wide and `fall` times as strong as the last."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += fall**octave * noise(rng, height, width, cell / 2**octave)
    return total


def _mix(low: NDArray[np.float32], high: NDArray[np.float32], weight: NDArray[np.floating[Any]]) -> Image:
    """From one colour or picture to another: `weight` (H, W) is 0 for all of the first, 1 for the second."""
    return np.asarray(low + (high - low) * np.clip(weight, 0, 1)[..., None], np.float32)


def _jitter(
    rng: np.random.Generator, rgb: tuple[float, float, float], spread: float = 0.06
) -> NDArray[np.float32]:
    """A colour near the given one, lighter or darker as a whole and a little in each channel."""
    return np.asarray(np.array(rgb) * rng.uniform(0.82, 1.12) + rng.normal(0, spread / 2, 3), np.float32)


def _wood(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    across = rng.random() < 0.7
    n = noise(rng, h, w, *((0.5 * px, 0.035 * px) if across else (0.035 * px, 0.5 * px)))
    fine = noise(rng, h, w, *((0.25 * px, 0.012 * px) if across else (0.012 * px, 0.25 * px)))
    dark, bright = _jitter(rng, (0.42, 0.25, 0.13)), _jitter(rng, (0.72, 0.50, 0.30))
    picture = _mix(dark, bright, 0.5 + 0.22 * n + 0.12 * fine)
    if rng.random() < 0.6:
        axis = np.arange(h if across else w)[:, None] / px / rng.uniform(0.18, 0.35) + rng.random()
        gap = np.clip((np.abs(axis % 1.0 - 0.5) - 0.47) * 60, 0, 1)
        tone = np.random.default_rng(int(rng.integers(2**31))).normal(1, 0.06, 64)[axis.astype(int) % 64]
        lines = np.asarray(tone * (1 - 0.55 * gap), np.float32)
        picture = picture * (lines if across else lines.T)[..., None]
    return picture


def _grass(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    blades = noise(rng, h, w, 0.012 * px, 0.04 * px)
    patches = fractal(rng, h, w, 0.3 * px)
    dark, bright = _jitter(rng, (0.12, 0.30, 0.07)), _jitter(rng, (0.42, 0.62, 0.20))
    return _mix(dark, bright, 0.5 + 0.2 * blades + 0.13 * patches)


def _sky(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None] * np.ones((1, w), np.float32)
    picture = _mix(_jitter(rng, (0.30, 0.52, 0.86)), _jitter(rng, (0.72, 0.84, 0.95)), ramp)
    clouds = fractal(rng, h, w, 0.35 * px, 4)
    return _mix(picture, _jitter(rng, (0.97, 0.97, 0.98), 0.02), 0.8 * clouds - rng.uniform(-0.2, 0.9))


def _brick(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    height = rng.uniform(0.06, 0.11)
    v = np.arange(h)[:, None] / px / height + rng.random()
    u = np.arange(w)[None, :] / px / (2.4 * height) + 0.5 * (np.floor(v) % 2) + rng.random()
    mortar = np.maximum(np.abs(v % 1 - 0.5) - 0.43, (np.abs(u % 1 - 0.5) - 0.47) * 2.4)
    tones = rng.normal(0.5, 0.18, (64, 64))[np.floor(v).astype(int) % 64, np.floor(u).astype(int) % 64]
    grain = fractal(rng, h, w, 0.03 * px, 2)
    bricks = _mix(_jitter(rng, (0.46, 0.18, 0.12)), _jitter(rng, (0.72, 0.36, 0.25)), tones + 0.10 * grain)
    return _mix(bricks, _jitter(rng, (0.74, 0.71, 0.66)), np.asarray(mortar * 30, np.float32))


def _sand(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    dunes = fractal(rng, h, w, 0.4 * px)
    ripple = noise(rng, h, w, 0.30 * px, 0.03 * px)
    grain = noise(rng, h, w, 0.008 * px)
    weight = 0.5 + 0.16 * dunes + rng.uniform(0.05, 0.2) * ripple + 0.10 * grain
    return _mix(_jitter(rng, (0.66, 0.52, 0.34)), _jitter(rng, (0.93, 0.83, 0.62)), weight)


def _water(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    waves = noise(rng, h, w, 0.22 * px, 0.035 * px) + 0.6 * noise(rng, h, w, 0.09 * px, 0.015 * px)
    picture = _mix(_jitter(rng, (0.04, 0.24, 0.36)), _jitter(rng, (0.30, 0.60, 0.68)), 0.45 + 0.22 * waves)
    return _mix(picture, np.ones(3, np.float32), 0.8 * waves - 1.5)


def _snow(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    drifts, grain = fractal(rng, h, w, 0.5 * px, 4), noise(rng, h, w, 0.01 * px)
    shaded = _jitter(rng, (0.70, 0.77, 0.88), 0.03)
    return _mix(shaded, np.ones(3, np.float32), 0.6 + 0.2 * drifts + 0.05 * grain)


def _stone(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    base, speck = fractal(rng, h, w, 0.22 * px, 4, 0.6), noise(rng, h, w, 0.008 * px)
    cracks = 1 - np.clip(np.abs(fractal(rng, h, w, 0.3 * px)) * 14, 0, 1)
    dark, bright = _jitter(rng, (0.33, 0.33, 0.34)), _jitter(rng, (0.68, 0.66, 0.63))
    picture = _mix(dark, bright, 0.5 + 0.16 * base + 0.1 * speck)
    return np.asarray(picture * (1 - rng.uniform(0, 0.5) * cracks[..., None]), np.float32)


def _random_colour(rng: np.random.Generator) -> NDArray[np.float32]:
    """Any colour, most of them muted, as most grounds are."""
    grey, vivid = rng.uniform(0.05, 0.95), rng.random(3)
    return np.asarray(grey + (vivid - vivid.mean()) * rng.choice([0.15, 0.4, 0.9]), np.float32)


def _noise(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    """Any two colours mixed by noise of any scale, stretch and strength, over a slow change of light."""
    low = _random_colour(rng)
    high = np.asarray(low + rng.normal(0, rng.choice([0.03, 0.1, 0.25]), 3), np.float32)
    cell = px * float(np.exp(rng.uniform(np.log(0.01), np.log(0.6))))
    stretch = float(np.exp(rng.normal(0, 0.5)))
    weight = 0.5 + rng.uniform(0.1, 0.6) * noise(rng, h, w, cell * stretch, cell / stretch)
    weight += rng.uniform(0, 0.3) * fractal(rng, h, w, cell * 0.5)
    picture = _mix(low, high, np.asarray(weight, np.float32))
    gy, gx = rng.normal(0, 0.25, 2)
    ramp = gy * np.linspace(-1, 1, h)[:, None] + gx * np.linspace(-1, 1, w)[None, :]
    return np.asarray(picture * (1 + ramp[..., None]), np.float32)


def _room(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    """Two grounds that meet in a line, as a wall and a table do, with a soft shade along it."""
    named = [_PAINTERS[kind] for kind in NAMED_GROUNDS]
    painters = [_noise if rng.random() < 0.5 else named[rng.integers(len(named))] for _ in range(2)]
    wall, floor = (painter(rng, h, w, px) for painter in painters)
    y = np.arange(h)[:, None] + rng.normal(0, 0.12) * np.arange(w)[None, :]
    distance = (y - rng.uniform(0.15, 0.85) * h) / (0.01 * px)
    shade = 1 - 0.25 * np.exp(-np.abs(distance) / rng.uniform(1, 12))
    edge = np.asarray(0.5 + distance / rng.uniform(1, 3), np.float32)
    picture = wall + (floor - wall) * np.clip(edge, 0, 1)[..., None]
    return np.asarray(picture * shade[..., None], np.float32)


@functools.cache
def photographs() -> tuple[PillowImage.Image, ...]:
    """The training photographs, decoded once."""
    return tuple(PillowImage.open(path).convert("RGB") for path in sorted(PHOTOS.glob("*.jpg")))


def _photo(rng: np.random.Generator, h: int, w: int, px: float) -> Image:
    """A crop of a photograph: any part, size, flip; its light and colours a little changed."""
    photos = photographs()
    photo = photos[rng.integers(len(photos))]
    side = min(photo.size) * float(np.exp(rng.uniform(np.log(0.2), 0.0)))
    cw, ch = (side * min(1, w / h), side * min(1, h / w))
    x, y = rng.uniform(0, photo.width - cw), rng.uniform(0, photo.height - ch)
    crop = photo.resize((w, h), PillowImage.Resampling.BICUBIC, box=(x, y, x + cw, y + ch))
    picture = np.asarray(crop, np.float32) / 255
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.15:
        picture = picture[::-1]
    grey = picture.mean(axis=-1, keepdims=True)
    vivid = picture + (grey - picture) * rng.uniform(-0.3, 0.5)
    if rng.random() < 0.25:  # a photograph under another light, or of another thing
        vivid = vivid[..., rng.permutation(3)]
    return np.asarray(np.clip(vivid, 0, 1) ** rng.uniform(0.7, 1.4) * rng.uniform(0.85, 1.1, 3), np.float32)


_PAINTERS: Final = {
    GroundKind.WOOD: _wood,
    GroundKind.GRASS: _grass,
    GroundKind.SKY: _sky,
    GroundKind.BRICK: _brick,
    GroundKind.SAND: _sand,
    GroundKind.WATER: _water,
    GroundKind.SNOW: _snow,
    GroundKind.STONE: _stone,
    GroundKind.NOISE: _noise,
    GroundKind.ROOM: _room,
    GroundKind.PHOTO: _photo,
}


def paint_ground(ground: Ground, height: int, width: int) -> Image:
    """The ground as a picture (height, width, 3) in [0, 1]; the same description gives the same picture."""
    rng = np.random.default_rng(ground.seed)
    shrink = 1.0 + 3.0 * ground.softness
    h, w = max(8, round(height / shrink)), max(8, round(width / shrink))
    picture = np.clip(_PAINTERS[ground.kind](rng, h, w, min(h, w) * ground.nearness), 0, 1)
    if (h, w) == (height, width):
        return np.asarray(picture, np.float32)
    planes = [PillowImage.fromarray(np.ascontiguousarray(picture[..., c], np.float32)) for c in range(3)]
    large = [np.asarray(p.resize((width, height), PillowImage.Resampling.BICUBIC)) for p in planes]
    return np.asarray(np.clip(np.stack(large, axis=-1), 0, 1), np.float32)
