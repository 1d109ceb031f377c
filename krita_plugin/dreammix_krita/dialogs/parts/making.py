"""Parts of windows: fields, pages that scroll, tabs, lists of pictures."""

from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.widgets import label, named

GAP_PX = 8
"""Space between the parts of a page, in device-independent pixels."""
PALE = 0.4
"""How opaque the picture is of what cannot be used yet."""


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


class Page(QtWidgets.QScrollArea):
    """A page that scrolls where its window is too small for it.

    Attributes:
        inside: where its widgets go, one below the other.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        body = named(QtWidgets.QWidget(), f"{name}_inside")
        self.inside = QtWidgets.QVBoxLayout(body)
        self.inside.setSpacing(GAP_PX)
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setWidget(body)


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


class PictureList(QtWidgets.QListWidget):
    """Pictures that flow into as many rows as they need; where there is none, words.

    Args:
        name: its name.
        says: what a screen reader says of it.
        side_px: of each picture.
        empty: the words.
    """

    def __init__(self, name: str, says: str, side_px: int, empty: str = "") -> None:
        super().__init__()
        named(self, name, says)
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setIconSize(QtCore.QSize(side_px, side_px))
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setWordWrap(True)
        self.setSpacing(2)
        lines = 2 * self.fontMetrics().height()
        self.setGridSize(QtCore.QSize(side_px + 16, side_px + lines + 12))
        self.say_empty(empty)

    def say_empty(self, text: str) -> None:
        """Say this where there is no picture."""
        self.setAccessibleDescription(text)
        viewport = self.viewport()
        if viewport is not None:
            viewport.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802 - Qt's
        super().paintEvent(event)
        viewport = self.viewport()
        if self.count() == 0 and viewport is not None:
            painter = QtGui.QPainter(viewport)
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Text))
            inside = viewport.rect().adjusted(GAP_PX, GAP_PX, -GAP_PX, -GAP_PX)
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), self.accessibleDescription())
            painter.end()


def icon(image: QtGui.QImage, side_px: int, *, pale: bool = False) -> QtGui.QIcon:
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
        painter.setOpacity(PALE if pale else 1.0)
        painter.drawImage(
            (square.width() - fitted.width()) // 2, (square.height() - fitted.height()) // 2, fitted
        )
        painter.end()
    square.setDevicePixelRatio(dense)
    made = QtGui.QIcon(square)
    # The chosen one keeps its colours: a mask is judged by them.
    made.addPixmap(square, QtGui.QIcon.Mode.Selected)
    return made


def says_bytes(size: int) -> str:
    """A number of bytes as a person says it."""
    if size < 1000 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    megabytes = size / 1024**2
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"
