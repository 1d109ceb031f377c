"""Settling: the step at a region's edge goes, and what is painted inside stays."""

import numpy as np
import pytest

from dreammix.geometry import mask_box, settle
from dreammix.geometry.arrays import Units

H, W = 60, 80


def _ellipse() -> Units:
    y, x = np.mgrid[0:H, 0:W]
    return np.asarray((((x - 40) / 26) ** 2 + ((y - 30) / 20) ** 2 <= 1), np.float32)


def _scene() -> Units:
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    return np.stack([0.4 + 0.002 * x, 0.5 + 0.002 * y, 0.45 + 0 * x], axis=-1)


def _settled(painted: Units, scene: Units, mask: Units, strength: float = 1.0) -> Units:
    """The whole painting, settled."""
    box = mask_box(mask)
    inner = slice(box.y, box.bottom), slice(box.x, box.right)
    result = painted.copy()
    result[inner] = settle(painted[inner], box, scene, mask, strength)
    return result


def test_an_even_error_of_light_goes() -> None:
    """A ground painted too dark by the same amount everywhere becomes the scene's ground."""
    scene, mask = _scene(), _ellipse()
    settled = _settled(scene - 0.08, scene, mask)
    assert np.abs(settled - scene)[mask > 0].max() < 0.012


def test_an_error_that_changes_across_the_region_goes() -> None:
    """A ground painted too dark on the left and too light on the right becomes the scene's ground."""
    scene, mask = _scene(), _ellipse()
    x = np.mgrid[0:H, 0:W][1].astype(np.float32)[..., None]
    settled = _settled(scene + 0.08 * (x - 40) / 26, scene, mask)
    assert np.abs(settled - scene)[mask > 0].max() < 0.03


def test_the_same_error_goes_from_a_large_region() -> None:
    """What is taken out spreads across a region of any size, not only near its edge."""
    scene, mask = (
        np.kron(a, np.ones((8, 8) + (1,) * (a.ndim - 2), np.float32)) for a in (_scene(), _ellipse())
    )
    settled = _settled(scene - 0.08, scene, mask)
    assert np.abs(settled - scene)[mask > 0].max() < 0.02


def test_a_right_ground_stays() -> None:
    """Where the painting continues the scene, a thing in the middle of it keeps its colours."""
    scene, mask = _scene(), _ellipse()
    painted = scene.copy()
    painted[24:36, 34:46] = (0.9, 0.1, 0.1)
    assert np.abs(_settled(painted, scene, mask) - painted)[mask > 0].max() < 0.02


def test_a_thing_at_the_edge_is_no_error_of_light() -> None:
    """A thing that stands across the edge does not stain the ground on the other side."""
    scene, mask = _scene(), _ellipse()
    painted = scene.copy()
    painted[:, 52:] = (0.95, 0.05, 0.05)
    changed = np.abs(_settled(painted, scene, mask) - painted)[:, :45]
    assert changed[mask[:, :45] > 0].max() < 0.03


def test_a_mask_of_everything_has_no_edge() -> None:
    """Nothing is changed where no scene is left around the mask."""
    scene = _scene()
    painted = scene * 0.5
    assert (_settled(painted, scene, np.ones((H, W), np.float32)) == painted).all()


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_strength_scales_what_is_added(strength: float) -> None:
    """Half the strength takes out half of the step."""
    scene, mask = _scene(), _ellipse()
    settled = _settled(scene - 0.08, scene, mask, strength)
    assert np.allclose((settled - scene + 0.08)[30, 40], 0.08 * strength, atol=0.01)


@pytest.mark.parametrize("place", [(0, 0), (30, 40), (59, 79)])
def test_one_pixel_can_be_settled(place: tuple[int, int]) -> None:
    """A mask of one pixel, in the corner too, takes the colour around it."""
    scene, mask = _scene(), np.zeros((H, W), np.float32)
    mask[place] = 1
    settled = _settled(scene - 0.05, scene, mask)
    assert np.abs(settled - scene)[place].max() < 0.03
