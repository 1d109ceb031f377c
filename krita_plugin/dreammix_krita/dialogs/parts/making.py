"""Small helpers that make widgets: each with a name that tests and style sheets can find it by."""

from collections.abc import Callable
from html import escape
from itertools import pairwise
from typing import TypeVar

from dreammix_krita.qt import QtCore, QtGui, QtWidgets

WidgetT = TypeVar("WidgetT", bound=QtWidgets.QWidget)
GAP_PX = 8
"""Space between the parts of a page, in device-independent pixels."""


def named(widget: WidgetT, name: str, says: str = "") -> WidgetT:
    """The widget with its name, and what a screen reader says of it."""
    widget.setObjectName(name)
    if says:
        widget.setAccessibleName(says)
    return widget


def button(name: str, text: str, pressed: Callable[[], object], tip: str = "") -> QtWidgets.QPushButton:
    """A button that Enter elsewhere does not press."""
    made = named(QtWidgets.QPushButton(text), name)
    made.setAutoDefault(False)
    made.setToolTip(tip)

    def press() -> None:
        pressed()

    made.clicked.connect(press)
    return made


def label(name: str, text: str = "", *, bold: bool = False) -> QtWidgets.QLabel:
    """Words that wrap, never taken for rich text: some of them come from elsewhere."""
    made = named(QtWidgets.QLabel(text), name)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    policy = QtWidgets.QSizePolicy(
        QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Minimum
    )
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    if bold:
        font = made.font()
        font.setBold(True)
        made.setFont(font)
    return made


def say(made: QtWidgets.QLabel, text: str) -> None:
    """Let a label say this; with nothing to say it takes no room."""
    if made.text() != text:
        made.setText(text)
    made.setVisible(bool(text))


def tip(text: str) -> str:
    """A tool tip of words that come from elsewhere: Qt would take some of them for markup."""
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")


def line(name: str, says: str, longest: int) -> QtWidgets.QLineEdit:
    """A field for one line."""
    made = named(QtWidgets.QLineEdit(), name, says)
    made.setMaxLength(longest)
    return made


def field(label_text: str, editor: QtWidgets.QWidget, layout: QtWidgets.QBoxLayout) -> QtWidgets.QLabel:
    """A caption above its editor: beside it there is no room in a narrow window."""
    caption = label(f"{editor.objectName()}_caption", label_text)
    caption.setBuddy(editor)
    layout.addWidget(caption)
    layout.addWidget(editor)
    return caption


def page(name: str) -> tuple[QtWidgets.QScrollArea, QtWidgets.QVBoxLayout]:
    """A page that scrolls where its window is too small for it, and the layout inside."""
    inside = named(QtWidgets.QWidget(), f"{name}_inside")
    layout = QtWidgets.QVBoxLayout(inside)
    layout.setSpacing(GAP_PX)
    area = named(QtWidgets.QScrollArea(), name)
    area.setWidgetResizable(True)
    area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area, layout


def tabs(name: str) -> QtWidgets.QTabWidget:
    """Pages of which one is seen."""
    made = named(QtWidgets.QTabWidget(), name)
    made.setDocumentMode(True)
    made.setUsesScrollButtons(True)
    made.setElideMode(QtCore.Qt.TextElideMode.ElideNone)
    return made


def keep_room(window: QtWidgets.QDialog, book: QtWidgets.QTabWidget, least_px: int) -> None:
    """Let a window be no narrower than that, nor than its pages' titles: how wide they are is the style's."""
    bar, layout = book.tabBar(), window.layout()
    titles = 0 if bar is None else bar.sizeHint().width()
    margins = 0 if layout is None else layout.contentsMargins().left() + layout.contentsMargins().right()
    window.setMinimumWidth(max(least_px, titles + margins))


def icon_list(name: str, says: str, side_px: int) -> QtWidgets.QListWidget:
    """A list of pictures that flow into as many rows as they need."""
    made = named(QtWidgets.QListWidget(), name, says)
    made.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
    made.setIconSize(QtCore.QSize(side_px, side_px))
    made.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
    made.setMovement(QtWidgets.QListView.Movement.Static)
    made.setWordWrap(True)
    made.setSpacing(2)
    lines = 2 * made.fontMetrics().height()
    made.setGridSize(QtCore.QSize(side_px + 16, side_px + lines + 12))
    return made


def icon(image: QtGui.QImage, side_px: int) -> QtGui.QIcon:
    """A picture in the middle of a square, so that all of a list are equally large."""
    dense = 2
    square = QtGui.QPixmap(dense * side_px, dense * side_px)
    square.fill(QtCore.Qt.GlobalColor.transparent)
    if not image.isNull():
        fitted = image.scaled(
            square.size(),
            QtCore.Qt.AspectRatioMode.KeepAspectRatio,
            QtCore.Qt.TransformationMode.SmoothTransformation,
        )
        painter = QtGui.QPainter(square)
        painter.drawImage(
            (square.width() - fitted.width()) // 2, (square.height() - fitted.height()) // 2, fitted
        )
        painter.end()
    square.setDevicePixelRatio(dense)
    return QtGui.QIcon(square)


def in_order(*widgets: QtWidgets.QWidget) -> None:
    """Let the tabulator key go from each to the next."""
    for before, after in pairwise(widgets):
        QtWidgets.QWidget.setTabOrder(before, after)


def says_bytes(size: int) -> str:
    """A number of bytes as a person says it."""
    if size < 1000 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    megabytes = size / 1024**2
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"
