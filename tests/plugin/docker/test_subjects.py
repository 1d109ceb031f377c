"""The subjects' cards: searched, chosen, changed and made, an artist at a time."""

from pathlib import Path

from dreammix.protocol.asking import Done
from dreammix.protocol.library import Artists, DeleteSubject, ListArtists, UpdateSubject, UseArtist
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.docker.subjects import SubjectCards
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from tests.krita_plugin.loop import until
from tests.plugin.docker.states import Docker
from tests.plugin.docker.test_words import press
from tests.plugin.flow.scripted import card


def test_the_search_comes_with_eight_subjects(tmp_path: Path) -> None:
    """It finds by name, and says when there is none."""
    docker = Docker(tmp_path, subjects=9)
    docker.arrive()
    docker.settle()
    search, cards = (
        docker.find(QtWidgets.QLineEdit, "search"),
        docker.find(QtWidgets.QListWidget, "subjects"),
    )
    assert search.isVisible()
    search.setText("grand")
    assert [cards.item(n).text() for n in range(cards.count())] == ["Grandmothers teapot"]  # type: ignore[union-attr]
    search.setText("nobody")
    assert (cards.count(), docker.find(QtWidgets.QLabel, "no_subjects").text()) == (
        0,
        "No subject is called that",
    )
    docker.close()


def test_few_subjects_need_no_search(docker: Docker) -> None:
    """Three are seen at once."""
    assert not docker.find(QtWidgets.QLineEdit, "search").isVisible()


def test_a_card_is_chosen_with_a_click_and_let_go_with_another(docker: Docker) -> None:
    """Without a subject the words say everything."""
    cards = docker.find(QtWidgets.QListWidget, "subjects")
    assert docker.desk.controller.wish.subject == "pip"
    mia = cards.item(1)
    assert mia is not None
    mia.setSelected(True)
    assert docker.desk.controller.wish.subject == "mia"
    cards.clearSelection()
    assert docker.desk.controller.wish.subject is None


def test_cards_are_chosen_by_keyboard(docker: Docker) -> None:
    """Arrows go from card to card, the space bar lets one go, the menu key opens its menu."""
    docker.desk.services.shelf.choose("pip")
    cards = docker.find(QtWidgets.QListWidget, "subjects")
    cards.setFocus()
    chosen = []
    for key in (QtCore.Qt.Key.Key_Right, QtCore.Qt.Key.Key_Right, QtCore.Qt.Key.Key_Space):
        press(cards, key)
        docker.settle()
        chosen.append(docker.desk.controller.wish.subject)
    assert chosen == ["mia", "ted", None]
    asked = []
    cards.asked.connect(lambda item, place: asked.append(item.text()))
    keyboard = QtGui.QContextMenuEvent.Reason.Keyboard
    QtWidgets.QApplication.sendEvent(cards, QtGui.QContextMenuEvent(keyboard, QtCore.QPoint(1, 1)))
    (menu,) = docker.panel.findChildren(QtWidgets.QMenu, "dreammix_subject_menu")
    assert asked == ["Ted"] and menu.isVisible()
    menu.close()


def test_a_cards_menu_does_what_it_says(docker: Docker) -> None:
    """A favourite, a new name, the trash."""
    client = docker.desk.client
    client.answers |= {UpdateSubject: Done(), DeleteSubject: Done()}
    (part,) = docker.panel.findChildren(SubjectCards)
    cards = docker.find(QtWidgets.QListWidget, "subjects")
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
    box = docker.find(QtWidgets.QComboBox, "artist")
    until(lambda: box.findText("Ana") >= 0)
    box.activated.emit(box.findText("Ana"))
    assert UseArtist("Ana") in client.asked


def test_a_taught_subject_is_tried_once(docker: Docker) -> None:
    """Also where the window was asked for a second time."""
    button = docker.find(QtWidgets.QToolButton, "new_subject")
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
