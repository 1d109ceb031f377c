"""Which mask a picture of a subject gets, and the interface of whoever finds one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidMask, InvalidRequest, InvalidSubject, Picture, SampleFormat
from dreammix.protocol.words import Word
from dreammix.segmentation.faults import HALF
from dreammix.segmentation.offline import OfflineSegmenter

OFFLINE: Final = "offline"
"""The name of the segmenter that needs no weights."""
MIN_CLEAR_SHARE: Final = 0.01
"""Share of a picture that must be see-through for its alpha to be a mask: rounded corners are none."""
MIN_SOLID_SHARE: Final = 0.001
"""Share of a picture that must be solid for its alpha to show anything."""


class MaskSource(Word):
    """Where a mask came from."""

    GIVEN = "given"
    ALPHA = "alpha"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class ChosenMask:
    """A mask (GRAY8, of its picture's size; from `HALF` on it is the subject) and where it came from."""

    mask: Picture
    source: MaskSource


class Segmenter(Protocol):
    """Finds the subject in a picture."""

    @property
    def fingerprint(self) -> str:
        """All that its masks depend on, in any words: the same words, the same masks."""
        ...

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """The mask (GRAY8, 0 or 255, the picture's size) of the one `class_word` in a picture (RGBA8).

        Raises:
            InvalidSubject: nothing was found.
        """
        ...


def best_mask(picture: Picture, given: Picture | None, segmenter: Segmenter, class_word: str) -> ChosenMask:
    """The mask of a picture (RGBA8): the given one, else the picture's own alpha, else what is found.

    Raises:
        InvalidMask: the given mask is empty or does not fit the picture.
        InvalidSubject: there is no other mask, and the segmenter found nothing.
    """
    if given is not None:
        return ChosenMask(_checked(given, picture), MaskSource.GIVEN)
    alpha = to_array(picture)[..., 3]
    solid = float(np.mean(alpha >= HALF))
    if MIN_SOLID_SHARE <= solid <= 1 - MIN_CLEAR_SHARE:
        return ChosenMask(to_picture(np.ascontiguousarray(alpha)), MaskSource.ALPHA)
    return ChosenMask(segmenter.segment(picture, class_word), MaskSource.FOUND)


@contextmanager
def naming(picture: str) -> Iterator[None]:
    """Errors about a mask begin with this name of its picture: of several, it must be known which."""
    try:
        yield
    except (InvalidMask, InvalidSubject) as error:
        raise type(error)(f"{picture}: {error.what}", error.why, error.remedy) from error


def segmenter_named(name: str) -> Segmenter:
    """`offline`, or the segmenter whose models lie in a folder.

    Raises:
        InvalidRequest: it is neither.
        ModelNotFound, ModelDamaged, PackageMissing: as `GroundedSegmenter.load`.
    """
    if name == OFFLINE:
        return OfflineSegmenter()
    folder = Path(name)
    if not folder.is_dir():
        raise InvalidRequest(
            f"There is no segmenter {name}", f"it is neither {OFFLINE} nor a folder", "Choose one of these"
        )
    from dreammix.segmentation.grounded import GroundedSegmenter  # Loads torch.

    return GroundedSegmenter.load(folder)


def _checked(mask: Picture, picture: Picture) -> Picture:
    what = "The given mask cannot be used"
    if mask.format is not SampleFormat.GRAY8 or mask.size != picture.size:
        size = picture.size
        raise InvalidMask(
            what, "it does not fit its picture", f"Give a mask of {size.width} x {size.height} pixels"
        )
    if not any(mask.data):
        raise InvalidMask(what, "nothing is selected in it", "Paint the subject white")
    return mask
