"""The docker's widgets: what they show in each state, and what a click or a key does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import dreammix_krita.docker
from dreammix.protocol.asking import Done
from dreammix.protocol.jobs import Order
from dreammix.protocol.library import Artists, DeleteSubject, ListArtists, UpdateSubject, UseArtist
from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.docker.action import ActionPart
from dreammix_krita.docker.subjects import SubjectCards
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from tests.krita_plugin.loop import application, until
from tests.plugin.docker.states import STATES, Docker
from tests.plugin.flow.scripted import GLASS, card

WidgetT = TypeVar("WidgetT", bound=QtWidgets.QWidget)
LETTERS_PX = 13
"""The usual size of letters on a desktop, in pixels."""


@pytest.fixture(autouse=True)
def usual_letters() -> Iterator[None]:
    """Without a desktop Qt's letters are larger than anywhere else."""
    application()
    before = QtWidgets.QApplication.font()
    font = QtGui.QFont(before)
    font.setPixelSize(LETTERS_PX)
    QtWidgets.QApplication.setFont(font)
    yield
    QtWidgets.QApplication.setFont(before)


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    """A narrow docker: Pip is chosen, and a region selected."""
    docker = Docker(tmp_path)
    docker.select()
    docker.settle()
    yield docker
    docker.close()


def find(docker: Docker, kind: type[WidgetT], name: str) -> WidgetT:
    """A widget by its name."""
    found = docker.panel.findChild(kind, f"dreammix_{name}")
    assert found is not None, name
    return found


def press(widget: QtWidgets.QWidget, key: QtCore.Qt.Key) -> None:
    """Press a key where it has the focus."""
    none = QtCore.Qt.KeyboardModifier.NoModifier
    event = QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, key, none)
    QtWidgets.QApplication.sendEvent(widget, event)


def shown(docker: Docker) -> list[QtWidgets.QWidget]:
    """All widgets of the docker's own that can be seen."""
    body = docker.panel.widget()
    assert body is not None
    return [
        widget
        for widget in body.findChildren(QtWidgets.QWidget)
        if widget.objectName().startswith("dreammix_") and widget.isVisibleTo(body)
    ]


def cut_off(widget: QtWidgets.QWidget) -> bool:
    """Whether a text has less room than it takes."""
    if isinstance(widget, QtWidgets.QLabel):
        return widget.height() < widget.heightForWidth(widget.width())
    if isinstance(widget, QtWidgets.QPushButton | QtWidgets.QRadioButton | QtWidgets.QCheckBox):
        words = widget.fontMetrics().horizontalAdvance(widget.text())
        style = widget.style()
        assert style is not None
        mark = 0
        if not isinstance(widget, QtWidgets.QPushButton):
            mark = style.pixelMetric(QtWidgets.QStyle.PixelMetric.PM_ExclusiveIndicatorWidth)
        return widget.width() < words + mark
    return False


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_off_in_a_narrow_docker(tmp_path: Path, state: str, language: str) -> None:
    """In every state and every language all texts have their room, and all lies inside."""
    docker = Docker(tmp_path, width=240, language=language)
    STATES[state](docker)
    docker.settle()
    assert [widget.objectName() for widget in shown(docker) if cut_off(widget)] == []
    viewport = docker.panel.viewport()
    body = docker.panel.widget()
    assert viewport is not None and body is not None
    assert body.width() <= viewport.width()
    docker.close()


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
                find(docker, QtWidgets.QWidget, name).mapTo(body, QtCore.QPoint()).y()
                for name in ("edit", "action", "stage")
            )
        )
        docker.close()
    assert len(places) == 1


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


def test_a_click_leaves_the_keys_to_the_canvas(docker: Docker) -> None:
    """Buttons take no focus from the mouse: the next key is Krita's."""
    assert find(docker, QtWidgets.QPushButton, "action").focusPolicy() == QtCore.Qt.FocusPolicy.TabFocus


def test_what_is_typed_is_not_kritas(docker: Docker) -> None:
    """Delete and Space are letters in a field; Ctrl with a letter stays a shortcut."""
    edit = find(docker, QtWidgets.QLineEdit, "search")
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


def test_enter_inserts(docker: Docker) -> None:
    """The hand stays where it is."""
    edit = find(docker, QtWidgets.QLineEdit, "edit")
    edit.setText("red")
    edit.textEdited.emit("red")
    press(edit, QtCore.Qt.Key.Key_Return)
    until(lambda: len(docker.desk.client.jobs) == 1)
    subject = docker.desk.client.jobs[0].work.wish.subject
    assert subject is not None and subject.edit == "red"


