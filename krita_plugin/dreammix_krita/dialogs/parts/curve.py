"""A curve of losses over steps: its shape says whether teaching gets anywhere."""

from collections.abc import Sequence
from typing import Final

from dreammix_krita.qt import QtCore, QtGui, QtWidgets

HEIGHT_PX: Final = 84
SMOOTHING: Final = 0.1
"""How much the newest loss weighs in the line that is drawn over the single ones."""
FAINT: Final = 70
"""How opaque the single losses are, 0 to 255."""
_MARGIN_PX: Final = 6


def smooth(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The running average of losses: single ones jump with the noise that each step draws."""
    result: list[tuple[int, float]] = []
    for step, loss in points:
        before = result[-1][1] if result else loss
        result.append((step, before + SMOOTHING * (loss - before)))
    return result


class Curve(QtWidgets.QWidget):
    """Draws them; the steps still to come are left free on the right."""

    def __init__(self, name: str, says: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(says)
        self.setFixedHeight(HEIGHT_PX)
        self._caption = says
        self._points: Sequence[tuple[int, float]] = ()
        self._steps = 1

    def show_points(self, points: Sequence[tuple[int, float]], steps: int) -> None:
        """Show these, of so many steps in all."""
        self._points, self._steps = points, max(steps, 1)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802 - Qt's
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.base())
        painter.setPen(palette.color(QtGui.QPalette.ColorRole.Text))
        inside = self.rect().adjusted(_MARGIN_PX, _MARGIN_PX // 2, -_MARGIN_PX, -_MARGIN_PX)
        corner = QtGui.QTextOption(QtCore.Qt.AlignmentFlag.AlignRight)
        painter.drawText(QtCore.QRectF(inside), self._caption, corner)
        if self._points:
            self._draw(painter, QtCore.QRectF(inside))
        painter.end()

    def _draw(self, painter: QtGui.QPainter, inside: QtCore.QRectF) -> None:
        highest = max(loss for _, loss in self._points) or 1.0

        def place(step: int, loss: float) -> QtCore.QPointF:
            x = inside.left() + inside.width() * step / self._steps
            return QtCore.QPointF(x, inside.bottom() - inside.height() * loss / highest)

        faint = self.palette().color(QtGui.QPalette.ColorRole.Text)
        faint.setAlpha(FAINT)
        strong = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
        for colour, points, width in ((faint, self._points, 1.0), (strong, smooth(self._points), 2.0)):
            painter.setPen(QtGui.QPen(colour, width))
            painter.drawPolyline(QtGui.QPolygonF([place(*point) for point in points]))
