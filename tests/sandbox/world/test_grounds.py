"""Grounds: textures, rooms and photographs, each a pure function of its description and the size."""

from collections import Counter

import numpy as np
import pytest

from dreammix.sandbox.world import NAMED_GROUNDS, Ground, GroundKind, paint_ground, sample_ground


@pytest.mark.parametrize("kind", GroundKind)
def test_every_kind_paints_at_any_size(kind: GroundKind) -> None:
    """Whatever the seed, nearness and softness, all of [0, 1] and of the size that was asked for."""
    rng = np.random.default_rng(0)
    for size in ((32, 32), (1, 1), (3, 60), (60, 9)):
        picture = paint_ground(sample_ground(rng, (kind,)), *size)
        assert picture.shape == (*size, 3)
        assert picture.dtype == np.float32
        assert picture.min() >= 0
        assert picture.max() <= 1


@pytest.mark.parametrize("kind", GroundKind)
def test_a_ground_is_its_description(kind: GroundKind) -> None:
    """The same description gives the same picture to the bit, another seed another picture."""
    first, again, other = (paint_ground(Ground(kind=kind, seed=seed), 24, 24) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", [GroundKind.GRASS, GroundKind.SAND, GroundKind.PHOTO])
def test_soft_grounds_are_blurred(kind: GroundKind) -> None:
    """A ground at its softest has less than half the detail of the sharp one."""

    def detail(softness: float) -> float:
        grounds = [Ground(kind=kind, seed=seed, softness=softness) for seed in range(6)]
        return float(np.mean([np.abs(np.diff(paint_ground(g, 48, 48), axis=1)).mean() for g in grounds]))

    assert detail(1.0) < 0.5 * detail(0.0)


def test_near_textures_are_coarser() -> None:
    """Four times nearer, a texture changes less from pixel to pixel."""

    def detail(nearness: float) -> float:
        grounds = [Ground(kind=GroundKind.WATER, seed=seed, nearness=nearness) for seed in range(6)]
        return float(np.mean([np.abs(np.diff(paint_ground(g, 48, 48), axis=1)).mean() for g in grounds]))

    assert detail(4.0) < 0.6 * detail(1.0)


def test_all_kinds_are_drawn_and_photographs_most() -> None:
    """Two in five are photographs, a quarter unnamed textures and rooms, the rest the named kinds."""
    rng = np.random.default_rng(0)
    kinds = Counter(sample_ground(rng).kind for _ in range(2000))
    assert set(kinds) == set(GroundKind)
    assert kinds[GroundKind.PHOTO] / 2000 == pytest.approx(0.40, abs=0.04)
    assert sum(kinds[kind] for kind in NAMED_GROUNDS) / 2000 == pytest.approx(0.35, abs=0.04)


def test_only_the_kinds_asked_for_are_drawn() -> None:
    """A list of kinds is kept to."""
    rng = np.random.default_rng(0)
    wanted = (GroundKind.SNOW, GroundKind.PHOTO)
    assert {sample_ground(rng, wanted).kind for _ in range(50)} == set(wanted)
