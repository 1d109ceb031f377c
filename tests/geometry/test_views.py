"""Views: what they promise on every canvas."""

from math import ceil, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.geometry import (
    AREA_TOLERANCE,
    MAX_ASPECT,
    MAX_MAGNIFICATION,
    View,
    enlarge,
    local_view,
    square_around,
    whole_view,
    window_view,
)
from dreammix.geometry.views import model_sizes
from dreammix.protocol import Box, Size

SANDBOX, SDXL = (128, 16), (1024, 64)
models = st.sampled_from([SANDBOX, SDXL, (256, 16), (64, 64), (96, 32), (24, 1)])
sides = st.one_of(st.integers(1, 12), st.integers(1, 1200))
ratios = st.floats(1, 4)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Box, Size]:
    """A region somewhere on a canvas: strips, single pixels, borders and all of it included."""
    canvas = Size(draw(sides), draw(sides))
    x, y = draw(st.integers(0, canvas.width - 1)), draw(st.integers(0, canvas.height - 1))
    width, height = draw(st.integers(1, canvas.width - x)), draw(st.integers(1, canvas.height - y))
    return draw(st.sampled_from([Box(x, y, width, height), Box(x, y, 1, 1), Box.of(canvas)])), canvas


@st.composite
def roomy_scenes(draw: st.DrawFn) -> tuple[Box, Size]:
    """A region on a canvas that ends nowhere near it."""
    width, height = draw(st.integers(1, 200)), draw(st.integers(1, 200))
    return Box(4000, 4000, width, height), Size(8192, 8192)


def aspect_error(view: View) -> float:
    """How much more the view stretches one side than the other, as a logarithm."""
    return abs(log(view.box.width * view.size.height / (view.box.height * view.size.width)))


def assert_view(view: View, region: Box, canvas: Size, native: int, multiple: int) -> None:
    """What every view promises."""
    assert Box.of(canvas).contains(view.box)
    assert view.box.contains(region)
    assert view.size.width % multiple == view.size.height % multiple == 0
    assert abs(view.size.area - native**2) <= AREA_TOLERANCE * native**2
    assert max(view.size.width, view.size.height) <= MAX_ASPECT * min(view.size.width, view.size.height)


@given(scenes(), models, ratios)
def test_local_views_keep_their_promise(
    scene: tuple[Box, Size], model: tuple[int, int], ratio: float
) -> None:
    """LCG sees the region, nothing off the canvas, at a size that the model is made for."""
    region, canvas = scene
    assert_view(local_view(region, canvas, *model, ratio=ratio), region, canvas, *model)


@given(scenes(), models, ratios)
def test_windows_keep_their_promise(scene: tuple[Box, Size], model: tuple[int, int], ratio: float) -> None:
    """GCH's window sees all of LCG's crop."""
    region, canvas = scene
    local = local_view(region, canvas, *model)
    assert_view(window_view(local, ratio, canvas, *model), local.box, canvas, *model)


@given(sides, sides, models)
def test_whole_views_see_the_whole(width: int, height: int, model: tuple[int, int]) -> None:
    """The paper's GCH sees every pixel, at the size whose aspect is nearest."""
    canvas = Size(width, height)
    view = whole_view(canvas, *model)
    assert_view(view, Box.of(canvas), canvas, *model)
    assert aspect_error(view) == min(aspect_error(View(Box.of(canvas), size)) for size in model_sizes(*model))


@given(st.integers(100, 1200), st.floats(1 / MAX_ASPECT, MAX_ASPECT), st.sampled_from([SANDBOX, SDXL]))
def test_a_whole_canvas_is_hardly_stretched(width: int, aspect: float, model: tuple[int, int]) -> None:
    """Up to the largest aspect, the sizes are dense enough for a tenth."""
    assert aspect_error(whole_view(Size(width, ceil(width / aspect)), *model)) <= 0.1


@given(roomy_scenes(), models, ratios)
def test_a_view_with_room_is_isotropic(scene: tuple[Box, Size], model: tuple[int, int], ratio: float) -> None:
    """One side of the box is exact, the other is rounded."""
    view = local_view(*scene, *model, ratio=ratio)
    box, size = view.box, view.size
    off = min(
        abs(box.width - box.height * size.width / size.height),
        abs(box.height - box.width * size.height / size.width),
    )
    assert off <= 0.5 + 1e-6


@given(roomy_scenes(), models, ratios)
def test_a_view_with_room_contains_the_context(
    scene: tuple[Box, Size], model: tuple[int, int], ratio: float
) -> None:
    """m' lies in the crop."""
    region, canvas = scene
    assert local_view(region, canvas, *model, ratio=ratio).box.contains(enlarge(region, ratio, canvas))


@given(roomy_scenes(), st.sampled_from([SANDBOX, SDXL]), ratios)
def test_a_view_with_room_takes_little_more_than_the_context(
    scene: tuple[Box, Size], model: tuple[int, int], ratio: float
) -> None:
    """The sizes are dense enough for a fifth more, unless the aspect or the magnification asks for more."""
    region, canvas = scene
    box = local_view(region, canvas, *model, ratio=ratio).box
    least = ceil(model[0] / MAX_MAGNIFICATION)
    context = Size(max(ceil(region.width * ratio), least), max(ceil(region.height * ratio), least))
    limit = MAX_ASPECT * 0.9  # the most oblong size may be a little less oblong than allowed
    width, height = max(context.width, context.height / limit), max(context.height, context.width / limit)
    assert box.size.area <= 1.2 * (width + 1) * (height + 1)


