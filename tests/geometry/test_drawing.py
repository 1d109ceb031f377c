"""Regions drawn around a thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.geometry import DrawnKind, draw_around, mask_box
from dreammix.protocol import Box, Size

CANVAS = Size(120, 90)


@st.composite
def things(draw: st.DrawFn) -> tuple[Box, Size]:
    """A box in a canvas of any size."""
    canvas = Size(draw(st.integers(1, 150)), draw(st.integers(1, 150)))
    width, height = draw(st.integers(1, canvas.width)), draw(st.integers(1, canvas.height))
    return Box(
        draw(st.integers(0, canvas.width - width)),
        draw(st.integers(0, canvas.height - height)),
        width,
        height,
    ), canvas


@given(things(), st.integers(0, 10_000), st.sampled_from(DrawnKind))
def test_a_region_is_a_mask_of_the_canvas_that_meets_the_thing(
    placed: tuple[Box, Size], seed: int, kind: DrawnKind
) -> None:
    """Of 0 and 1, of the canvas's size, and never without a pixel of the thing, however small that is."""
    thing, canvas = placed
    region = draw_around(np.random.default_rng(seed), thing, canvas, kind)
    assert region.shape == (canvas.height, canvas.width)
    assert region.dtype == np.float32
    assert set(np.unique(region)) <= {0.0, 1.0}
    assert region[thing.y : thing.bottom, thing.x : thing.right].any()


@given(things(), st.integers(0, 10_000))
def test_a_box_holds_all_of_the_thing(placed: tuple[Box, Size], seed: int) -> None:
    """No pixel of the thing's box is left out, and the region is a box itself."""
    thing, canvas = placed
    region = draw_around(np.random.default_rng(seed), thing, canvas, DrawnKind.BOX)
    drawn = mask_box(region)
    assert drawn.contains(thing)
    assert region.sum() == drawn.width * drawn.height


@pytest.mark.parametrize("kind", [DrawnKind.ELLIPSE, DrawnKind.BLOB, DrawnKind.LOOSE])
def test_round_regions_cut_little_of_the_thing(kind: DrawnKind) -> None:
    """Of a thing that is an ellipse in its box, hardly a pixel lies outside."""
    thing = Box(40, 30, 40, 30)
    y, x = np.mgrid[0:90, 0:120]
    ellipse = np.hypot((x + 0.5 - 60) / 20, (y + 0.5 - 45) / 15) <= 1
    for seed in range(50):
        region = draw_around(np.random.default_rng(seed), thing, CANVAS, kind)
        assert (region[ellipse] == 1).mean() > 0.9


def test_loose_regions_have_more_room() -> None:
    """On average they are half as large again as tight ones, and larger than the thing."""
    thing = Box(45, 35, 30, 20)

    def area(kind: DrawnKind) -> float:
        return float(
            np.mean(
                [draw_around(np.random.default_rng(seed), thing, CANVAS, kind).sum() for seed in range(40)]
            )
        )

    assert area(DrawnKind.LOOSE) > 1.5 * area(DrawnKind.BLOB) > 1.5 * thing.size.area * 0.8


def test_a_hand_draws_many_kinds_and_the_same_seed_the_same_region() -> None:
    """Chance is the generator's: each seed has its region, and all four kinds come."""
    thing = Box(45, 35, 30, 20)
    drawn = [draw_around(np.random.default_rng(seed), thing, CANVAS) for seed in range(30)]
    again = draw_around(np.random.default_rng(3), thing, CANVAS)
    assert np.array_equal(drawn[3], again)
    assert len({region.tobytes() for region in drawn}) == 30
    filled = [region.sum() / mask_box(region).size.area for region in drawn]
    assert 1.0 in filled
    assert min(filled) < 0.9
