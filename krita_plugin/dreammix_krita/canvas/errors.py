"""What goes wrong between the plugin and a document of Krita's, in the one tree; none of these ever travels.

DreamMixError
└── CanvasFailure       a document cannot be read or written as it was asked
    └── DocumentClosed  it is not open any more
"""

from dreammix.protocol import DreamMixError


class CanvasFailure(DreamMixError):
    """A document cannot be read or written as it was asked."""

    code = "canvas_failure"


class DocumentClosed(CanvasFailure):
    """The document is not open any more."""

    code = "document_closed"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} cannot be used", "it was closed", "Open it again")
