"""Where things are: boxes and views, resampling, masks, pasting. Exact, and tested to the pixel.

Plain numpy. Pictures are (H, W, C) and masks (H, W); as bytes 0 to 255 (uint8) or as units 0 to 1 (float32),
sRGB, straight alpha. Nothing here knows a tensor, a model or a file.
"""

from dreammix.geometry.arrays import Bytes, Units, to_array, to_bytes, to_layer, to_picture, to_units
from dreammix.geometry.drawing import DrawnKind, draw_around
from dreammix.geometry.masks import feather, latent_mask, mask_box
from dreammix.geometry.paste import GROUND, flatten, paste
from dreammix.geometry.resampling import fit, low_pass, resample
from dreammix.geometry.settling import settle
from dreammix.geometry.views import (
    AREA_TOLERANCE,
    CONTEXT_RATIO,
    MAX_ASPECT,
    MAX_MAGNIFICATION,
    View,
    enlarge,
    local_view,
    square_around,
    whole_view,
    window_view,
)

__all__ = [
    "AREA_TOLERANCE",
    "CONTEXT_RATIO",
    "GROUND",
    "MAX_ASPECT",
    "MAX_MAGNIFICATION",
    "Bytes",
    "DrawnKind",
    "Units",
    "View",
    "draw_around",
    "enlarge",
    "feather",
    "fit",
    "flatten",
    "latent_mask",
    "local_view",
    "low_pass",
    "mask_box",
    "paste",
    "resample",
    "settle",
    "square_around",
    "to_array",
    "to_bytes",
    "to_layer",
    "to_picture",
    "to_units",
    "whole_view",
    "window_view",
]
