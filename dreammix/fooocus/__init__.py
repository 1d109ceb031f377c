"""Fooocus' inpainting weights, which make an inpainting model of any SDXL: converted once, then merged.

They are published as two pickles. `convert` has a process of its own read them and keeps what they hold as
safetensors; everything else reads only that. Importing the room loads no torch.
"""

from dreammix.fooocus.convert import convert
from dreammix.fooocus.names import original_name
from dreammix.fooocus.weights import PUBLISHED, FooocusWeights, Source, Sources, read_weights

__all__ = [
    "PUBLISHED",
    "FooocusWeights",
    "Source",
    "Sources",
    "convert",
    "original_name",
    "read_weights",
]
