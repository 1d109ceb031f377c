"""What a describer is shown."""

import numpy as np
import pytest

from dreammix.attributes.showing import KEPT_SIDE_PX, SHOWN_SIDE_PX, enough_of, shown
from dreammix.geometry import to_picture
from dreammix.protocol import DescriberFailure, Picture, SampleFormat, Size


def test_the_subject_is_cut_out(red: Picture) -> None:
    """The opaque half and a little around it, on grey."""
    (image,) = shown([red])
    assert (image.mode, image.size) == ("RGB", (420, 400))
    assert image.getpixel((10, 100)) == (200, 20, 20)
    assert image.getpixel((image.width - 2, 100)) == (128, 128, 128)


def test_a_large_picture_is_reduced() -> None:
    """Its longer side is the limit, its proportions stay."""
    (image,) = shown([Picture(Size(2048, 1024), SampleFormat.GRAY8, bytes(2048 * 1024))])
    assert image.size == (SHOWN_SIDE_PX, SHOWN_SIDE_PX // 2)


def test_a_small_picture_stays_as_it_is() -> None:
    """Nothing is enlarged."""
    (image,) = shown([Picture(Size(7, 5), SampleFormat.GRAY8, bytes(35))])
    assert image.size == (7, 5)


def test_enough_of_a_large_picture_shows_the_same() -> None:
    """All of it, smaller, what is transparent too; a picture that is small enough is not touched."""
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (20, 40, 4), dtype=np.uint8)
    rough[:, 20:, 3] = 0
    large = to_picture(rough.repeat(128, axis=0).repeat(128, axis=1))
    small = enough_of(large)
    assert small.size == Size(KEPT_SIDE_PX, KEPT_SIDE_PX // 2)
    seen = np.frombuffer(small.data, np.uint8).reshape(KEPT_SIDE_PX // 2, KEPT_SIDE_PX, 4)
    for row, column in ((3, 5), (10, 30)):  # One of the middles of what is opaque, one of what is not.
        place = (int((row + 0.5) * seen.shape[0] / 20), int((column + 0.5) * seen.shape[1] / 40))
        assert seen[place].tolist() == rough[row, column].tolist()
    assert enough_of(small) is small
    grey = Picture(Size(1, 2 * KEPT_SIDE_PX), SampleFormat.GRAY8, bytes(2 * KEPT_SIDE_PX))
    assert enough_of(grey).size == Size(1, KEPT_SIDE_PX)


def test_nothing_to_see_is_said() -> None:
    """A picture that is transparent all over cannot be described."""
    with pytest.raises(DescriberFailure, match="transparent"):
        shown([Picture(Size(2, 2), SampleFormat.RGBA8, bytes(16))])
    with pytest.raises(DescriberFailure, match="no picture"):
        shown([])
