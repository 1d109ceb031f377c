"""Regions: 0 or 1, never empty, around the object that they are drawn for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.sandbox.world import RegionKind, region_anywhere, region_of, render, sample_scene

SIDE = 48
kinds = st.sampled_from([*RegionKind, None])
seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 60), st.integers(1, 60), kinds)
def test_a_region_anywhere_is_a_mask(seed: int, height: int, width: int, kind: RegionKind | None) -> None:
    """Of any size, of zeros and ones, with at least one pixel in it."""
    region = region_anywhere(np.random.default_rng(seed), (height, width), kind)
    assert region.shape == (height, width)
    assert region.dtype == np.float32
    assert set(np.unique(region)) <= {0.0, 1.0}
    assert region.any()


@given(seeds, st.integers(0, 29), st.integers(0, 39), st.integers(1, 30), st.integers(1, 40))
def test_a_box_holds_all_of_what_it_is_around(
    seed: int, top: int, left: int, height: int, width: int
) -> None:
    """Whatever an object covers, the box around it covers too, to the last pixel."""
    coverage = np.zeros((30, 40), np.float32)
    coverage[top : top + height, left : left + width] = 1
    region = region_of(np.random.default_rng(seed), coverage, RegionKind.BOX)
    assert (region >= coverage).all()


@pytest.mark.parametrize("kind", RegionKind)
def test_every_kind_holds_its_object(kind: RegionKind) -> None:
    """The rounder kinds may cut the corners of the object's box, but hardly ever the object."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        coverage = render(sample_scene(rng, side=(0.3, 0.7), others=0.0), SIDE, SIDE).coverages[-1]
        region = region_of(rng, coverage, kind)
        assert set(np.unique(region)) <= {0.0, 1.0}
        assert (region * coverage).sum() > 0.97 * coverage.sum()


def test_loose_regions_are_the_largest() -> None:
    """A loose region leaves at least half again as much room as a box."""
    coverage = np.zeros((SIDE, SIDE), np.float32)
    coverage[18:30, 18:30] = 1

    def area(kind: RegionKind) -> float:
        return float(np.mean([region_of(np.random.default_rng(k), coverage, kind).sum() for k in range(40)]))

    assert area(RegionKind.LOOSE) > 1.5 * area(RegionKind.BOX)


def test_the_same_seed_draws_the_same_region() -> None:
    """A region follows from the generator alone, and with no kind said, all kinds come."""
    regions = [
        [region_anywhere(np.random.default_rng(seed), (30, 30)) for seed in range(20)] for _ in range(2)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(*regions, strict=True))
    assert len({region.tobytes() for region in regions[0]}) == 20


def test_an_object_that_cannot_be_seen_still_gets_a_region() -> None:
    """Where nothing is covered, the region is anywhere."""
    assert region_of(np.random.default_rng(0), np.zeros((20, 20), np.float32)).any()
