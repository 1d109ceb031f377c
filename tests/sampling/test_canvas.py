"""What the stages see of the canvas, and the way back."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from dreammix.geometry import View, resample
from dreammix.protocol import Box, Size
from dreammix.sampling.canvas import Canvas, cut, fine, to_canvas

SIDES = Size(24, 18)
REGION = Box(7, 5, 6, 4)
WINDOW = Box(3, 2, 16, 12)
PATCHED = Box(5, 4, 10, 8)


def pixels(seed: int, size: Size, rows: int | None = None) -> NDArray[np.float32]:
    """Random pictures (H, W, 3), or (rows, H, W, 3)."""
    shape = (size.height, size.width, 3) if rows is None else (rows, size.height, size.width, 3)
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def canvas(value: float = 1) -> Canvas:
    """A random scene with a mask of one value in `REGION`."""
    mask = np.zeros((SIDES.height, SIDES.width), np.float32)
    mask[REGION.y : REGION.bottom, REGION.x : REGION.right] = value
    return Canvas(pixels(0, SIDES), mask)


def test_masked() -> None:
    """The canvas knows the box of its mask."""
    assert canvas().masked == REGION


def test_there_and_back() -> None:
    """A crop that is looked at as it is comes back as the scene's pixels."""
    view = View(WINDOW, WINDOW.size)
    back = to_canvas(canvas().crop(view), view, REGION)
    expected = pixels(0, SIDES)[REGION.y : REGION.bottom, REGION.x : REGION.right]
    np.testing.assert_allclose(back, expected[None], atol=1e-6)


def test_enlarged() -> None:
    """A smaller model picture is enlarged to its box before the part is taken."""
    view = View(WINDOW, Size(8, 6))
    small = pixels(1, view.size)
    whole = resample(small, Box.of(view.size), WINDOW.size)
    found = to_canvas(torch.from_numpy(small).movedim(-1, 0)[None] * 2 - 1, view, REGION)
    np.testing.assert_allclose(found, cut(whole[None], WINDOW, REGION), atol=1e-6)


def test_clamped() -> None:
    """What a decoder gives beyond black and white becomes black and white."""
    view = View(WINDOW, WINDOW.size)
    pictures = torch.full((2, 3, WINDOW.height, WINDOW.width), 1.5)
    pictures[1] = -1.5
    assert [float(picture.mean()) for picture in to_canvas(pictures, view, REGION)] == [1, 0]


def test_pasted() -> None:
    """Each patch is mixed in by the mask's value and its own share; the scene stays as it is elsewhere."""
    patches, view = pixels(2, PATCHED.size, rows=2), View(WINDOW, WINDOW.size)
    shares = np.stack([np.full(patches.shape[1:3], share, np.float32) for share in (1, 0.4)])
    found = to_canvas(canvas(0.25).pasted(patches, shares, PATCHED, view), view, WINDOW)
    scene = pixels(0, SIDES)
    for patch, alpha, picture in zip(patches, (0.25, 0.1), found, strict=True):
        full = scene.copy()
        part = cut(patch[None], PATCHED, REGION)[0]
        place = full[REGION.y : REGION.bottom, REGION.x : REGION.right]
        place[:] = (1 - alpha) * place + alpha * part
        np.testing.assert_allclose(picture, cut(full[None], Box.of(SIDES), WINDOW)[0], atol=1e-6)


def test_fine() -> None:
    """Stripes of one model pixel are all fine, no change is none."""
    view = View(WINDOW, WINDOW.size)
    still = np.zeros((2, PATCHED.height, PATCHED.width, 3), np.float32)
    striped = still.copy()
    striped[:, ::2] += 0.25
    striped[:, 1::2] -= 0.25
    np.testing.assert_allclose(fine(still, PATCHED, view), 0, atol=1e-6)
    np.testing.assert_allclose(fine(striped, PATCHED, view), striped, atol=1e-6)


def test_coarse() -> None:
    """A change that is many model pixels wide is fine at its edges alone."""
    size, box = Size(64, 64), Box(16, 16, 32, 32)
    for change in (1, -1):
        changes = np.full((1, 32, 32, 3), change, np.float32)
        found = change * fine(changes, box, View(Box.of(size), size))[0]
        assert np.abs(found[12:20, 12:20]).max() < 0.01
        assert found[0].min() > 0.2


def test_fine_is_of_the_view() -> None:
    """The same change is finer in a view that shows it smaller."""
    size, box = Size(64, 64), Box(16, 16, 32, 32)
    change = np.ones((1, 32, 32, 3), np.float32)
    energy = [float((fine(change, box, View(Box.of(size), Size(s, s))) ** 2).sum()) for s in (64, 32, 16)]
    assert energy == sorted(energy)


def test_only_the_view_is_read() -> None:
    """Pixels outside of the view change nothing, whatever they hold."""
    scene = pixels(0, SIDES)
    view = View(WINDOW, Size(8, 6))
    mask = np.zeros((SIDES.height, SIDES.width), np.float32)
    mask[REGION.y : REGION.bottom, REGION.x : REGION.right] = 1
    seen = Canvas(scene.copy(), mask).crop(view)
    inside = scene[WINDOW.y : WINDOW.bottom, WINDOW.x : WINDOW.right].copy()
    scene[:] = np.nan
    scene[WINDOW.y : WINDOW.bottom, WINDOW.x : WINDOW.right] = inside
    assert torch.equal(Canvas(scene, mask).crop(view), seen)
