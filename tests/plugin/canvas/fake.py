"""A canvas without Krita: documents that a test makes, changes behind the plugin's back, and looks into."""

from dataclasses import dataclass, field
from typing import Final

from dreammix.protocol import Box, Picture, SampleFormat, Size
from dreammix_krita.canvas import (
    Backdrop,
    Background,
    CanvasFailure,
    DocumentClosed,
    Layer,
    Region,
    Selected,
    Sketch,
    Unselected,
)

CANVAS: Final = Size(640, 480)
BACKGROUND: Final = Layer("{layer}", "Background")


@dataclass(frozen=True, slots=True)
class AddedLayer:
    """A result that came to a document."""

    layer: Layer
    box: Box
    picture: Picture
    above: Layer | None


def region(box: Box, value: int = 255) -> Region:
    """A selected rectangle, softly below 255."""
    return Region(box, Picture(box.size, SampleFormat.GRAY8, bytes([value]) * box.size.area))


@dataclass(kw_only=True)
class FakeDocument:
    """A document of one colour. Set its fields to script it.

    Attributes:
        selected: what the artist has selected.
        layer: the current layer.
        path: its file.
        colour: RGBA of all its pixels.
        failure: raised by the next `read` or `add_layer`, once.
        has_view: whether a sketch can be seen.
        added: the results, oldest first.
        hidden: the layers that were hidden, and not shown again.
        seen_hidden: what was hidden at each `read`.
        annotations: what is kept in the document, by name.
        sketches: everything that was shown, oldest first; None: it was taken away.
    """

    key: str = "{1}"
    name: str = "picture.kra"
    path: str = ""
    is_open: bool = True
    canvas_size: Size = CANVAS
    selected: Selected = Unselected.NONE
    layer: Layer | None = BACKGROUND
    colour: tuple[int, int, int, int] = (128, 128, 128, 255)
    failure: CanvasFailure | None = None
    has_view: bool = True
    added: list[AddedLayer] = field(default_factory=list)
    hidden: list[Layer] = field(default_factory=list)
    seen_hidden: list[tuple[Layer, ...]] = field(default_factory=list)
    annotations: dict[str, bytes] = field(default_factory=dict)
    sketches: list[Sketch | None] = field(default_factory=list)

    @property
    def size(self) -> Size:
        self._check()
        return self.canvas_size

    @property
    def file(self) -> str:
        self._check()
        return self.path

    def selected_box(self) -> Box | Unselected:
        self._check()
        return self.selected.box if isinstance(self.selected, Region) else self.selected

    def selection(self) -> Selected:
        self._check()
        return self.selected

    def current_layer(self) -> Layer | None:
        self._check()
        return self.layer

    def has(self, layer: Layer) -> bool:
        self._check()
        return layer in (self.layer, *(added.layer for added in self.added))

    def read(self, box: Box, background: Background, layer: Layer | None = None) -> Backdrop:
        self._check()
        self._fail()
        self.seen_hidden.append(tuple(self.hidden))
        if not Box.of(self.canvas_size).contains(box):
            raise CanvasFailure(
                "The picture cannot be read there", "the canvas is smaller now", "Select anew"
            )
        picture = Picture(box.size, SampleFormat.RGBA8, bytes(self.colour) * box.size.area)
        if background is Background.VISIBLE:
            return Backdrop(box, picture, None)
        taken = layer or self.layer
        if taken is None:
            raise CanvasFailure("There is no background", "no layer is picked", "Pick a layer")
        return Backdrop(box, picture, taken)

    def add_layer(
        self, name: str, box: Box, picture: Picture, above: Layer | None, replaces: Layer | None = None
    ) -> Layer:
        self._check()
        self._fail()
        if replaces is not None:
            self.set_visible(replaces, False)
        layer = Layer(f"{{result {len(self.added)}}}", name)
        self.added.append(AddedLayer(layer, box, picture, above))
        return layer

    def set_visible(self, layer: Layer, visible: bool) -> bool:
        self._check()
        if not self.has(layer) or visible is (layer not in self.hidden):
            return False
        if visible:
            self.hidden.remove(layer)
        else:
            self.hidden.append(layer)
        return True

    def annotation(self, name: str) -> bytes:
        self._check()
        return self.annotations.get(name, b"")

    def annotate(self, name: str, description: str, content: bytes) -> None:
        self._check()
        self.annotations[name] = content

    def show(self, sketch: Sketch | None) -> bool:
        if sketch is not None:
            self._check()
        self.sketches.append(sketch)
        return sketch is None or self.has_view

    def _check(self) -> None:
        if not self.is_open:
            raise DocumentClosed(self.name)

    def _fail(self) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure


@dataclass
class FakeCanvas:
    """A Krita in which the artist works on `active`; None: nothing is open."""

    active: FakeDocument | None = None
    is_closing: bool = False

    def document(self) -> FakeDocument | None:
        return self.active
