"""Masks for a subject's pictures: a given one, the picture's own alpha, or one that a segmenter finds.

Also whether a picture with its mask is fit to learn from.

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
from dreammix.segmentation.faults import HALF, Fault, check_fit, fault_of
from dreammix.segmentation.offline import OfflineSegmenter

__all__ = [
    "HALF",
    "ChosenMask",
    "Fault",
    "MaskSource",
    "OfflineSegmenter",
    "Segmenter",
    "best_mask",
    "check_fit",
    "contact_sheet",
    "fault_of",
    "naming",
    "segmenter_named",
]
