"""What the plugin may ask of Krita, and the frozen values that it gets: no name of Krita's appears here."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dreammix.protocol import Box, InvalidMask, Picture, SampleFormat, Size
from dreammix.protocol.words import Word
from dreammix_krita.canvas.errors import CanvasFailure


class Background(Word):
    """What of a document is taken as the picture to insert into."""

    LAYER = "layer"
    """The current layer: of a mask the layer that wears it, of a group all that it holds."""
    VISIBLE = "visible"
    """What the artist sees: all layers together."""


class Unselected(Word):
    """Why there is no region."""

    NONE = "none"
    """Nothing was ever selected, or it was deselected."""
    EMPTY = "empty"
    """There is a selection, and no pixel in it."""
    OUTSIDE = "outside"
    """Nothing of the selection lies on the canvas."""


@dataclass(frozen=True, slots=True)
class Region:
    """What is selected, cut to the canvas. Raises `InvalidMask`.

    Attributes:
        box: the smallest box around it, inside the canvas.
        mask: GRAY8 of the box's size: 0 not selected, 255 wholly; a soft selection stays soft.
    """

    box: Box
    mask: Picture

    def __post_init__(self) -> None:
        if self.mask.format is not SampleFormat.GRAY8 or self.mask.size != self.box.size:
            raise InvalidMask(
                "The selection's mask does not fit its box",
                "it must be gray8 and of the box's size",
                "Report this as a defect",
            )

    def mask_of(self, window: Box) -> Picture:
        """What is selected of a window of the canvas: GRAY8 of its size, 0 outside of the selection."""
        data = bytearray(window.size.area)
        common = self.box.intersect(window)
        if common is not None:
            for row in range(common.y, common.bottom):
                source = (row - self.box.y) * self.box.width + common.x - self.box.x
                target = (row - window.y) * window.width + common.x - window.x
                data[target : target + common.width] = self.mask.data[source : source + common.width]
        return Picture(window.size, SampleFormat.GRAY8, bytes(data))

    def covers(self, canvas: Size) -> bool:
        """Whether all of a canvas is wholly selected, as by "Select all"."""
        return self.box == Box.of(canvas) and self.mask.data.count(255) == canvas.area


Selected: TypeAlias = Region | Unselected
"""A selection, or why there is none."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a document.

    Attributes:
        id: names it as long as the document is open, also after it was moved or renamed, and across saving.
        name: as the artist sees it.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Pixels of a document at one moment, and the place in the stack that they came from.

    Attributes:
        box: where they are on the canvas.
        picture: RGBA8 of the box's size, sRGB with straight alpha, whatever the document's colours are.
        above: the layer above which a result belongs; None: on top of the stack.
    """

    box: Box
    picture: Picture
    above: Layer | None


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is shown over a document's canvas without being in the document.

    Attributes:
        outlines: boxes whose edges are drawn, the context box for one.
        picture: RGBA8, of any size, scaled into `box`.
        box: the picture's place on the canvas; None exactly where there is no picture (else `CanvasFailure`).
    """

    outlines: tuple[Box, ...] = ()
    picture: Picture | None = None
    box: Box | None = None

    def __post_init__(self) -> None:
        if (self.picture is None) != (self.box is None):
            raise CanvasFailure(
                "A preview cannot be shown",
                "picture and place come only together",
                "Report this as a defect",
            )


class Document(Protocol):
    """One open document.

    Closed, it still answers `key`, `name`, `is_open` and `show(None)`; all else raises `DocumentClosed`. Call
    it in the GUI thread only. Where Krita does not do as it was asked, `CanvasFailure` is raised.
    """

    @property
    def key(self) -> str:
        """The same for the same document, and for no other, as long as Krita runs."""
        ...

    @property
    def name(self) -> str:
        """As the artist knows it: the file's name, or what Krita calls an unsaved one."""
        ...

    @property
    def file(self) -> str:
        """Where it was read from or saved to last; empty: nowhere yet."""
        ...

    @property
    def is_open(self) -> bool: ...

    @property
    def size(self) -> Size:
        """Of the canvas, in pixels."""
        ...

    def selected_box(self) -> Box | Unselected:
        """The box around the selection, cut to the canvas; without its pixels, so cheap enough to poll."""
        ...

    def selection(self) -> Selected:
        """The selection as it is now."""
        ...

    def current_layer(self) -> Layer | None:
        """The layer that the artist has picked; None: a mask of the whole picture, or nothing."""
        ...

    def has(self, layer: Layer) -> bool:
        """Whether that layer is in it."""
        ...

    def read(self, box: Box, background: Background, layer: Layer | None = None) -> Backdrop:
        """The pixels of `box`, which must lie on the canvas (else `CanvasFailure`).

        `layer` is taken in place of the current one; deleted meanwhile, it is a `CanvasFailure`.
        """
        ...

    def add_layer(
        self, name: str, box: Box, picture: Picture, above: Layer | None, replaces: Layer | None = None
    ) -> Layer:
        """Put an RGBA8 picture of the box's size into a new layer: one undo step.

        It lies above `above`, out of groups that are hidden or locked; on top of the stack where that is None
        or was deleted. Its pixels are converted to the document's colours; its alpha stays. What it replaces
        is hidden in the same moment; that is not part of the step, see `set_visible`.
        """
        ...

    def set_visible(self, layer: Layer, visible: bool) -> bool:
        """Show or hide a layer: no undo step, as with the eye beside it. Nothing where it was deleted.

        Returns:
            Whether it was not so before.
        """
        ...

    def annotation(self, name: str) -> bytes:
        """What was kept in the document under a name of the plugin's own; empty: nothing."""
        ...

    def annotate(self, name: str, description: str, content: bytes) -> None:
        """Keep something in the document's file: no undo step, but the document counts as modified."""
        ...

    def show(self, sketch: Sketch | None) -> bool:
        """Show a sketch in place of the last one; None: show none. It is no part of the document.

        Returns:
            Whether it can be seen: a document may have no view, or one that cannot be drawn over.
        """
        ...


class Canvas(Protocol):
    """Krita, as far as its documents are concerned."""

    @property
    def is_closing(self) -> bool:
        """Whether it is on its way out, and closes its documents for that reason."""
        ...

    def document(self) -> Document | None:
        """The document that the artist works on."""
        ...
