"""What a window shows, and what is clicked and written in it, by the names of its widgets."""

from __future__ import annotations

from dreammix_krita.qt import QtWidgets


def says(window: QtWidgets.QWidget, name: str) -> str:
    """A label's words; nothing where it is not shown."""
    label = window.findChild(QtWidgets.QLabel, name)
    assert label is not None, name
    return "" if label.isHidden() else label.text()


def shows(window: QtWidgets.QWidget, name: str) -> bool:
    """Whether a widget has its place in the window."""
    widget = window.findChild(QtWidgets.QWidget, name)
    assert widget is not None, name
    return not widget.isHidden()


def click(window: QtWidgets.QWidget, name: str) -> None:
    """Press a button that is there and on."""
    button = window.findChild(QtWidgets.QAbstractButton, name)
    assert button is not None, name
    assert not button.isHidden() and button.isEnabled(), name
    button.click()


def write(window: QtWidgets.QWidget, name: str, text: str) -> None:
    """Write into a line as a person does."""
    line = window.findChild(QtWidgets.QLineEdit, name)
    assert line is not None, name
    line.setText(text)
    line.textEdited.emit(text)


def texts(listed: QtWidgets.QListWidget) -> list[str]:
    """What a list's items say."""
    items = (listed.item(row) for row in range(listed.count()))
    return [item.text() for item in items if item is not None]
