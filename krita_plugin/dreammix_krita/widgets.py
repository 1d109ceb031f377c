"""Widgets that the docker and the dialogs share, each with a name that tests find it by."""

from collections.abc import Callable
from html import escape
from itertools import pairwise
from typing import Final, TypeVar

from dreammix_krita.qt import QtCore, QtGui, QtWidgets

WidgetT = TypeVar("WidgetT", bound=QtWidgets.QWidget)
PADDING_PX: Final = 10
"""Room on each side of a button's words."""


def named(widget: WidgetT, name: str, says: str = "") -> WidgetT:
    """The widget with its name, and what a screen reader says of it."""
    widget.setObjectName(name)
    if says:
        widget.setAccessibleName(says)
    return widget


class Button(QtWidgets.QPushButton):
    """A button that is a little wider than its words: some styles leave them no room."""

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's
        words = self.fontMetrics().horizontalAdvance(self.text())
        return super().sizeHint().expandedTo(QtCore.QSize(words + 2 * PADDING_PX, 0))


class Flat(QtWidgets.QToolButton):
    """A button without a frame, but where the tabulator key has come to it: not every style shows that."""

    def __init__(self, name: str, says: str = "") -> None:
        super().__init__()
        named(self, name, says)
        self.setAutoRaise(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802 - Qt's
        super().paintEvent(event)
        if self.hasFocus():
            painter = QtGui.QPainter(self)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
            painter.end()


def button(name: str, text: str, pressed: Callable[[], object], tip: str = "") -> QtWidgets.QPushButton:
    """A button that Enter elsewhere does not press."""
    made = named(Button(text), name)
    made.setAutoDefault(False)
    made.setToolTip(tip)

    def press() -> None:
        pressed()

    made.clicked.connect(press)
    return made


def label(name: str, text: str = "", *, bold: bool = False) -> QtWidgets.QLabel:
    """Words that break their lines and make nothing wider.

    They are never taken for markup: some of them come from elsewhere.
    """
    made = named(QtWidgets.QLabel(text), name)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    policy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    if bold:
        embolden(made, True)
    return made


def say(made: QtWidgets.QLabel, text: str) -> None:
    """Let a label say this; with nothing to say it takes no room."""
    if made.text() != text:
        made.setText(text)
    made.setVisible(bool(text))


def embolden(widget: QtWidgets.QWidget, bold: bool) -> None:
    """Make a widget's letters bold, or usual."""
    font = widget.font()
    font.setBold(bold)
    widget.setFont(font)


def tip(text: str) -> str:
    """A tool tip of words that come from elsewhere: Qt would take some of them for markup."""
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")


def in_order(*widgets: QtWidgets.QWidget) -> None:
    """Let the tabulator key go from each to the next."""
    for before, after in pairwise(widgets):
        QtWidgets.QWidget.setTabOrder(before, after)
