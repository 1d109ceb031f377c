"""Small parts of the docker: rows and columns, icons in the theme's colours, keys that stay."""

from collections.abc import Callable
from typing import Final

from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.widgets import Flat

GAP_PX: Final = 4
FRAME_PX: Final = 3
STAR_PX: Final = 16
PALE: Final = 150
"""How much of the ground covers what cannot be used yet, 0 to 255."""
_GOLD: Final = QtGui.QColor(255, 196, 0)
_DENSE: Final = 4
"""Icons are drawn so many times finer than they are shown: no screen is denser."""

Paint = Callable[[QtGui.QPainter, QtGui.QColor], None]
"""Draws an icon into the square from 0 to 16, in one colour."""


class Elided(Flat):
    """A flat button whose text is cut to its width; all of it is in its tool tip."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self._text = ""

    def say(self, text: str) -> None:
        """Show this."""
        if text != self._text:
            self._text = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self._cut()

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802 - Qt's
        """Cut anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - self.iconSize().width() - 4 * GAP_PX
        self.setText(self.fontMetrics().elidedText(self._text, QtCore.Qt.TextElideMode.ElideRight, room))


class Keys(QtCore.QObject):
    """Keeps the keys that are typed into a field from Krita's shortcuts: Delete and Space among them."""

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Claim what is typed; leave what is pressed with Ctrl, Alt or Meta."""
        if isinstance(event, QtGui.QKeyEvent) and event.type() == QtCore.QEvent.Type.ShortcutOverride:
            modifier = QtCore.Qt.KeyboardModifier
            free = modifier.ControlModifier, modifier.AltModifier, modifier.MetaModifier
            if not any(event.modifiers() & one for one in free):
                event.accept()
        return False

    def guard(self, *fields: QtWidgets.QWidget) -> None:
        """From now on, what is typed there stays there."""
        for field in fields:
            field.installEventFilter(self)


def quiet(made: QtWidgets.QPushButton) -> QtWidgets.QPushButton:
    """A button that leaves the focus where it is, as the next key is for the canvas; narrow if need be."""
    made.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
    made.setMinimumWidth(1)
    return made


def keep_room(widget: QtWidgets.QWidget) -> None:
    """Hidden, it leaves its place empty: nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def stretch(widget: QtWidgets.QWidget) -> QtWidgets.QWidget:
    """Let it take what width there is, and ask for none."""
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QtWidgets.QSizePolicy.Policy.Ignored)
    widget.setSizePolicy(policy)
    return widget


def row(*widgets: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    """Widgets side by side; those that ask for no width share what is left."""
    layout = QtWidgets.QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP_PX)
    for widget in widgets:
        free = widget.sizePolicy().horizontalPolicy() == QtWidgets.QSizePolicy.Policy.Ignored
        layout.addWidget(widget, 1 if free else 0)
    return layout


def column(owner: QtWidgets.QWidget, *parts: QtWidgets.QWidget | QtWidgets.QLayout) -> None:
    """Parts below each other, from the top of a widget."""
    layout = QtWidgets.QVBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP_PX)
    for part in parts:
        if isinstance(part, QtWidgets.QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
    layout.addStretch(1)


def lines(widget: QtWidgets.QWidget, count: int) -> int:
    """The height of so many lines of its text."""
    return count * widget.fontMetrics().lineSpacing()


# --- pictures ---


def tile(
    image: QtGui.QImage, side: int, widget: QtWidgets.QWidget, *, star: bool = False, pale: bool = False
) -> QtGui.QIcon:
    """A picture in a square of so many pixels of a list's; the chosen one keeps its colours in a frame."""
    dense, role = widget.devicePixelRatioF(), QtGui.QPalette.ColorRole
    shown = QtGui.QPixmap(round(side * dense), round(side * dense))
    shown.setDevicePixelRatio(dense)
    shown.fill(widget.palette().color(role.AlternateBase))
    painter = QtGui.QPainter(shown)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    if not image.isNull():
        fitted = image.scaled(
            shown.size(),
            QtCore.Qt.AspectRatioMode.KeepAspectRatio,
            QtCore.Qt.TransformationMode.SmoothTransformation,
        )
        place = QtCore.QRectF(0, 0, fitted.width() / dense, fitted.height() / dense)
        place.moveCenter(QtCore.QPointF(side / 2, side / 2))
        painter.drawImage(place, fitted)
    if pale:
        ground = widget.palette().color(role.Base)
        ground.setAlpha(PALE)
        painter.fillRect(0, 0, side, side, ground)
    if star:
        icon(paint_star, _GOLD, STAR_PX).paint(painter, side - STAR_PX, 0, STAR_PX, STAR_PX)
    painter.end()
    made = QtGui.QIcon(shown)
    framed = QtGui.QPixmap(shown)
    painter = QtGui.QPainter(framed)
    painter.setPen(QtGui.QPen(widget.palette().color(role.Highlight), FRAME_PX))
    half = FRAME_PX / 2
    painter.drawRect(QtCore.QRectF(half, half, side - FRAME_PX, side - FRAME_PX))
    painter.end()
    made.addPixmap(framed, QtGui.QIcon.Mode.Selected)
    return made


def icon(paint: Paint, colour: QtGui.QColor, side: int) -> QtGui.QIcon:
    """A drawn icon."""
    shown = QtGui.QPixmap(side * _DENSE, side * _DENSE)
    shown.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(shown)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.scale(side * _DENSE / 16, side * _DENSE / 16)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    paint(painter, colour)
    painter.end()
    return QtGui.QIcon(shown)


def paint_dot(painter: QtGui.QPainter, colour: QtGui.QColor) -> None:
    """A filled circle."""
    painter.drawEllipse(QtCore.QPointF(8, 8), 5, 5)


def paint_gear(painter: QtGui.QPainter, colour: QtGui.QColor) -> None:
    """A wheel with eight teeth."""
    path = QtGui.QPainterPath()
    path.addEllipse(QtCore.QPointF(8, 8), 5, 5)
    for eighth in range(8):
        tooth = QtGui.QPainterPath()
        tooth.addRect(7, 1, 2, 4)
        turn = QtGui.QTransform().translate(8, 8).rotate(45 * eighth).translate(-8, -8)
        path = path.united(turn.map(tooth))
    hole = QtGui.QPainterPath()
    hole.addEllipse(QtCore.QPointF(8, 8), 2.2, 2.2)
    painter.drawPath(path.subtracted(hole))


def paint_plus(painter: QtGui.QPainter, colour: QtGui.QColor) -> None:
    """A cross."""
    painter.drawRect(QtCore.QRectF(7, 2, 2, 12))
    painter.drawRect(QtCore.QRectF(2, 7, 12, 2))


def paint_star(painter: QtGui.QPainter, colour: QtGui.QColor) -> None:
    """A star of five points, with a rim that shows on any picture."""
    star = QtGui.QPolygonF()
    for tenth in range(10):
        spoke = QtCore.QLineF.fromPolar(7 if tenth % 2 == 0 else 3, 90 + 36 * tenth)
        star.append(QtCore.QPointF(8, 8) + spoke.p2())
    painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 160), 1))
    painter.drawPolygon(star)
