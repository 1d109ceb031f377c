"""A sketch over Krita's canvas: a widget that sees through, so neither undo nor the document knows of it."""

from typing import Final

from dreammix.protocol import Box, Size
from dreammix_krita.canvas.contract import Sketch
from dreammix_krita.canvas.placement import placement
from dreammix_krita.qt import QtCore, QtGui, QtWidgets, sip
from krita import Canvas, Document, Krita, View

OPACITY: Final = 0.9
"""Below 1: an opaque picture would hide the brush's outline and the marching ants."""
SMALLEST_SCALE: Final = 0.5
"""Below it a picture is scaled down before it is drawn: Qt's painter then leaves pixels out."""
LEAST_VAST_SCROLLING: Final = 0.5
"""Below it the scroll bars do not say how far the canvas was moved."""
FRAME_PX: Final = 1.0
CORNER_PX: Final = 3.0
RIM_PX: Final = 2.0
"""Widths of a context box's frame, of its corners, and how much wider their dark rim is."""
FINDER: Final = "#5fd3ff"
FINDER_RIM: Final = "#10242e"
FINDER_ARMS: Final = 10
"""A corner's arm is the box's shorter side by this."""
_POINTS_PER_INCH: Final = 72.0
_CANVASES: Final = ("KisOpenGLCanvas2", "KisQPainterCanvas")


class Overlay(QtWidgets.QWidget):
    """What lies over one view's canvas, and follows it. It goes with its canvas: ask `is_alive`."""

    def __init__(
        self,
        document: Document,
        canvas: Canvas,
        controller: QtWidgets.QAbstractScrollArea,
        surface: QtWidgets.QWidget,
    ) -> None:
        super().__init__(surface)
        self._document = document
        self._canvas = canvas
        self._controller = controller
        self._sketch = Sketch()
        self._image = QtGui.QImage()
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setGeometry(surface.rect())
        # Beneath what else lies on the canvas, the pop-up palette above all.
        self.lower()
        surface.installEventFilter(self)

    @classmethod
    def over(cls, document: Document) -> "Overlay | None":
        """One over a view of the document; None: none of its views can be drawn over."""
        if float(Krita.instance().readSetting("", "vastScrolling", "0.9")) < LEAST_VAST_SCROLLING:
            return None
        for view, widget in _views():
            shown, canvas = view.document(), view.canvas()
            if shown is None or canvas is None or shown != document:
                continue
            for controller in widget.findChildren(QtWidgets.QAbstractScrollArea):
                for surface in controller.findChildren(QtWidgets.QWidget):
                    if _class(surface) in _CANVASES:
                        return cls(document, canvas, controller, surface)
        return None

    @property
    def is_alive(self) -> bool:
        """Whether the canvas that it lies on still exists: Krita makes a new one now and then."""
        return not sip.isdeleted(self)

    @property
    def sketch(self) -> Sketch:
        """What is shown."""
        return self._sketch

    def show_sketch(self, sketch: Sketch) -> None:
        """Show this instead."""
        self._sketch = sketch
        picture = sketch.picture
        if picture is not None:
            size = picture.size
            # A copy: the image would not keep the bytes alive.
            self._image = QtGui.QImage(
                picture.data, size.width, size.height, QtGui.QImage.Format.Format_RGBA8888
            ).copy()
        self.show()
        self.update()

    def remove(self) -> None:
        """Be gone, and leave nothing behind."""
        if self.is_alive:
            self.hide()
            self.deleteLater()

    def placement(self) -> QtGui.QTransform | None:
        """Where the picture is shown now; None: it was closed."""
        resolution = self._document.xRes()
        if resolution <= 0:
            return None
        across, down = self._controller.horizontalScrollBar(), self._controller.verticalScrollBar()
        assert across is not None and down is not None
        return placement(
            Size(self._document.width(), self._document.height()),
            self._canvas.zoomLevel() * _POINTS_PER_INCH / resolution,
            self._canvas.rotation(),
            self._canvas.mirror(),
            QtCore.QPoint(across.value(), down.value()),
        )

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Stay as large as the canvas."""
        if event is not None and event.type() == QtCore.QEvent.Type.Resize:
            surface = self.parentWidget()
            if surface is not None:
                self.setGeometry(surface.rect())
        return False

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        """Draw the sketch where the picture is now; nothing else says when it was moved."""
        place = self.placement()
        if place is None:
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(place)
        if self._sketch.box is not None:
            painter.setOpacity(OPACITY)
            painter.drawImage(_rectangle(self._sketch.box), self._scaled(place, self._sketch.box))
            painter.setOpacity(1.0)
        for outline in self._sketch.outlines:
            _draw_outline(painter, outline)
        painter.end()

    def _scaled(self, place: QtGui.QTransform, box: Box) -> QtGui.QImage:
        zoom = abs(place.determinant()) ** 0.5
        width, height = round(box.width * zoom), round(box.height * zoom)
        if width >= self._image.width() * SMALLEST_SCALE or min(width, height) < 1:
            return self._image
        return self._image.scaled(
            width,
            height,
            QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
            QtCore.Qt.TransformationMode.SmoothTransformation,
        )


def _views() -> list[tuple[View, QtWidgets.QWidget]]:
    """All views of Krita's, each with its widget: both lists are in the order in which they were opened."""
    found: list[tuple[View, QtWidgets.QWidget]] = []
    for window in Krita.instance().windows():
        # Only where pictures are: PyQt wraps each of a window's thousands of widgets that it looks at.
        centre = window.qwindow().centralWidget()
        for area in () if centre is None else centre.findChildren(QtWidgets.QMdiArea):
            order = QtWidgets.QMdiArea.WindowOrder.CreationOrder
            widgets = [inner for frame in area.subWindowList(order) if (inner := frame.widget()) is not None]
            shown = [widget for widget in widgets if _class(widget) == "KisView"]
            found.extend(zip(window.views(), shown, strict=False))
    return found


def _class(widget: QtWidgets.QWidget) -> str:
    """The name of its class in Krita, which Python does not know."""
    meta = widget.metaObject()
    return "" if meta is None else meta.className() or ""


def _rectangle(box: Box) -> QtCore.QRectF:
    return QtCore.QRectF(box.x, box.y, box.width, box.height)


def _draw_outline(painter: QtGui.QPainter, box: Box) -> None:
    """A frame with strong corners, as a camera's finder has it: unlike a selection's dashes.

    Light on a dark rim it is seen on any ground; equally wide at every zoom.
    """
    frame = _rectangle(box)
    arm = min(box.width, box.height) / FINDER_ARMS
    corners = QtGui.QPainterPath()
    for across, along in ((frame.left(), arm), (frame.right(), -arm)):
        for down, upright in ((frame.top(), arm), (frame.bottom(), -arm)):
            corners.moveTo(across + along, down)
            corners.lineTo(across, down)
            corners.lineTo(across, down + upright)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    for colour, rim in ((FINDER_RIM, RIM_PX), (FINDER, 0.0)):
        painter.setPen(_pen(colour, FRAME_PX + rim))
        painter.drawRect(frame)
        painter.setPen(_pen(colour, CORNER_PX + rim))
        painter.drawPath(corners)


def _pen(colour: str, width: float) -> QtGui.QPen:
    """One that is that many pixels wide on the screen."""
    pen = QtGui.QPen(QtGui.QColor(colour), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.MiterJoin)
    return pen
