"""What the tests of the canvas do inside Krita, whose Python alone imports this; answers are plain values."""

from dreammix.protocol import Box, Picture, SampleFormat, Size
from dreammix_krita.canvas import Background, CanvasFailure, Region
from dreammix_krita.canvas.contract import Layer, Sketch
from dreammix_krita.canvas.host import KritaCanvas, KritaDocument
from dreammix_krita.canvas.overlay import Overlay
from dreammix_krita.qt import QtCore, QtGui
from krita import Canvas, Document, InfoObject, Krita, ManagedColor, Node, Selection, VectorLayer

SRGB = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
SIDE = 64
"""Of the documents that are opened here, in pixels."""

canvas = KritaCanvas()


def host() -> Document:
    """The document that is open, as Krita knows it."""
    document = Krita.instance().activeDocument()
    assert document is not None
    return document


def ours() -> KritaDocument:
    """The same, as the plugin knows it."""
    document = canvas.document()
    assert document is not None
    return document


def open_new(model: str = "RGBA", depth: str = "U8", profile: str = SRGB[2]) -> None:
    """A document with one layer, transparent black, and nothing else."""
    document = Krita.instance().createDocument(SIDE, SIDE, "new", model, depth, profile, 300.0)
    window = Krita.instance().activeWindow()
    assert window is not None
    window.addView(document)
    space = document.colorModel(), document.colorDepth(), document.colorProfile()
    base = document.topLevelNodes()[0]
    base.setName("base")
    size = len(bytes(base.pixelData(0, 0, SIDE, SIDE)))
    base.setPixelData(bytes(size), 0, 0, SIDE, SIDE)
    document.refreshProjection()
    document.setModified(False)
    assert space == (model, depth, profile), space


def node(name: str) -> Node:
    """The node of that name."""
    found = host().nodeByName(name)
    assert found is not None, name
    return found


def add(name: str, kind: str, parent: str = "") -> None:
    """A new node, uppermost in its parent."""
    made = host().createNode(name, kind)
    assert made is not None
    root = host().rootNode()
    assert root is not None
    (node(parent) if parent else root).addChildNode(made, None)
    host().waitForDone()


def add_special(kind: str) -> None:
    """A layer `special` on top that covers the canvas without having pixels of its own."""
    document, all_of_it = host(), Selection()
    all_of_it.select(0, 0, SIDE, SIDE, 255)
    made: Node | None
    if kind == "file":
        image = QtGui.QImage(SIDE, SIDE, QtGui.QImage.Format.Format_RGB888)
        image.fill(QtGui.QColor(1, 2, 3))
        path = QtCore.QDir.temp().filePath("linked.png")
        assert image.save(path)
        made = document.createFileLayer("special", path, "None")
    elif kind == "fill":
        made = document.createFillLayer("special", "color", InfoObject(), all_of_it)
    elif kind == "filter":
        made = document.createFilterLayer("special", Krita.instance().filter("invert"), all_of_it)
    elif kind == "clone":
        made = document.createCloneLayer("special", node("base"))
    else:
        made = document.createVectorLayer("special")
    root = document.rootNode()
    assert made is not None and root is not None
    root.addChildNode(made, None)
    if isinstance(made, VectorLayer):
        made.addShapesFromSvg(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}px" height="{SIDE}px"'
            f' viewBox="0 0 {SIDE} {SIDE}"><rect x="0" y="0" width="{SIDE}" height="{SIDE}"'
            ' fill="#010203"/></svg>'
        )
    document.refreshProjection()
    document.waitForDone()


def copy() -> None:
    """The open document once more, as another one, which is looked at then."""
    action = Krita.instance().action("create_copy")
    assert action is not None
    action.trigger()


def stacks() -> list[list[str]]:
    """The layers' names of each open document, in the order in which they were opened."""
    return [[found.name() for found in document.topLevelNodes()] for document in Krita.instance().documents()]


def too_large() -> list[list[str]]:
    """What is said of a region and of a background that are larger than a picture may be."""
    document = Krita.instance().createDocument(30_000, 2_300, "huge", *SRGB, 72.0)
    try:
        all_of_it = Selection()
        all_of_it.select(0, 0, 30_000, 2_300, 255)
        document.setSelection(all_of_it)
        huge = KritaDocument(document, "huge")
        box = huge.selected_box()
        assert isinstance(box, Box)
        told = []
        for ask in (huge.selection, lambda: huge.read(box, Background.VISIBLE)):
            try:
                ask()
            except CanvasFailure as error:
                told.append([error.what, error.why, error.remedy])
        corner = huge.read(Box(29_990, 2_290, 10, 10), Background.VISIBLE)
        return [*told, [str(len(corner.picture.data))]]
    finally:
        document.setModified(False)
        document.close()


def paint(name: str, colours: list[list[int]]) -> None:
    """Put a row of RGBA colours at the upper left of a layer in a document of `SRGB`."""
    data = b"".join(bytes([blue, green, red, alpha]) for red, green, blue, alpha in colours)
    node(name).setPixelData(data, 0, 0, len(colours), 1)
    host().refreshProjection()
    host().waitForDone()


def fill(box: list[int], colour: list[int]) -> None:
    """Fill a box of `base` with one colour, as Krita orders its channels, on opaque white."""
    base = node("base")
    base.setPixelData(b"\xff" * (4 * SIDE * SIDE), 0, 0, SIDE, SIDE)
    x, y, width, height = box
    base.setPixelData(bytes(colour) * (width * height), x, y, width, height)
    host().refreshProjection()
    host().waitForDone()


def pick(name: str) -> bool:
    """Make a node the current one; whether it is: Krita does so once it is idle."""
    if picked() != name:
        host().setActiveNode(node(name))
    return picked() == name