def test_arrow_up_brings_earlier_words_back(docker: Docker) -> None:
    """And arrow down what was being typed."""
    docker.desk.services.settings.change(said=("red", "blue"))
    edit = find(docker, QtWidgets.QLineEdit, "edit")
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
    chips = find(docker, QtWidgets.QListWidget, "chips")
    assert [chips.item(n).text() for n in range(2)] == ["colour: brown > red", "material: clay > glass"]  # type: ignore[union-attr]
    item = chips.item(1)
    assert item is not None
    item.setCheckState(QtCore.Qt.CheckState.Unchecked)
    assert docker.desk.controller.wish.keeps(GLASS)


def test_the_slider_follows_words_on_its_left(docker: Docker) -> None:
    """There the words count wholly."""
    slider = find(docker, QtWidgets.QSlider, "strength")
    slider.setValue(75)
    assert docker.desk.controller.wish.strength == pytest.approx(0.25)
    slider.setValue(0)
    assert docker.desk.controller.wish.strength == 1.0


def test_the_search_comes_with_eight_subjects(tmp_path: Path) -> None:
    """It finds by name, and says when there is none."""
    docker = Docker(tmp_path, subjects=9)
    docker.arrive()
    docker.settle()
    search, cards = (
        find(docker, QtWidgets.QLineEdit, "search"),
        find(docker, QtWidgets.QListWidget, "subjects"),
    )
    assert search.isVisible()
    search.setText("grand")
    assert [cards.item(n).text() for n in range(cards.count())] == ["Grandmothers teapot"]  # type: ignore[union-attr]
    search.setText("nobody")
    assert (cards.count(), find(docker, QtWidgets.QLabel, "no_subjects").text()) == (
        0,
        "No subject is called that",
    )
    docker.close()


def test_few_subjects_need_no_search(docker: Docker) -> None:
    """Three are seen at once."""
    assert not find(docker, QtWidgets.QLineEdit, "search").isVisible()


def test_a_card_is_chosen_with_a_click_and_let_go_with_another(docker: Docker) -> None:
    """Without a subject the words say everything."""
    cards = find(docker, QtWidgets.QListWidget, "subjects")
    assert docker.desk.controller.wish.subject == "pip"
    mia = cards.item(1)
    assert mia is not None
    mia.setSelected(True)
    assert docker.desk.controller.wish.subject == "mia"
    cards.clearSelection()
    assert docker.desk.controller.wish.subject is None


def test_a_cards_menu_does_what_it_says(docker: Docker) -> None:
    """A favourite, a new name, the trash."""
    client = docker.desk.client
    client.answers |= {UpdateSubject: Done(), DeleteSubject: Done()}
    (part,) = docker.panel.findChildren(SubjectCards)
    cards = find(docker, QtWidgets.QListWidget, "subjects")
    item = cards.item(1)
    assert item is not None
    actions = {action.text(): action for action in part.menu(card("Mia"), item).actions()}
    actions["Favourite"].trigger()
    actions["Move to trash"].trigger()
    item.setText("Mia  the second")
    assert UpdateSubject(subject="mia", favourite=True) in client.asked
    assert DeleteSubject("mia") in client.asked
    assert UpdateSubject(subject="mia", name="Mia the second") in client.asked


def test_another_artist_is_one_choice_away(docker: Docker) -> None:
    """Their subjects follow."""
    client = docker.desk.client
    client.answers |= {ListArtists: Artists(names=("default", "Ana")), UseArtist: Done()}
    docker.desk.services.shelf.refresh()
    box = find(docker, QtWidgets.QComboBox, "artist")
    until(lambda: box.findText("Ana") >= 0)
    box.activated.emit(box.findText("Ana"))
    assert UseArtist("Ana") in client.asked


def test_the_button_becomes_cancel_in_its_place(docker: Docker) -> None:
    """And Insert again, when there is nothing more to stop."""
    button = find(docker, QtWidgets.QPushButton, "action")
    button.click()
    until(lambda: len(docker.desk.client.jobs) == 1)
    docker.settle()
    assert button.text() == "Cancel"
    button.click()
    docker.settle()
    assert (button.text(), docker.desk.client.jobs[0].orders) == ("Insert subject", [Order.CANCEL])