@given(roomy_scenes(), models, ratios)
def test_a_view_with_room_is_centred(scene: tuple[Box, Size], model: tuple[int, int], ratio: float) -> None:
    """The centres of region and box are at most half a pixel apart."""
    region, canvas = scene
    box = local_view(region, canvas, *model, ratio=ratio).box
    assert abs(region.x + region.right - box.x - box.right) <= 1
    assert abs(region.y + region.bottom - box.y - box.bottom) <= 1


@given(models)
def test_one_pixel_is_not_magnified_beyond_sense(model: tuple[int, int]) -> None:
    """A tiny region gets context instead."""
    view = local_view(Box(500, 500, 1, 1), Size(2000, 2000), *model)
    assert view.size.width <= MAX_MAGNIFICATION * view.box.width
    assert view.size.height <= MAX_MAGNIFICATION * view.box.height


def test_a_needle_is_seen_with_its_surroundings() -> None:
    """The short side grows to the largest aspect, instead of being stretched."""
    view = local_view(Box(1000, 1000, 10, 1000), Size(4096, 4096), *SDXL)
    assert view == View(Box(755, 750, 500, 1500), Size(576, 1728))


def test_a_strip_is_stretched() -> None:
    """A canvas of one column has no surroundings: the map is as anisotropic as it must be."""
    view = local_view(Box(0, 100, 1, 800), Size(1, 1000), *SANDBOX)
    assert view == View(Box(0, 0, 1, 1000), Size(80, 224))


def test_a_little_context_is_given_up_for_an_even_map() -> None:
    """On a canvas too low, or too narrow, for the ideal crop, nothing is stretched."""
    low, narrow = Size(1000, 100), Size(100, 1000)
    lying = local_view(Box(0, 20, 60, 60), low, *SANDBOX, ratio=2)
    standing = local_view(Box(20, 0, 60, 60), narrow, *SANDBOX, ratio=2)
    assert lying == View(Box(0, 0, 114, 100), Size(128, 112))
    assert standing == View(Box(0, 0, 100, 114), Size(112, 128))
    assert aspect_error(window_view(lying, 1.6, low, *SANDBOX)) < 0.01
    assert aspect_error(window_view(standing, 1.6, narrow, *SANDBOX)) < 0.01


def test_views_at_the_border_are_shifted() -> None:
    """A region in the corner gets as much context as one in the middle."""
    corner = local_view(Box(0, 452, 60, 60), Size(512, 512), *SANDBOX)
    assert corner.box == Box(0, 422, 90, 90)


@given(scenes(), ratios)
def test_enlarge_grows_each_side_as_far_as_the_canvas_goes(scene: tuple[Box, Size], ratio: float) -> None:
    """m' contains m, lies on the canvas, and loses no context at a border."""
    box, canvas = scene
    larger = enlarge(box, ratio, canvas)
    assert Box.of(canvas).contains(larger)
    assert larger.contains(box)
    assert larger.width == min(ceil(box.width * ratio), canvas.width)
    assert larger.height == min(ceil(box.height * ratio), canvas.height)


@given(roomy_scenes(), ratios)
def test_enlarge_keeps_the_centre(scene: tuple[Box, Size], ratio: float) -> None:
    """To half a pixel, where the canvas does not end."""
    box, canvas = scene
    larger = enlarge(box, ratio, canvas)
    assert abs(box.x + box.right - larger.x - larger.right) <= 1
    assert abs(box.y + box.bottom - larger.y - larger.bottom) <= 1


@given(st.integers(1, 20), st.sampled_from([1, 8, 64]))
def test_every_size_that_a_model_can_have_is_tried(cells: int, multiple: int) -> None:
    """All pairs of sides, filtered one by one."""
    native, sides = cells * multiple, range(multiple, 4 * cells * multiple, multiple)
    assert set(model_sizes(native, multiple)) == {
        Size(width, height)
        for width in sides
        for height in sides
        if max(width / height, height / width) <= MAX_ASPECT
        and (1 - AREA_TOLERANCE) * native**2 <= width * height <= (1 + AREA_TOLERANCE) * native**2
    }


@pytest.mark.parametrize(("native", "multiple"), [(100, 16), (0, 16), (128, 0), (-128, 16), (8, 16)])
def test_an_impossible_model_is_refused(native: int, multiple: int) -> None:
    """The native side is a positive multiple of the multiple."""
    with pytest.raises(ValueError, match="no positive multiple"):
        whole_view(Size(9, 9), native, multiple)


@given(scenes(), ratios)
def test_a_square_around_a_box_is_one_where_the_canvas_has_room(
    scene: tuple[Box, Size], ratio: float
) -> None:
    """It holds the box, has its longer side times the ratio, and ends where the canvas does."""
    box, canvas = scene
    square = square_around(box, ratio, canvas)
    side = round(max(box.width, box.height) * ratio)
    assert square.contains(box)
    assert Box.of(canvas).contains(square)
    assert (square.width, square.height) == (min(side, canvas.width), min(side, canvas.height))
