"""What is unfit to learn from, and what is said about it."""

from collections.abc import Callable

import numpy as np
import pytest

from dreammix.geometry import Bytes, to_picture
from dreammix.protocol import InvalidSubject
from dreammix.segmentation import check_fit, fault_of

Arrays = tuple[Bytes, Bytes]


def arrays(width: int = 60, height: int = 40) -> Arrays:
    """Opaque noise, and the mask of a box in it."""
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
    return np.dstack([rgb, np.full((height, width), 255, np.uint8)]), mask


def _nothing_masked(picture: Bytes, mask: Bytes) -> Arrays:
    return picture, mask * 0


def _one_pixel(picture: Bytes, mask: Bytes) -> Arrays:
    alone = mask * 0
    alone[20, 30] = 255
    return picture, alone


def _one_line(picture: Bytes, mask: Bytes) -> Arrays:
    line = mask * 0
    line[20:22] = 255
    return picture, line


def _faint(picture: Bytes, mask: Bytes) -> Arrays:
    return picture, mask // 3


def _all_masked(picture: Bytes, mask: Bytes) -> Arrays:
    return picture, np.full_like(mask, 255)


def _transparent(picture: Bytes, mask: Bytes) -> Arrays:
    clear = picture.copy()
    clear[mask > 0, 3] = 0
    return clear, mask


def _flat(picture: Bytes, mask: Bytes) -> Arrays:
    plain = picture.copy()
    plain[mask > 0] = (200, 30, 30, 255)
    return plain, mask


def _of_another_size(picture: Bytes, mask: Bytes) -> Arrays:
    return picture, mask[:-1]


def _colour_as_mask(picture: Bytes, mask: Bytes) -> Arrays:
    return picture, picture


def _grey(picture: Bytes, mask: Bytes) -> Arrays:
    return mask, mask


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_nothing_masked, "nothing is in its mask"),
        (_faint, "nothing is in its mask"),
        (_one_pixel, "its mask has 1 pixel."),
        (_one_line, "too little of the thing"),
        (_all_masked, "masked as a whole"),
        (_transparent, "transparent where its mask is"),
        (_flat, "one flat colour"),
        (_of_another_size, "no mask of its size"),
        (_colour_as_mask, "no mask of its size"),
        (_grey, "colours are needed"),
    ],
)
def test_unfit_pictures_are_refused_with_what_is_wrong(
    spoil: Callable[[Bytes, Bytes], Arrays], words: str
) -> None:
    """In plain words: why they are of no use."""
    picture, mask = (to_picture(array) for array in spoil(*arrays()))
    with pytest.raises(InvalidSubject) as raised:
        check_fit(picture, mask)
    assert str(raised.value).startswith("The picture ")
    assert words in str(raised.value)


@pytest.mark.parametrize(("width", "height"), [(8, 200), (15, 15), (20, 4000), (4000, 20), (1, 1)])
def test_pictures_of_wild_sizes_are_refused(width: int, height: int) -> None:
    """Too small, or a strip."""
    fault = fault_of(*(to_picture(array) for array in arrays(width, height)))
    assert fault is not None
    assert f"{width} x {height}" in fault.what


def test_cut_outs_are_fit() -> None:
    """A picture whose ground is transparent is as good as any."""
    picture, mask = arrays()
    picture[mask == 0, 3] = 0
    assert fault_of(to_picture(picture), to_picture(mask)) is None
