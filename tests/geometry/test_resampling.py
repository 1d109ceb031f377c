"""Resampling against block means, exact areas, Pillow's cubic, and ramps."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from dreammix.geometry import Bytes, Units, fit, low_pass, resample, to_bytes, to_units
from dreammix.protocol import Box, Size

sides = st.integers(1, 40)
sizes = st.builds(Size, sides, sides)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def pictures(draw: st.DrawFn) -> Units:
    """Noise (H, W, C), of any size, with one channel or three."""
    shape = draw(sides), draw(sides), draw(st.sampled_from([1, 3]))
    return np.random.default_rng(draw(seeds)).random(shape, np.float32)


def ramp(size: Size) -> Units:
    """A picture (H, W) that rises linearly from corner to corner, within 0.1 to 0.9 at pixel centres."""
    y, x = np.mgrid[: size.height, : size.width]
    rise: Units = 0.1 + 0.4 * ((x + 0.5) / size.width + (y + 0.5) / size.height).astype(np.float32)
    return rise


def inner(picture: Units, share: float) -> Units:
    """The picture without a border of a share of each side."""
    top, left = int(picture.shape[0] * share), int(picture.shape[1] * share)
    return picture[top : picture.shape[0] - top, left : picture.shape[1] - left]


@given(hnp.arrays(np.uint8, (1, 1, 3)), sizes, sizes)
def test_a_constant_stays_that_constant(colour: Bytes, before: Size, after: Size) -> None:
    """To the byte, whatever the two sizes."""
    picture = np.broadcast_to(colour, (before.height, before.width, 3))
    resized = to_bytes(fit(picture, after))
    assert resized.shape == (after.height, after.width, 3)
    assert (resized == colour).all()


@given(pictures())
def test_the_same_size_is_the_same_picture(picture: Units) -> None:
    """Bit by bit."""
    assert (fit(picture, Size(picture.shape[1], picture.shape[0])) == picture).all()


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 40), st.integers(1, 7), seeds)
def test_whole_factors_give_block_means(fx: int, fy: int, height: int, width: int, seed: int) -> None:
    """Each output pixel is the mean of its block."""
    picture = np.random.default_rng(seed).random((height * fy, width * fx, 3), np.float32)
    means = picture.reshape(height, fy, width, fx, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(fit(picture, Size(width, height)), means, atol=1e-6)


@given(hnp.arrays(np.uint8, st.integers(1, 40)), sides)
def test_shrinking_averages_exact_areas(row: Bytes, after: int) -> None:
    """Every input pixel counts by the share of the output pixel that it covers, in exact fractions."""
    after = min(after, len(row))
    step = Fraction(len(row), after)
    expected = [
        sum(
            int(value) * max(Fraction(0), min((i + 1) * step, Fraction(j + 1)) - max(i * step, Fraction(j)))
            for j, value in enumerate(row)
        )
        / step
        for i in range(after)
    ]
    shrunk = fit(row[None, :], Size(after, 1))[0]
    np.testing.assert_allclose(shrunk * 255, np.array(expected, float), atol=1e-4)


@given(pictures(), st.integers(1, 3), st.integers(1, 3))
def test_enlarging_is_catmull_rom(picture: Units, fx: int, fy: int) -> None:
    """Away from the border, where each goes its own way, Pillow's bicubic filter says the same."""
    height, width = picture.shape[:2]
    size = (width * fx + fx // 2, height * fy + fy // 2)
    pillow = np.asarray(Image.fromarray(picture[..., 0]).resize(size, Image.Resampling.BICUBIC))
    margin_x, margin_y = 3 * fx, 3 * fy
    inside = np.s_[margin_y : size[1] - margin_y, margin_x : size[0] - margin_x]
    np.testing.assert_allclose(
        fit(picture, Size(*size))[..., 0][inside], pillow.clip(0, 1)[inside], atol=2e-6
    )


@given(sides, st.integers(1, 6))
def test_enlarging_keeps_a_ramp_straight(side: int, factor: int) -> None:
    """A linear ramp is that ramp at the larger size, but for the border, where the last pixel goes on."""
    before, after = Size(side, 8), Size(side * factor, 8 * factor)
    enlarged, expected = fit(ramp(before), after), ramp(after)
    margin = 2 * factor
    inside = np.s_[margin : after.height - margin, margin : after.width - margin]
    np.testing.assert_allclose(enlarged[inside], expected[inside], atol=1e-5)
    assert np.abs(enlarged - expected).max() <= 0.4 * (0.5 / before.width + 0.5 / before.height) + 1e-5


@given(st.integers(2, 8), st.integers(2, 8), st.integers(10, 16), st.integers(10, 16))
def test_down_and_up_keeps_a_ramp(fx: int, fy: int, width: int, height: int) -> None:
    """A ramp has no fine detail: inside the border it survives a reduction."""
    picture = ramp(Size(width * fx, height * fy))
    np.testing.assert_allclose(
        inner(low_pass(picture, Size(width, height)), 0.2), inner(picture, 0.2), atol=1e-5
    )


def test_a_reduction_removes_fine_detail() -> None:
    """A checkerboard of single pixels becomes its mean."""
    y, x = np.mgrid[:32, :32]
    board = ((x + y) % 2).astype(np.float32)
    np.testing.assert_allclose(low_pass(board, Size(16, 16)), 0.5, atol=1e-6)


@given(pictures(), sizes)
def test_nothing_leaves_the_range(picture: Units, size: Size) -> None:
    """The cubic overshoots at edges; the result does not."""
    resized = fit(np.round(picture), size)
    assert resized.min() >= 0
    assert resized.max() <= 1


@given(pictures(), sizes)
def test_axes_are_independent(picture: Units, size: Size) -> None:
    """Shrinking one side and enlarging the other is one after the other, in either order."""
    height, width = picture.shape[:2]
    mild = 0.4 + 0.2 * picture  # so that nothing overshoots, and no clamp comes between the two steps
    columns_first = fit(fit(mild, Size(size.width, height)), size)
    rows_first = fit(fit(mild, Size(width, size.height)), size)
    np.testing.assert_allclose(fit(mild, size), columns_first, atol=1e-6)
    np.testing.assert_allclose(fit(mild, size), rows_first, atol=1e-6)


@given(pictures(), sizes)
def test_a_mask_is_resampled_like_a_channel(picture: Units, size: Size) -> None:
    """(H, W) and each channel of (H, W, C) give the same."""
    np.testing.assert_allclose(fit(picture[..., 0], size), fit(picture, size)[..., 0], atol=1e-6)


@given(sides, sides, sizes, st.data())
def test_a_touched_pixel_stays_touched(width: int, height: int, size: Size, data: st.DataObject) -> None:
    """One masked pixel is above 0 wherever its area goes, so that no latent cell under it is missed."""
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    mask = np.zeros((height, width), np.float32)
    mask[y, x] = 1
    resized = fit(mask, size)
    column, row = (2 * x + 1) * size.width // (2 * width), (2 * y + 1) * size.height // (2 * height)
    assert resized[row, column] > 0


@given(st.integers(1, 20), st.integers(1, 20), sizes, st.data())
def test_only_the_box_is_read(width: int, height: int, size: Size, data: st.DataObject) -> None:
    """Nothing outside of the box reaches the result, not even NaN."""
    x, y = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))
    canvas = np.full((height + 9, width + 9, 3), np.nan, np.float32)
    box = Box(x, y, width, height)
    part = np.random.default_rng(0).random((height, width, 3), np.float32)
    canvas[box.y : box.bottom, box.x : box.right] = part
    assert (resample(canvas, box, size) == fit(part, size)).all()


