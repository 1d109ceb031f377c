"""The metrics on pictures whose answer is known."""

import numpy as np
import pytest

from dreammix.evaluation.pictures import gradient_energy, grown, painted, psnr, ring_error, seam
from dreammix.geometry import Units

SIDE = 48
NOBODY = np.zeros((SIDE, SIDE), bool)


@pytest.fixture
def ground() -> Units:
    """(48, 48, 3) of rough ground."""
    return np.random.default_rng(3).uniform(0.3, 0.6, (SIDE, SIDE, 3)).astype(np.float32)


@pytest.fixture
def mask() -> Units:
    """(48, 48) with a square of 20 in the middle."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[14:34, 14:34] = 1
    return mask


def waves(period: int, strength: float) -> Units:
    """(48, 48, 3) of vertical stripes whose brightness is a sine."""
    row = 0.5 + strength * np.sin(2 * np.pi * np.arange(SIDE) / period)
    return np.broadcast_to(row[None, :, None], (SIDE, SIDE, 3)).astype(np.float32)


def test_equal_pictures_have_infinite_psnr(ground: Units) -> None:
    """There is no noise to compare the signal with."""
    assert psnr(ground, ground) == float("inf")


def test_an_error_of_a_tenth_is_20_db(ground: Units) -> None:
    """10 log10(1 / 0.1 ** 2)."""
    assert psnr(ground + np.float32(0.1), ground) == pytest.approx(20, abs=1e-4)


def test_the_true_render_has_no_seam_and_no_ring(ground: Units, mask: Units) -> None:
    """Both metrics are differences to the truth, so the truth scores 0."""
    assert seam(ground, ground, mask, NOBODY) == 0
    assert ring_error(ground, ground, mask, NOBODY) == 0


def test_a_hard_box_on_flat_ground_shows_by_its_step(mask: Units) -> None:
    """A square that is 0.1 lighter has a seam and a ring of 25.5 levels."""
    flat = np.full((SIDE, SIDE, 3), 0.4, np.float32)
    boxed = flat + np.float32(0.1) * mask[..., None]
    assert seam(boxed, flat, mask, NOBODY) == pytest.approx(25.5, rel=1e-4)
    assert ring_error(boxed, flat, mask, NOBODY) == pytest.approx(25.5, rel=1e-4)


def test_rough_ground_hides_a_seam_but_no_ring(ground: Units, mask: Units) -> None:
    """Where neighbours differ anyway a step adds less to their difference; mean colours still tell it."""
    boxed = ground + np.float32(0.05) * mask[..., None]
    assert 0 < seam(boxed, ground, mask, NOBODY) < 6
    assert ring_error(boxed, ground, mask, NOBODY) == pytest.approx(12.75, rel=1e-4)


def test_other_ground_of_the_same_kind_has_hardly_a_seam(mask: Units) -> None:
    """What is painted need not be the truth to the pixel: texture of the same statistics shows no edge."""
    first, second = (
        np.random.default_rng(s).uniform(0.3, 0.6, (SIDE, SIDE, 3)).astype(np.float32) for s in (1, 2)
    )
    repainted = np.where(mask[..., None] > 0, second, first)
    assert abs(seam(repainted, first, mask, NOBODY)) < 5


def test_where_the_true_subject_crosses_the_edge_nothing_is_held_against_the_picture(mask: Units) -> None:
    """An error under the subject's pixels changes neither metric."""
    flat = np.full((SIDE, SIDE, 3), 0.4, np.float32)
    spoilt = flat.copy()
    spoilt[:, 14:24] = 1
    subject = np.zeros((SIDE, SIDE), bool)
    subject[:, 13:25] = True
    assert seam(spoilt, flat, mask, subject) == 0
    assert ring_error(spoilt, flat, mask, subject) == 0


def test_a_mask_without_an_edge_has_no_seam(ground: Units) -> None:
    """A mask over everything meets no scene."""
    everything = np.ones((SIDE, SIDE), np.float32)
    assert seam(1 - ground, ground, everything, NOBODY) == 0
    assert ring_error(1 - ground, ground, everything, NOBODY) == 0


def test_gradient_energy_grows_with_the_square_of_contrast() -> None:
    """Half the contrast, a quarter of the energy."""
    everywhere = np.ones((SIDE, SIDE), bool)
    whole, half = (gradient_energy(waves(6, s), everywhere) for s in (0.4, 0.2))
    assert half == pytest.approx(whole / 4, rel=1e-4)


def test_blur_takes_the_known_share_of_gradient_energy() -> None:
    """The mean of three neighbours leaves (1 + 2 cos(2 pi / period)) / 3 of a sine: 2/3 for a period of 6."""
    sharp = waves(6, 0.4)
    blurred = (np.roll(sharp, 1, 1) + sharp + np.roll(sharp, -1, 1)) / np.float32(3)
    everywhere = np.ones((SIDE, SIDE), bool)
    share = gradient_energy(blurred, everywhere) / gradient_energy(sharp, everywhere)
    assert share == pytest.approx(4 / 9, rel=1e-3)


def test_gradient_energy_looks_only_where_it_is_told(ground: Units, mask: Units) -> None:
    """Detail outside of the marks does not count."""
    inside = mask > 0
    smooth = np.where(inside[..., None], np.float32(0.5), ground)
    assert gradient_energy(smooth, inside) == 0
    assert gradient_energy(smooth, ~inside) > 0
    assert gradient_energy(ground, NOBODY) == 0


def test_painted_is_what_differs_from_the_scene_inside_of_the_mask(ground: Units, mask: Units) -> None:
    """A change below the threshold, or outside of the mask, is none."""
    picture = ground.copy()
    picture[20:24, 20:24] += 0.3
    picture[0:4, 0:4] += 0.3
    picture[28:30, 28:30] += 0.05
    marks = painted(picture, ground, mask)
    assert marks[20:24, 20:24].all()
    assert marks.sum() == 16


def test_growing_marks_reach_as_many_rooks_moves() -> None:
    """One pixel grown by two is a diamond of 13."""
    marks = np.zeros((7, 7), bool)
    marks[3, 3] = True
    assert grown(marks, 2).sum() == 13
    assert marks.sum() == 1
