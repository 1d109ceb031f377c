"""The docker as a whole: its places, its keys, and what it opens."""

import re
from pathlib import Path

import pytest

import dreammix_krita.docker
from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from tests.plugin.docker.states import STATES, Docker, shown


def test_nothing_jumps_when_the_state_changes(tmp_path: Path) -> None:
    """The button and the field are at the same place whatever happens."""
    places = set()
    for number, state in enumerate(("no_selection", "ready", "running", "several", "done", "lost", "error")):
        docker = Docker(tmp_path / str(number), width=320)
        STATES[state](docker)
        docker.settle()
        body = docker.panel.widget()
        assert body is not None
        places.add(
            tuple(
                docker.find(QtWidgets.QWidget, name).mapTo(body, QtCore.QPoint()).y()
                for name in ("edit", "action", "told", "more")
            )
        )
        docker.close()
    assert len(places) == 1


def test_the_reason_stands_right_beneath_the_button(tmp_path: Path) -> None:
    """And so does the stage, while something is painted."""
    for number, (state, name) in enumerate((("no_selection", "message"), ("running", "stage"))):
        docker = Docker(tmp_path / str(number))
        STATES[state](docker)
        docker.settle()
        button, told = docker.find(QtWidgets.QWidget, "action"), docker.find(QtWidgets.QWidget, name)
        beneath = button.mapTo(docker.panel, button.rect().bottomLeft()).y()
        gap = told.mapTo(docker.panel, QtCore.QPoint()).y() - beneath
        assert 0 < gap < told.fontMetrics().height()
        docker.close()


def test_all_letters_are_as_large_as_the_dockers(docker: Docker) -> None:
    """Krita gives dockers smaller ones than its windows have."""
    font = QtGui.QFont(docker.panel.font())
    font.setPixelSize(9)
    docker.panel.setFont(font)
    docker.settle()
    assert {widget.font().pixelSize() for widget in shown(docker)} == {9}


def test_every_documented_widget_is_there(docker: Docker) -> None:
    """Tests and screenshots find their way by these names."""
    told = set(re.findall(r"dreammix_\w+", dreammix_krita.docker.__doc__ or ""))
    menus = {name for name in told if name.endswith("_menu")}
    found = {one.objectName() for one in docker.panel.findChildren(QtCore.QObject)} | {"dreammix_panel"}
    assert told - menus <= found


def test_everything_can_be_reached_by_keyboard(docker: Docker) -> None:
    """The tab key visits whatever can be pressed, changed or chosen from."""
    kinds = (
        QtWidgets.QAbstractButton,
        QtWidgets.QComboBox,
        QtWidgets.QLineEdit,
        QtWidgets.QAbstractSlider,
        QtWidgets.QListWidget,
    )
    fields = [widget for widget in shown(docker) if isinstance(widget, kinds)]
    assert fields
    assert [
        field.objectName() for field in fields if not field.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus
    ] == []


@pytest.mark.parametrize("name", ["status", "settings", "advanced"])
def test_a_button_without_a_frame_shows_that_it_has_the_keys(docker: Docker, name: str) -> None:
    """Whoever goes by keyboard sees where they are."""
    QtWidgets.QApplication.setActiveWindow(docker.panel)
    flat, other = docker.find(QtWidgets.QToolButton, name), docker.find(QtWidgets.QLineEdit, "edit")
    looks = []
    for widget in (other, flat):
        widget.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        docker.settle()
        looks.append(flat.grab().toImage())
    assert flat.hasFocus() and looks[0] != looks[1]


def unsaid(widgets: list[QtWidgets.QWidget]) -> list[str]:
    """Names of those of which a screen reader would know nothing to say."""
    kinds = (
        QtWidgets.QLineEdit,
        QtWidgets.QComboBox,
        QtWidgets.QAbstractItemView,
        QtWidgets.QAbstractSlider,
        QtWidgets.QAbstractSpinBox,
        QtWidgets.QProgressBar,
    )
    mute = [
        widget
        for widget in widgets
        if isinstance(widget, kinds) or (isinstance(widget, QtWidgets.QAbstractButton) and not widget.text())
    ]
    return [widget.objectName() for widget in mute if not widget.accessibleName()]


def test_a_screen_reader_has_a_name_for_everything(tmp_path: Path) -> None:
    """For what has no words on it: pictures, fields, lists."""
    docker = Docker(tmp_path)
    for state in ("done", "running", "many", "advanced"):
        STATES[state](docker)
        docker.settle()
        assert unsaid(shown(docker)) == []
    docker.close()


