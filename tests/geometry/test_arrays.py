"""Pictures as arrays, and back without a changed byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dreammix.geometry import Bytes, Units, to_array, to_bytes, to_layer, to_picture, to_units
from dreammix.protocol import Picture, SampleFormat, Size

sides = st.integers(1, 7)
ALL_BYTES = np.arange(256, dtype=np.uint8)


@given(sides, sides, st.sampled_from(SampleFormat), st.data())
def test_a_picture_survives_the_way_there_and_back(
    width: int, height: int, sample_format: SampleFormat, data: st.DataObject
) -> None:
    """Bytes to array to bytes is the identity."""
    length = width * height * sample_format.bytes_per_pixel
    picture = Picture(
        Size(width, height), sample_format, data.draw(st.binary(min_size=length, max_size=length))
    )
    assert to_picture(to_array(picture)) == picture


def test_rows_come_before_columns() -> None:
    """The array's first index is y, the last the sample."""
    rgba = to_array(Picture(Size(3, 2), SampleFormat.RGBA8, bytes(range(24))))
    assert rgba.shape == (2, 3, 4)
    assert rgba[1, 2].tolist() == [20, 21, 22, 23]


def test_a_pictures_array_is_read_only() -> None:
    """A frozen picture's bytes cannot be changed through its array."""
    array = to_array(Picture(Size(1, 1), SampleFormat.GRAY8, b"\0"))
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


@given(hnp.arrays(np.uint8, (3, 2, 3)))
def test_colours_without_alpha_are_opaque(colours: Bytes) -> None:
    """RGB becomes RGBA8 with alpha 255."""
    array = to_array(to_picture(colours))
    assert (array[..., :3] == colours).all()
    assert (array[..., 3] == 255).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.uint8),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((1, 2, 2, 4), np.uint8),
        np.zeros((2, 2, 4), np.uint16),
    ],
)
def test_other_arrays_are_no_pictures(array: Bytes) -> None:
    """Another rank, number of channels or type is refused."""
    with pytest.raises(ValueError, match="no picture"):
        to_picture(array)


def test_all_bytes_survive_as_units() -> None:
    """Each of the 256 samples comes back from its float32."""
    units = to_units(ALL_BYTES)
    assert units.dtype == np.float32
    assert (units[0], units[255]) == (0, 1)
    assert (to_bytes(units) == ALL_BYTES).all()


def test_units_stay_units() -> None:
    """Units are not divided a second time."""
    units = np.linspace(0, 1, 5, dtype=np.float32)
    assert to_units(units) is units


@given(st.floats(-2, 3, width=32))
def test_bytes_are_the_nearest(value: float) -> None:
    """Half a step at most from the clamped value."""
    byte = int(to_bytes(np.array([value], np.float32))[0])
    assert abs(byte - 255 * min(max(value, 0), 1)) <= 0.5 + 1e-4


@given(
    hnp.arrays(np.float32, (2, 3, 3), elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.float32, (2, 3), elements=st.floats(0, 1, width=32)),
)
def test_a_layer_keeps_its_colours_unblended(colours: Units, alpha: Units) -> None:
    """Alpha is a channel of its own and darkens nothing."""
    layer = to_layer(colours, alpha)
    assert (layer[..., :3] == to_bytes(colours)).all()
    assert (layer[..., 3] == to_bytes(alpha)).all()
