"""Settling a painted region into its scene: no step in colour at its edge, and a smooth change inside.

A painted ground that is right but for its light shows the region's outline all the same. So the step between
the scene just outside of the edge and the painting just inside is measured along it, and spread inwards as a
membrane (a harmonic function, as in Poisson and mean-value cloning), which is added to the painting.
"""

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry.arrays import Bytes, Units
from dreammix.geometry.resampling import fit, resample
from dreammix.protocol import Box, Size

MEMBRANE_SIDE = 96
"""Longer side of the grid that all is computed on: a membrane is smooth."""
MEMBRANE_ROUNDS = 40
"""Relaxation steps on each grid; each begins with what a grid of half the side came to."""
COARSEST_SIDE = 12
"""Longer side of the grid that begins with the mean step."""
BAND_SHARE = 0.06
"""How far either side of the edge colours are averaged, as a share of the region's shorter side."""
MIN_BAND_CELLS = 2
MARGIN_SHARE = 0.15
"""How much of the scene around the region is looked at, as a share of the region's shorter side."""
MIN_MARGIN_PX = 4
TRUSTED_STEP = 0.16
"""In [0, 1] colour: a step much larger is a thing at the edge, no error of light; it counts little."""

Offsets = NDArray[np.float32]
"""What is to be added to a picture (H, W, C), in [-1, 1]."""


def settle(patch: Units, box: Box, scene: Bytes | Units, mask: Units, strength: float = 1.0) -> Units:
    """Take the step at the mask's edge out of a painted region.

    Args:
        patch: (box.height, box.width, 3), the painting; what lies outside of the mask is not read.
        box: its place on the canvas.
        scene: (H, W, 3).
        mask: (H, W).
        strength: how much of the step is taken out, 0 to 1.

    Returns:
        The patch with the membrane added; as it was where the mask meets no scene.
    """
    if strength == 0:
        return patch
    around = _around(box, Size(mask.shape[1], mask.shape[0]))
    inner = slice(box.y - around.y, box.bottom - around.y), slice(box.x - around.x, box.right - around.x)
    shrink = min(1.0, MEMBRANE_SIDE / max(around.width, around.height))
    grid = Size(max(1, round(around.width * shrink)), max(1, round(around.height * shrink)))
    covered = resample(mask, around, around.size) > 0
    inside = fit(covered.astype(np.float32), grid) > 0.5
    if not inside.any() or inside.all():
        return patch
    painting = resample(scene, around, around.size)
    painting[inner] = np.where(covered[inner][..., None], patch, painting[inner])
    band = max(MIN_BAND_CELLS, round(BAND_SHARE * shrink * min(box.width, box.height)))
    steps, trust = _steps(fit(painting, grid), resample(scene, around, grid), inside, band)
    membrane = _signed_fit(_membrane(steps, trust), around.size)[inner]
    return np.clip(patch + np.float32(strength) * membrane, 0, 1)


def _around(box: Box, canvas: Size) -> Box:
    """The box with a margin, inside of the canvas."""
    margin = max(MIN_MARGIN_PX, round(MARGIN_SHARE * min(box.width, box.height)))
    x, y = max(box.x - margin, 0), max(box.y - margin, 0)
    right, bottom = min(box.right + margin, canvas.width), min(box.bottom + margin, canvas.height)
    return Box(x, y, right - x, bottom - y)


def _steps(
    painting: Units, scene: Units, inside: NDArray[np.bool_], band: int
) -> tuple[Offsets, NDArray[np.float32]]:
    """The step in colour along the edge, (h, w, 3), and how far to trust it, (h, w); 0 off the edge."""
    without, within = (~inside).astype(np.float32)[..., None], inside.astype(np.float32)[..., None]
    outer = _blur(scene * without, band) / np.maximum(_blur(without, band), 1e-6)
    inner = _blur(painting * within, band) / np.maximum(_blur(within, band), 1e-6)
    steps = np.asarray(outer - inner, np.float32)
    edge = inside & (_blur(without, 1)[..., 0] > 0)
    size = np.abs(steps).max(axis=-1)
    return steps, np.where(edge, np.exp(-((size / TRUSTED_STEP) ** 2)), 0).astype(np.float32)


def _membrane(steps: Offsets, trust: NDArray[np.float32]) -> Offsets:
    """The smoothest function on the grid that follows the steps as far as they are trusted."""
    held = trust[..., None]
    height, width = trust.shape
    if max(height, width) > COARSEST_SIDE:
        half = Size((width + 1) // 2, (height + 1) // 2)
        weight = fit(trust, half)
        pulled = _signed_fit(steps * held, half) / np.maximum(weight, np.float32(1e-6))[..., None]
        field = _signed_fit(_membrane(pulled.astype(np.float32), weight), Size(width, height))
    else:
        mean_step = (steps * held).sum((0, 1)) / max(float(held.sum()), 1e-6)
        field = np.broadcast_to(mean_step, steps.shape).astype(np.float32)
    for _ in range(MEMBRANE_ROUNDS):
        padded = np.pad(field, ((1, 1), (1, 1), (0, 0)), mode="edge")
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        field = np.asarray(held * steps + (1 - held) * mean, np.float32)
    return field


def _signed_fit(values: Offsets, size: Size) -> Offsets:
    """`fit` for values in [-1, 1]."""
    return np.asarray(2 * fit(np.asarray((values + 1) / 2, np.float32), size) - 1, np.float32)


def _blur(values: Units, reach: int) -> Units:
    """Mean over the square of 2 * reach + 1 pixels a side, the border repeated."""
    for axis in (0, 1):
        pad = [(0, 0)] * values.ndim
        pad[axis] = (reach + 1, reach)
        sums = np.moveaxis(np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float64), axis, 0)
        means = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)
        values = np.moveaxis(means, 0, axis).astype(np.float32)
    return values
