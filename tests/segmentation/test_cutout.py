"""A subject is cut out of its picture."""

import numpy as np

from dreammix.geometry import to_array, to_picture
from dreammix.segmentation.cutout import alone


def test_what_a_mask_leaves_out_is_transparent() -> None:
    """Alphas multiply: what was transparent already stays so, and colours stay as they are."""
    inside = np.zeros((20, 30), np.uint8)
    inside[:, :10] = 255
    half = np.full((20, 30, 4), 128, np.uint8)
    found = to_array(alone(to_picture(half), to_picture(inside)))
    assert (found[..., 3] == np.where(inside, 128, 0)).all()
    assert (found[..., :3] == 128).all()
