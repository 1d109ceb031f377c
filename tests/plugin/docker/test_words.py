"""The words of an edit: what is typed, what they replace, how strongly."""

import pytest

from dreammix_krita.canvas import Unselected
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from tests.krita_plugin.loop import until
from tests.plugin.docker.states import Docker
from tests.plugin.flow.scripted import GLASS


def press(widget: QtWidgets.QWidget, key: QtCore.Qt.Key) -> None:
    """Press a key where it has the focus."""
    none = QtCore.Qt.KeyboardModifier.NoModifier
    event = QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, key, none)
    QtWidgets.QApplication.sendEvent(widget, event)


def focused(docker: Docker) -> QtWidgets.QWidget | None:
    """The widget of the docker's window that has the keys."""
    window = docker.panel.window()
    assert window is not None
    return window.focusWidget()


def test_enter_inserts(docker: Docker) -> None:
    """The hand stays where it is; the next key is for the canvas, where Ctrl+Z takes the insert back."""
    edit = docker.find(QtWidgets.QLineEdit, "edit")
    edit.setFocus()
    edit.setText("red")
    edit.textEdited.emit("red")
    press(edit, QtCore.Qt.Key.Key_Return)
    until(lambda: len(docker.desk.client.jobs) == 1)
    subject = docker.desk.client.jobs[0].work.wish.subject
    assert subject is not None and subject.edit == "red"
    assert focused(docker) is not edit


def test_what_cannot_be_inserted_can_be_typed_on(docker: Docker) -> None:
    """Without a selection nothing begins, and the words keep the keys."""
    docker.desk.document.selected = Unselected.NONE
    edit = docker.find(QtWidgets.QLineEdit, "edit")
    edit.setFocus()
    press(edit, QtCore.Qt.Key.Key_Return)
    assert focused(docker) is edit


def test_arrow_up_brings_earlier_words_back(docker: Docker) -> None:
    """And arrow down what was being typed."""
    docker.desk.services.settings.change(said=("red", "blue"))
    edit = docker.find(QtWidgets.QLineEdit, "edit")
    edit.setText("gre")
    seen = []
    for key in (QtCore.Qt.Key.Key_Up,) * 3 + (QtCore.Qt.Key.Key_Down,) * 2:
        press(edit, key)
        seen.append(edit.text())
    assert seen == ["blue", "red", "red", "blue", "gre"]


def test_a_chip_is_switched_with_a_click(docker: Docker) -> None:
    """What is off stays as it is."""
    docker.desk.controller.change(words="red, made of glass")
    until(lambda: len(docker.desk.controller.replacements) == 2)
    docker.settle()
    chips = docker.find(QtWidgets.QListWidget, "chips")
    assert [chips.item(n).text() for n in range(2)] == ["colour: brown > red", "material: clay > glass"]  # type: ignore[union-attr]
    item = chips.item(1)
    assert item is not None
    item.setCheckState(QtCore.Qt.CheckState.Unchecked)
    assert docker.desk.controller.wish.keeps(GLASS)


def test_the_slider_follows_words_on_its_left(docker: Docker) -> None:
    """There the words count wholly."""
    slider = docker.find(QtWidgets.QSlider, "strength")
    slider.setValue(75)
    assert docker.desk.controller.wish.strength == pytest.approx(0.25)
    slider.setValue(0)
    assert docker.desk.controller.wish.strength == 1.0
