"""The contract, fulfilled by the Krita that runs this."""

from itertools import count
from typing import Final

from dreammix.protocol import Box, InvalidPicture, Picture, SampleFormat, Size
from dreammix.protocol.pictures import check_picture_size
from dreammix_krita.canvas import stack
from dreammix_krita.canvas.closing import Closing
from dreammix_krita.canvas.colours import ColourSpace, checked, from_picture, to_picture
from dreammix_krita.canvas.contract import Backdrop, Background, Layer, Region, Selected, Sketch, Unselected
from dreammix_krita.canvas.errors import CanvasFailure, DocumentClosed
from dreammix_krita.canvas.overlay import Overlay
from krita import Document, Krita, Node, Selection

_AGAIN: Final = "Try again"


class KritaDocument:
    """An open document. What holds it is Krita's, and equal to what Krita lists as long as it is open.

    Names would not do: a copy of a picture has its file's name, and its layers' ids down to the root's.
    """

    def __init__(self, document: Document, key: str) -> None:
        self._host = document
        self._key = key
        self._name = _name(document)
        self._overlay: Overlay | None = None

    @property
    def key(self) -> str:
        return self._key

    @property
    def name(self) -> str:
        if self.is_open:
            self._name = _name(self._host)
        return self._name

    @property
    def file(self) -> str:
        return self._document().fileName()

    @property
    def is_open(self) -> bool:
        return self._host in Krita.instance().documents()

    def is_of(self, document: Document) -> bool:
        """Whether it is that document of Krita's."""
        return self._host == document

    @property
    def size(self) -> Size:
        return _size(self._document())

    def selected_box(self) -> Box | Unselected:
        document = self._document()
        return _selected_box(document.selection(), _size(document))

    def selection(self) -> Selected:
        document = self._document()
        selection = document.selection()
        box = _selected_box(selection, _size(document))
        if selection is None or isinstance(box, Unselected):
            return Unselected.NONE if isinstance(box, Box) else box
        _check_area(box)
        mask = bytes(selection.pixelData(box.x, box.y, box.width, box.height))
        if len(mask) != box.size.area:
            raise CanvasFailure("The selection cannot be read", "Krita gave no pixels of it", _AGAIN)
        if not any(mask):
            return Unselected.OUTSIDE
        return Region(box, Picture(box.size, SampleFormat.GRAY8, mask))

    def current_layer(self) -> Layer | None:
        node = stack.climb_to_layer(self._document().activeNode())
        return None if node is None else stack.layer_of(node)

    def has(self, layer: Layer) -> bool:
        root = self._document().rootNode()
        return root is not None and stack.find(root, layer) is not None

    def read(self, box: Box, background: Background, layer: Layer | None = None) -> Backdrop:
        document = self._document()
        size = _size(document)
        if not Box.of(size).contains(box):
            raise CanvasFailure(
                "The picture cannot be read there",
                f"the canvas has {size.width} x {size.height} pixels now",
                "Select anew",
            )
        _check_area(box)
        # What is still being painted is painted to its end first.
        document.waitForDone()
        if background is Background.VISIBLE:
            return Backdrop(box, _read(document, box), None)
        root = document.rootNode()
        if layer is None or root is None:
            node = stack.climb_to_layer(document.activeNode())
        else:
            node = stack.find(root, layer)
        if node is None:
            why = "no layer is picked" if layer is None else f"{layer.name} was deleted"
            raise CanvasFailure("There is no background", why, "Pick a layer")
        return Backdrop(box, _read(node, box), stack.layer_of(node))

    def add_layer(
        self, name: str, box: Box, picture: Picture, above: Layer | None, replaces: Layer | None = None
    ) -> Layer:
        document = self._document()
        root = document.rootNode()
        if picture.format is not SampleFormat.RGBA8 or picture.size != box.size:
            raise CanvasFailure(
                "The result cannot be shown", "its picture does not fit its place", "Report this as a defect"
            )
        # A layer that is added while Krita still undoes or redoes something is lost without a word.
        document.waitForDone()
        # In the picture's own colours and filled before it is added: that is what makes it one undo step.
        pixels = from_picture(picture, ColourSpace.of(document))
        node = document.createNode(name, "paintlayer")
        if root is None or node is None:
            raise CanvasFailure("The result cannot be shown", "Krita made no layer for it", _AGAIN)
        node.setPixelData(pixels, box.x, box.y, box.width, box.height)
        place = None if above is None else stack.find(root, above)
        place = None if place is None else stack.anchor(place)
        parent = root if place is None else place.parentNode()
        # Before the new one comes: with it Krita shows the whole picture anew by itself.
        old = None if replaces is None else stack.find(root, replaces)
        seen = old is not None and old.visible()
        if old is not None:
            old.setVisible(False)
        if parent is None or not parent.addChildNode(node, place or _top(root)):
            if old is not None:
                old.setVisible(seen)
            raise CanvasFailure("The result cannot be shown", "Krita took no layer for it", _AGAIN)
        return stack.layer_of(node)

    def set_visible(self, layer: Layer, visible: bool) -> bool:
        document = self._document()
        root = document.rootNode()
        node = None if root is None else stack.find(root, layer)
        if node is None or node.visible() == visible:
            return False
        node.setVisible(visible)
        document.refreshProjection()
        return True

    def annotation(self, name: str) -> bytes:
        document = self._document()
        return bytes(document.annotation(name)) if name in document.annotationTypes() else b""

    def annotate(self, name: str, description: str, content: bytes) -> None:
        self._document().setAnnotation(name, description, content)

    def show(self, sketch: Sketch | None) -> bool:
        if sketch is None:
            if self._overlay is not None:
                self._overlay.remove()
                self._overlay = None
            return True
        if self._overlay is None or not self._overlay.is_alive:
            self._overlay = Overlay.over(self._document())
        if self._overlay is None:
            return False
        self._overlay.show_sketch(sketch)
        return True

    def _document(self) -> Document:
        if not self.is_open:
            raise DocumentClosed(self._name)
        return self._host


