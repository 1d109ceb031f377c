"""The patches that a thing has to fit better than."""

import numpy as np

from dreammix.evaluation.subjects.patches import patches
from dreammix.geometry import Units

SIDE = 40


def ellipse(half: tuple[float, float]) -> Units:
    """Where a sharp ellipse in the middle is, (S, S)."""
    rows, columns = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    return np.asarray((columns / half[0]) ** 2 + (rows / half[1]) ** 2 < 1, np.float32)


def test_an_even_ellipse_is_found() -> None:
    """One of the patches is it, but for its edge."""
    ground = np.full((SIDE, SIDE, 3), 0.5, np.float32)
    cover = ellipse((12, 7))[..., None]
    seen = ground + cover * (np.array([0.9, 0.1, 0.2], np.float32) - ground)
    least = min(
        np.abs(patch - seen).mean() for patch in patches(ground, seen, np.ones((SIDE, SIDE), np.float32))
    )
    assert least < 0.03 * np.abs(ground - seen).mean() + 1e-3


def test_nothing_has_changed_where_nothing_was_painted() -> None:
    """Then the ground is the only patch."""
    ground = np.random.default_rng(0).random((SIDE, SIDE, 3), dtype=np.float32)
    (only,) = patches(ground, ground.copy(), np.ones((SIDE, SIDE), np.float32))
    assert np.array_equal(only, ground)


def test_only_what_counts_is_looked_at() -> None:
    """A change outside the region moves no patch."""
    ground = np.zeros((SIDE, SIDE, 3), np.float32)
    region = ellipse((10, 10))
    seen = ground + region[..., None] * np.float32(0.5)
    disturbed = seen + (1 - region[..., None]) * np.random.default_rng(1).random(seen.shape, dtype=np.float32)
    pairs = zip(patches(ground, seen, region), patches(ground, disturbed, region), strict=True)
    assert all(np.allclose(one, other, atol=1e-6) for one, other in pairs)
