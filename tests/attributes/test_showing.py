"""What a describer is shown."""

import numpy as np
import pytest

from dreammix.attributes.showing import SHOWN_SIDE_PX, enough_of, shown
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


def test_enough_of_a_large_picture_shows_the_same(red: Picture) -> None:
    """The opaque half of it, small, with its transparency; what is shown of that is what is shown of it."""
    data = np.frombuffer(red.data, np.uint8).reshape(red.size.height, red.size.width, 4)
    large = np.ascontiguousarray(data.repeat(4, axis=0).repeat(4, axis=1))
    small = enough_of(to_picture(large))
    assert max(small.size.width, small.size.height) == SHOWN_SIDE_PX
    (whole,), (reduced,) = shown([to_picture(large)]), shown([small])
    assert whole.size == reduced.size
    assert np.abs(np.asarray(whole, int) - np.asarray(reduced, int)).mean() < 1


def test_nothing_to_see_is_said() -> None:
    """A picture that is transparent all over cannot be described."""
    with pytest.raises(DescriberFailure, match="transparent"):
        shown([Picture(Size(2, 2), SampleFormat.RGBA8, bytes(16))])
    with pytest.raises(DescriberFailure, match="no picture"):
        shown([])