@given(pictures(), sizes, st.data())
def test_a_part_is_what_the_whole_has_there(picture: Units, size: Size, data: st.DataObject) -> None:
    """Computing a part only changes nothing in it but the order of additions."""
    x, y = data.draw(st.integers(0, size.width - 1)), data.draw(st.integers(0, size.height - 1))
    width, height = data.draw(st.integers(1, size.width - x)), data.draw(st.integers(1, size.height - y))
    part = fit(picture, size, Box(x, y, width, height))
    assert np.abs(part - fit(picture, size)[y : y + height, x : x + width]).max() < 1e-5


@given(hnp.arrays(np.uint8, (5, 7, 3)), sizes)
def test_bytes_and_units_give_the_same(picture: Bytes, size: Size) -> None:
    """A canvas may stay in bytes: only what is read is converted."""
    assert (fit(picture, size) == fit(to_units(picture), size)).all()


@pytest.mark.parametrize("box", [Box(-1, 0, 3, 3), Box(0, -1, 3, 3), Box(3, 0, 3, 3), Box(0, 2, 3, 3)])
def test_a_box_off_the_picture_is_refused(box: Box) -> None:
    """No silent crop."""
    with pytest.raises(ValueError, match="does not lie in a picture"):
        resample(np.zeros((4, 5, 3), np.float32), box, Size(3, 3))


def test_the_result_owns_its_rows() -> None:
    """Rows are contiguous, as encoders and tensors want them, and the input is not handed out."""
    picture = np.random.default_rng(0).random((6, 4, 3), np.float32)
    same, other = fit(picture, Size(4, 6)), fit(picture, Size(9, 2))
    assert same.flags.c_contiguous
    assert other.flags.c_contiguous
    assert not np.shares_memory(same, picture)