def test_each_waiting_job_can_be_stopped(tmp_path: Path) -> None:
    """The list names them."""
    docker = Docker(tmp_path)
    STATES["several"](docker)
    docker.settle()
    assert find(docker, QtWidgets.QPushButton, "queue").text() == "2 waiting"
    part = docker.panel.findChild(ActionPart)
    assert part is not None
    actions = part.queue_menu().actions()
    assert [action.text() for action in actions] == ["Cancel: Pip: red, made of glass"] * 3
    actions[2].trigger()
    assert [job.orders for job in docker.desk.client.jobs] == [[], [], [Order.CANCEL]]
    docker.close()


def test_an_error_is_read_copied_and_put_aside(tmp_path: Path) -> None:
    """What, why and what to do are seen; the code goes to whoever helps."""
    docker = Docker(tmp_path)
    STATES["error"](docker)
    docker.settle()
    what = find(docker, QtWidgets.QLabel, "what")
    assert what.text() == "The graphics card has too little memory"
    assert "Close other programs" in find(docker, QtWidgets.QLabel, "message").text()
    find(docker, QtWidgets.QPushButton, "copy_details").click()
    clipboard = QtWidgets.QApplication.clipboard()
    assert clipboard is not None and "out_of_memory" in clipboard.text()
    find(docker, QtWidgets.QPushButton, "dismiss").click()
    docker.settle()
    assert not what.isVisible()
    docker.close()


def test_variants_are_looked_at_and_applied(tmp_path: Path) -> None:
    """The used one has nothing left to apply or discard."""
    docker = Docker(tmp_path)
    STATES["done"](docker)
    docker.settle()
    results, apply = (
        find(docker, QtWidgets.QListWidget, "results"),
        find(docker, QtWidgets.QPushButton, "apply"),
    )
    assert (results.count(), apply.isEnabled()) == (4, True)
    used = results.item(0)
    assert used is not None and used.toolTip() == "Pip: red, used"
    used.setSelected(True)
    docker.settle()
    assert not apply.isEnabled()
    docker.close()


def test_the_advanced_part_stays_as_it_was_left(docker: Docker) -> None:
    """Folded out once, it is folded out at the next start."""
    fold, body = (
        find(docker, QtWidgets.QToolButton, "advanced"),
        find(docker, QtWidgets.QWidget, "advanced_body"),
    )
    assert not body.isVisible()
    fold.click()
    assert body.isVisible() and docker.desk.services.settings.value.advanced


def test_a_quality_is_a_number_of_steps(docker: Docker) -> None:
    """And another number is a quality of one's own."""
    quality = find(docker, QtWidgets.QComboBox, "quality")
    quality.activated.emit(2)
    assert docker.desk.controller.wish.settings.steps == 50
    find(docker, QtWidgets.QSpinBox, "steps").setValue(33)
    docker.settle()
    assert quality.currentText() == "Own"


def test_a_kept_seed_is_sent(docker: Docker) -> None:
    """Without one each insert has its own."""
    find(docker, QtWidgets.QCheckBox, "seed_new").click()
    find(docker, QtWidgets.QSpinBox, "seed").setValue(7)
    assert docker.desk.insert().work.wish.seed == 7


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
    assert offered == ["Sandbox model, cpu", "Stop backend", "Library…", "Settings…"]


def test_a_taught_subject_is_tried_once(docker: Docker) -> None:
    """Also where the window was asked for a second time."""
    button = find(docker, QtWidgets.QToolButton, "new_subject")
    button.click()
    button.click()
    (dialog,) = docker.panel.findChildren(TeachDialog)
    dialog.tried.emit("mia")
    until(lambda: len(docker.desk.client.jobs) == 1)
    docker.settle()
    assert len(docker.desk.client.jobs) == 1
    subject = docker.desk.client.jobs[0].work.wish.subject
    assert subject is not None and subject.subject == "mia"
    dialog.close()


def test_the_gear_opens_the_settings(docker: Docker) -> None:
    """They are loaded only then."""
    find(docker, QtWidgets.QToolButton, "settings").click()
    (dialog,) = docker.panel.findChildren(SettingsDialog)
    assert dialog.isVisible()
    dialog.close()


def test_the_first_button_opens_the_set_up(tmp_path: Path) -> None:
    """Without a backend nothing else is of use."""
    docker = Docker(tmp_path)
    docker.settle()
    find(docker, QtWidgets.QPushButton, "action").click()
    (dialog,) = docker.panel.findChildren(SetUpDialog)
    assert dialog.isVisible()
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
