"""Which mask a picture gets: given, alpha, found, in this order."""

from dataclasses import dataclass

import numpy as np
import pytest

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidMask, InvalidRequest, Picture
from dreammix.segmentation import MaskSource, OfflineSegmenter, best_mask, naming, segmenter_named

LEFT = np.zeros((20, 30), np.uint8)
LEFT[:, :10] = 255


@dataclass(frozen=True)
class Right:
    """A segmenter that always finds the right half."""

    fingerprint: str = "right"

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """The right half."""
        mask = np.zeros((picture.size.height, picture.size.width), np.uint8)
        mask[:, picture.size.width // 2 :] = 255
        return to_picture(mask)


def picture(alpha: np.ndarray) -> Picture:
    """A grey picture with that alpha."""
    return to_picture(np.dstack([np.full((*alpha.shape, 3), 90, np.uint8), alpha]))


def test_a_given_mask_is_taken() -> None:
    """Who gives a mask is not asked again, whatever the picture's alpha says."""
    given = to_picture(LEFT)
    chosen = best_mask(picture(255 - LEFT), given, Right(), "mug")
    assert (chosen.mask, chosen.source) == (given, MaskSource.GIVEN)


def test_an_alpha_is_taken_next() -> None:
    """What is cut out already needs no search; its soft edge stays."""
    alpha = LEFT.copy()
    alpha[:, 9] = 60
    chosen = best_mask(picture(alpha), None, Right(), "mug")
    assert chosen.source is MaskSource.ALPHA
    np.testing.assert_array_equal(to_array(chosen.mask), alpha)


@pytest.mark.parametrize("clear", [0, 1, 5])
def test_an_opaque_picture_is_searched(clear: int) -> None:
    """No transparency, or that of a rounded corner, says nothing about the subject."""
    alpha = np.full((20, 30), 255, np.uint8)
    alpha[0, :clear] = 0
    chosen = best_mask(picture(alpha), None, Right(), "mug")
    assert chosen.source is MaskSource.FOUND
    assert (to_array(chosen.mask)[:, 15:] == 255).all()


def test_a_picture_of_glass_is_searched() -> None:
    """An alpha that shows nothing at all is no mask."""
    assert best_mask(picture(0 * LEFT), None, Right(), "mug").source is MaskSource.FOUND


@pytest.mark.parametrize(
    "mask", [0 * LEFT, LEFT[:, :-1], np.dstack([LEFT] * 4)], ids=["empty", "size", "rgba"]
)
def test_a_given_mask_must_fit(mask: np.ndarray) -> None:
    """An empty mask, one of another size, and a picture in colour are refused."""
    with pytest.raises(InvalidMask):
        best_mask(picture(LEFT), to_picture(np.ascontiguousarray(mask)), Right(), "mug")


def test_offline_is_a_name() -> None:
    """The default is asked for by its name."""
    assert isinstance(segmenter_named("offline"), OfflineSegmenter)


def test_an_unknown_segmenter_is_said() -> None:
    """What is neither the name nor a folder is refused."""
    with pytest.raises(InvalidRequest, match="offline nor a folder"):
        segmenter_named("magic")


def test_an_error_about_a_mask_names_its_picture() -> None:
    """What happened begins with the name; why and the remedy stay."""
    empty = to_picture(np.zeros_like(LEFT))
    with (
        pytest.raises(InvalidMask, match=r"^cup\.png: The given mask cannot"),
        naming("cup.png"),
    ):
        best_mask(picture(LEFT), empty, Right(), "mug")