class KritaCanvas:
    """The documents of the Krita that runs this."""

    def __init__(self) -> None:
        self._closing = Closing()
        self._documents: list[KritaDocument] = []
        self._numbers = count(1)

    @property
    def is_closing(self) -> bool:
        return self._closing.under_way

    def document(self) -> KritaDocument | None:
        window = Krita.instance().activeWindow()
        if window is not None:
            self._closing.watch(window.qwindow())
        document = Krita.instance().activeDocument()
        if document is None or document.rootNode() is None:
            return None
        # One for each document, for it holds what is shown over it; those of closed ones go.
        self._documents = [held for held in self._documents if held.is_open]
        for held in self._documents:
            if held.is_of(document):
                return held
        self._documents.append(KritaDocument(document, f"document {next(self._numbers)}"))
        return self._documents[-1]


def _name(document: Document) -> str:
    return document.fileName().replace("\\", "/").rpartition("/")[2] or document.name() or "The picture"


def _size(document: Document) -> Size:
    return Size(document.width(), document.height())


def _selected_box(selection: Selection | None, canvas: Size) -> Box | Unselected:
    if selection is None:
        return Unselected.NONE
    if selection.width() < 1 or selection.height() < 1:
        return Unselected.EMPTY
    box = Box(selection.x(), selection.y(), selection.width(), selection.height())
    return box.intersect(Box.of(canvas)) or Unselected.OUTSIDE


def _check_area(box: Box) -> None:
    """Before Krita is asked for gigabytes. Raises CanvasFailure."""
    try:
        check_picture_size(box.size)
    except InvalidPicture as error:
        raise CanvasFailure(
            "The region is too large",
            f"it has {box.width} x {box.height} pixels; {error.why}",
            "Select less, or scale the picture down",
        ) from error


def _read(owner: Document | Node, box: Box) -> Picture:
    """The pixels as they are shown: of a layer with its masks, of a group and a document with all in it."""
    place = (box.x, box.y, box.width, box.height)
    pixels = owner.projectionPixelData(*place) if isinstance(owner, Node) else owner.pixelData(*place)
    space = ColourSpace.of(owner)
    return to_picture(checked(pixels, box.size, space), box.size, space)


def _top(root: Node) -> Node | None:
    """The uppermost layer of the stack, which comes last; guides and selections have nodes there too."""
    layers = [node for node in root.childNodes() if stack.climb_to_layer(node) is not None]
    return layers[-1] if layers else None
