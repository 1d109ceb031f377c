"""The contact sheet shows each mask where it is."""

import numpy as np
import pytest

from dreammix.geometry import to_array, to_picture
from dreammix.segmentation import ChosenMask, MaskSource, contact_sheet
from dreammix.segmentation.contact import GAP, TILE

GREY = to_picture(np.full((40, 40, 3), 128, np.uint8))
MASK = np.zeros((40, 40), np.uint8)
MASK[:, :20] = 255
LEFT = ChosenMask(to_picture(MASK), MaskSource.FOUND)


def test_the_subject_is_tinted_and_the_rest_is_not() -> None:
    """Inside the mask the colour changes but still shows; beyond the outline it is the picture's."""
    tile = to_array(contact_sheet([GREY], [LEFT]))[GAP : GAP + TILE, GAP : GAP + TILE, :3]
    side = tile.shape[0]
    inside, outside = tile[side // 2, side // 4], tile[side // 2, side * 3 // 4]
    assert inside[0] > 128 + 20
    assert inside[1] > 60
    assert (outside == 128).all()
    assert (tile[side // 2] == (255, 40, 140)).all(axis=1).any()


def test_rows_are_filled_one_after_the_other() -> None:
    """Seven pictures are a row of five and a row of two, whatever their sizes; one may have no mask."""
    wide = to_picture(np.zeros((20, 90, 3), np.uint8))
    sheet = contact_sheet([GREY] * 6 + [wide], [LEFT] * 6 + [None])
    alone = contact_sheet([GREY], [LEFT])
    assert sheet.size.width - GAP == 5 * (alone.size.width - GAP)
    assert sheet.size.height - GAP == 2 * (alone.size.height - GAP)


def test_every_picture_has_its_mask() -> None:
    """A sheet of more pictures than masks would show the wrong ones."""
    with pytest.raises(ValueError, match="shorter"):
        contact_sheet([GREY, GREY], [LEFT])