def test_a_click_leaves_the_keys_to_the_canvas(docker: Docker) -> None:
    """Buttons take no focus from the mouse: the next key is Krita's."""
    assert docker.find(QtWidgets.QPushButton, "action").focusPolicy() == QtCore.Qt.FocusPolicy.TabFocus


def test_what_is_typed_is_not_kritas(docker: Docker) -> None:
    """Delete and Space are letters in a field; Ctrl with a letter stays a shortcut."""
    edit = docker.find(QtWidgets.QLineEdit, "search")
    kind, modifier = QtCore.QEvent.Type.ShortcutOverride, QtCore.Qt.KeyboardModifier
    taken = {}
    for name, key, held in (
        ("delete", QtCore.Qt.Key.Key_Delete, modifier.NoModifier),
        ("space", QtCore.Qt.Key.Key_Space, modifier.NoModifier),
        ("insert", QtCore.Qt.Key.Key_M, modifier.ControlModifier),
    ):
        event = QtGui.QKeyEvent(kind, key, held)
        event.ignore()
        QtWidgets.QApplication.sendEvent(edit, event)
        taken[name] = event.isAccepted()
    assert taken == {"delete": True, "space": True, "insert": False}


def test_a_hidden_docker_looks_no_more(docker: Docker) -> None:
    """Krita is left alone while nobody looks."""
    docker.panel.hide()
    assert not docker.desk.controller.watching
    docker.panel.show()
    assert docker.desk.controller.watching


def test_the_status_says_and_offers_what_can_be_done(docker: Docker) -> None:
    """A running backend can be stopped from there."""
    (menu,) = docker.panel.findChildren(QtWidgets.QMenu, "dreammix_status_menu")
    offered = [action.text() for action in menu.actions() if action.isVisible() and action.text()]
    assert offered == ["Sandbox model, CPU", "Stop backend", "Show log", "Library…", "Settings…"]


def test_a_hint_leads_to_what_it_speaks_of(docker: Docker) -> None:
    """Get SDXL to the models, the log to the log."""
    docker.find(QtWidgets.QPushButton, "get_sdxl").click()
    (dialog,) = docker.panel.findChildren(SettingsDialog)
    assert dialog.findChild(QtWidgets.QWidget, "settings_model_list").isVisible()
    (menu,) = docker.panel.findChildren(QtWidgets.QMenu, "dreammix_status_menu")
    next(action for action in menu.actions() if action.text() == "Show log").trigger()
    assert dialog.findChild(QtWidgets.QWidget, "settings_log_text").isVisible()
    dialog.close()


def test_the_gear_opens_the_settings(docker: Docker) -> None:
    """They are loaded only then."""
    docker.find(QtWidgets.QToolButton, "settings").click()
    (dialog,) = docker.panel.findChildren(SettingsDialog)
    assert dialog.isVisible()
    dialog.close()


def test_the_first_button_opens_the_set_up(tmp_path: Path) -> None:
    """Without a backend nothing else is of use."""
    docker = Docker(tmp_path)
    docker.settle()
    docker.find(QtWidgets.QPushButton, "action").click()
    (dialog,) = docker.panel.findChildren(SetUpDialog)
    assert dialog.isVisible()
    dialog.close()
    docker.close()


def test_a_set_up_is_cancelled_by_the_same_button(tmp_path: Path) -> None:
    """One click, as it says; the window shows that it ends."""
    docker = Docker(tmp_path)
    docker.settle()
    docker.find(QtWidgets.QPushButton, "action").click()
    (dialog,) = docker.panel.findChildren(SetUpDialog)
    cancelled: list[bool] = []
    dialog.model.cancel = lambda: cancelled.append(True)  # type: ignore[method-assign]
    docker.desk.services.keeper.tell_step("torch, 812 of 2300 MB")
    docker.settle()
    docker.find(QtWidgets.QPushButton, "action").click()
    assert cancelled == [True]
    dialog.close()
    docker.close()


def test_a_panel_goes_without_a_trace(tmp_path: Path) -> None:
    """No timer and no answer reaches a docker that was closed."""
    docker = Docker(tmp_path)
    STATES["running"](docker)
    docker.panel.deleteLater()
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    docker.desk.controller.change(words="blue")
    QtCore.QCoreApplication.processEvents()
    assert docker.desk.controller.wish.words == "blue"
    docker.desk.close()
