"""Masks for a subject's pictures: a given one, the picture's own alpha, or one that a segmenter finds.

Importing the room loads no torch; `grounded`, which needs it, is imported where a folder of models is named.
"""

from dreammix.segmentation.choice import (
    ChosenMask,
    MaskSource,
    Segmenter,
    best_mask,
    naming,
    segmenter_named,
)
from dreammix.segmentation.contact import contact_sheet
from dreammix.segmentation.offline import OfflineSegmenter

__all__ = [
    "ChosenMask",
    "MaskSource",
    "OfflineSegmenter",
    "Segmenter",
    "best_mask",
    "contact_sheet",
    "naming",
    "segmenter_named",
]
