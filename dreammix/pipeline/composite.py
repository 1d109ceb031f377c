"""What the artist sees: a preview or a result over the scene."""

from __future__ import annotations

from dreammix.geometry import fit, paste, to_array, to_bytes, to_picture
from dreammix.protocol import Picture, Preview, Result


def composite(scene: Picture, shown: Preview | Result) -> Picture:
    """The scene (RGBA8) with the layer over it; every byte where the layer's alpha is 0 is the scene's.

    A preview is scaled into its box; a result is of its box's size already.
    """
    layer = to_array(shown.picture if isinstance(shown, Preview) else shown.layer)
    if isinstance(shown, Preview):
        layer = to_bytes(fit(layer, shown.box.size))
    return to_picture(paste(to_array(scene), layer, shown.box))
