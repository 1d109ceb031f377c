"""A layout that breaks its widgets into lines, as a text its words: chips, and buttons in narrow windows."""

from typing import cast

from dreammix_krita.qt import QtCore, QtWidgets


class Flow(QtWidgets.QLayout):
    """From left to right as long as there is room, then in a new line."""

    def __init__(self, gap: int = 6) -> None:
        super().__init__()
        self._items: list[QtWidgets.QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QtWidgets.QLayoutItem | None) -> None:  # noqa: N802 - Qt's
        if item is not None:
            self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QtWidgets.QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QtWidgets.QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._arrange(QtCore.QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QtCore.QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        sizes = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QtCore.QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QtCore.QSize:  # noqa: N802
        size = QtCore.QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def expandingDirections(self) -> "QtCore.Qt.Orientations":  # noqa: N802
        """It grows nowhere. Qt 5 and 6 have different classes for that, and both take this value."""
        return cast("QtCore.Qt.Orientations", QtCore.Qt.Orientation(0))

    def _shown(self) -> list[QtWidgets.QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QtCore.QRect, *, place: bool) -> int:
        """The height that the widgets take; `place`: put them there."""
        x, y, high = rect.x(), rect.y(), 0
        for item in self._shown():
            size = item.sizeHint()
            width = min(size.width(), rect.width())
            if x > rect.x() and x + width > rect.x() + rect.width():
                x, y, high = rect.x(), y + high + self._gap, 0
            if place:
                item.setGeometry(QtCore.QRect(x, y, width, size.height()))
            x, high = x + width + self._gap, max(high, size.height())
        return y + high - rect.y()


def flowing(name: str, *widgets: QtWidgets.QWidget) -> QtWidgets.QWidget:
    """Widgets in a flow."""
    row = QtWidgets.QWidget()
    row.setObjectName(name)
    flow = Flow()
    row.setLayout(flow)
    for widget in widgets:
        flow.addWidget(widget)
    policy = QtWidgets.QSizePolicy(
        QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Minimum
    )
    policy.setHeightForWidth(True)
    row.setSizePolicy(policy)
    return row
