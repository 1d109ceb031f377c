"""The smoothest division, and its pieces."""

import numpy as np

from dreammix.segmentation.cut import smooth_cut, whole


def energy(u: np.ndarray, cost: np.ndarray, price: float) -> float:
    """What a division costs in all."""
    edges = np.abs(np.diff(u, axis=0)).sum() + np.abs(np.diff(u, axis=1)).sum()
    return float((cost * u).sum() + price * edges)


def test_no_division_is_cheaper() -> None:
    """On a grid small enough to try every division, the cut's is the cheapest."""
    rng = np.random.default_rng(3)
    every = ((np.arange(2**12)[:, None] >> np.arange(12)) & 1).reshape(-1, 3, 4).astype(np.float32)
    for _ in range(5):
        cost = rng.normal(0, 1, (3, 4)).astype(np.float32)
        price = np.full_like(cost, 0.4)
        u = smooth_cut(cost, price, price, 2000) > 0.5
        least = min(energy(each, cost, 0.4) for each in every)
        assert abs(energy(u.astype(np.float32), cost, 0.4) - least) < 1e-4


def test_a_lone_pixel_gives_in() -> None:
    """One pixel that disagrees with all of its neighbours is outvoted; where edges are free it is not."""
    cost = np.ones((9, 9), np.float32)
    cost[4, 4] = -1
    price = np.full_like(cost, 0.5)
    assert (smooth_cut(cost, price, price, 500) < 0.5).all()
    assert smooth_cut(cost, 0 * price, 0 * price, 500)[4, 4] > 0.5


def test_the_largest_piece_stays() -> None:
    """Of two pieces that touch at a corner only, the smaller goes."""
    inside = np.zeros((8, 8), bool)
    inside[1:4, 1:4] = inside[4:6, 4:6] = True
    kept = whole(inside, 0, 0.0)
    assert kept[1:4, 1:4].all()
    assert kept.sum() == 9


def test_what_floats_close_by_belongs_to_it() -> None:
    """A gap of two pixels is bridged by reaching one from each side, without being filled; three are not."""
    inside = np.zeros((12, 12), bool)
    inside[5:11] = inside[1:3] = True
    np.testing.assert_array_equal(whole(inside, 1, 0.0), inside)
    inside[2] = False
    assert not whole(inside, 1, 0.0)[1].any()


def test_small_holes_are_filled() -> None:
    """A speck in the subject is the subject; a handle's opening and a bay at the border are not."""
    inside = np.ones((20, 20), bool)
    inside[3, 3] = False
    inside[8:14, 8:14] = False
    inside[0, 10] = False
    kept = whole(inside, 0, 0.01)
    assert kept[3, 3]
    assert not kept[8:14, 8:14].any()
    assert not kept[0, 10]


def test_nothing_stays_nothing() -> None:
    """An empty region has no piece."""
    assert not whole(np.zeros((4, 4), bool), 1, 0.1).any()