def picked() -> str:
    """The name of the current node."""
    found = host().activeNode()
    return "" if found is None else found.name()


def current() -> str:
    """The name of the current layer."""
    layer = ours().current_layer()
    return "" if layer is None else layer.name


def select(x: int, y: int, width: int, height: int, value: int) -> None:
    """Select a rectangle, softly perhaps."""
    selection = Selection()
    selection.select(x, y, width, height, value)
    host().setSelection(selection)
    host().waitForDone()


def selection() -> list[object]:
    """The region's box, the values that its mask holds, and whether it covers the canvas; or why none."""
    found = ours().selection()
    if not isinstance(found, Region):
        assert ours().selected_box() == found
        return [str(found)]
    box = found.box
    assert ours().selected_box() == box
    values = sorted(set(found.mask.data))
    return [[box.x, box.y, box.width, box.height], values, found.covers(ours().size)]


def read(background: str, count: int) -> list[object]:
    """The first colours of the picture, and the name of the layer that a result belongs above."""
    drop = ours().read(Box(0, 0, SIDE, SIDE), Background(background))
    pixels = [list(drop.picture.data[4 * i : 4 * i + 4]) for i in range(count)]
    return [pixels, None if drop.above is None else drop.above.name]


def write(name: str, colours: list[list[int]], above: str = "") -> str:
    """Add a result, a row of RGBA colours at the upper left; the name of the layer."""
    place = Layer(node(above).uniqueId().toString(), above) if above else None
    picture = Picture(
        Size(len(colours), 1), SampleFormat.RGBA8, bytes(value for colour in colours for value in colour)
    )
    layer = ours().add_layer(name, Box(0, 0, len(colours), 1), picture, place)
    host().waitForDone()
    return layer.name


def stack(of: str = "") -> list[str]:
    """The names of the layers, from below, in a group or in the document."""
    nodes = node(of).childNodes() if of else host().topLevelNodes()
    return [found.name() for found in nodes]


def pixels(name: str, count: int) -> str:
    """A layer's own first pixels as Krita keeps them."""
    return bytes(node(name).pixelData(0, 0, count, 1)).hex()


def visible() -> str:
    """What the artist sees, as Krita keeps it."""
    return bytes(host().pixelData(0, 0, SIDE, SIDE)).hex()


def converted(colour: list[int], space: list[str]) -> list[float]:
    """What Krita's colour picker makes of an RGBA colour, each channel from 0 to 1 as Krita orders them."""
    managed = ManagedColor(*SRGB)
    managed.setComponents([value / 255 for value in (colour[2], colour[1], colour[0], colour[3])])
    managed.setColorSpace(*space)
    return list(managed.components())


def seen_again(colour: list[int], space: list[str]) -> list[int]:
    """An RGBA colour after Krita's colour picker took it to a colour space and back."""
    managed = ManagedColor(*SRGB)
    managed.setComponents([value / 255 for value in (colour[2], colour[1], colour[0], colour[3])])
    managed.setColorSpace(*space)
    managed.setColorSpace(*SRGB)
    blue, green, red, alpha = (round(value * 255) for value in managed.components())
    return [red, green, blue, alpha]


def failure(x: int, y: int, width: int, height: int) -> list[str]:
    """What is said when a box cannot be read."""
    try:
        ours().read(Box(x, y, width, height), Background.VISIBLE)
    except CanvasFailure as error:
        return [error.code, error.what, error.why, error.remedy]
    return []


def overlays() -> list[Overlay]:
    """The sketches on all canvases of the window."""
    window = Krita.instance().activeWindow()
    assert window is not None
    return list(window.qwindow().findChildren(Overlay))


def show(box: list[int] | None) -> bool:
    """Outline a box, or nothing."""
    return ours().show(None if box is None else Sketch(outlines=(Box(*box),)))


def preview(box: list[int]) -> bool:
    """Show a red picture over a box."""
    x, y, width, height = box
    red = Picture(Size(width, height), SampleFormat.RGBA8, bytes([255, 0, 0, 255]) * (width * height))
    return ours().show(Sketch(picture=red, box=Box(x, y, width, height)))


def surfaces() -> list[str]:
    """What the sketches lie on, by Krita's names for it."""
    parents = [overlay.parentWidget() for overlay in overlays()]
    metas = [found.metaObject() for found in parents if found is not None]
    return [meta.className() or "" for meta in metas if meta is not None]


def on_screen(box: list[int]) -> list[list[float]]:
    """Where the canvas is on the screen, and a box of the picture on that: left, top, right, bottom."""
    (overlay,) = overlays()
    place = overlay.placement()
    assert place is not None
    x, y, width, height = box
    found = place.mapRect(QtCore.QRectF(x, y, width, height))
    corner = overlay.mapToGlobal(QtCore.QPoint(0, 0))
    around: list[float] = [corner.x(), corner.y()]
    around += [corner.x() + overlay.width(), corner.y() + overlay.height()]
    return [around, [found.left(), found.top(), found.right(), found.bottom()]]


def view(zoom: float, rotation: float, mirrored: bool) -> None:
    """Look at the document otherwise; a zoom of 1 shows its pixels as the screen's."""
    shown = _shown()
    shown.setZoomLevel(zoom)
    shown.setRotation(rotation)
    shown.setMirror(mirrored)


def seen(rotation: float, mirrored: bool) -> bool:
    """Whether Krita shows the document so; a mirrored one it may say to have turned the other way."""
    return (_shown().rotation() - rotation) % 180 == 0 and _shown().mirror() == mirrored


def _shown() -> Canvas:
    window = Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    canvas = None if view is None else view.canvas()
    assert canvas is not None
    return canvas
