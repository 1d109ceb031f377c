"""The one room that knows Krita's API: the selection and pixels out of a document, results into it.

The rest of the plugin knows the contract; `host` fulfils it in a running Krita and is imported there alone.
"""

from dreammix_krita.canvas.contract import (
    Backdrop,
    Background,
    Canvas,
    Document,
    Layer,
    Region,
    Selected,
    Sketch,
    Unselected,
)
from dreammix_krita.canvas.errors import CanvasFailure, DocumentClosed

__all__ = [
    "Backdrop",
    "Background",
    "Canvas",
    "CanvasFailure",
    "Document",
    "DocumentClosed",
    "Layer",
    "Region",
    "Selected",
    "Sketch",
    "Unselected",
]
