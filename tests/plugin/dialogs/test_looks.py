"""What all dialogs promise: nothing cut off in a narrow window, names, plain text, all of it by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix_krita.dialogs import open_library, open_set_up, open_settings, open_teach
from dreammix_krita.legible import LEAST_CONTRAST
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import LANGUAGES
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import details, make_services, painted, scripted
from tests.plugin.dialogs.states import STATES, WORD
from tests.plugin.docker.test_panel import unsaid
from tests.plugin.looks import THEMES, USUAL, application_looks, cut_off, faint, overlapping

KINDS = ("teach", "library", "settings", "set_up")


def filled(services: Services, kind: str) -> QtWidgets.QDialog:
    """A dialog with something in every part, as narrow as it goes."""
    client = scripted(services)
    client.subjects = {"pip": details("pip", "Pip", pictures=1, versions=2)}
    client.thrown = {"mug": details("mug", "Old mug")}
    dialog = _opened(services, kind)
    dialog.resize(dialog.minimumWidth(), 700)
    return dialog


def _opened(services: Services, kind: str) -> QtWidgets.QDialog:
    if kind == "teach":
        teach = open_teach(None, services)
        teach.shots.add_image(painted(1), "1.png")
        teach.draft.add_attribute(WORD)
        until(lambda: teach.shots.ready == 1)
        return teach
    if kind == "library":
        library = open_library(None, services)
        until(lambda: library.model.details is not None)
        return library
    return open_settings(None, services) if kind == "settings" else open_set_up(None, services)


def pages(dialog: QtWidgets.QDialog) -> Iterator[None]:
    """Show each page in turn."""
    for book in dialog.findChildren(QtWidgets.QTabWidget) or (None,):
        yield from _turned(book)


def _turned(book: QtWidgets.QTabWidget | None) -> Iterator[None]:
    for index in range(1 if book is None else book.count()):
        if book is not None:
            book.setCurrentIndex(index)
        QtCore.QCoreApplication.processEvents()
        yield


def visible(dialog: QtWidgets.QDialog, kind: type[QtWidgets.QWidget]) -> list[QtWidgets.QWidget]:
    """The dialog's own widgets of a class that can be seen now."""
    return [widget for widget in dialog.findChildren(kind) if widget.isVisibleTo(dialog)]


def settle(dialog: QtWidgets.QDialog) -> list[QtWidgets.QWidget]:
    """Make it as narrow as it goes; its own widgets that can be seen then."""
    dialog.resize(dialog.minimumWidth(), dialog.height())
    for _ in range(5):
        QtCore.QCoreApplication.processEvents()
    ours = visible(dialog, QtWidgets.QWidget)
    return [widget for widget in ours if widget.objectName() and not widget.objectName().startswith("qt_")]


@pytest.mark.parametrize("letters", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_off_in_a_narrow_window(
    tmp_path: Path, state: str, language: str, letters: float
) -> None:
    """Every button and every text has room for its words, and no page is wider than the window."""
    with application_looks(letters):
        dialog = STATES[state](make_services(tmp_path, language))
        seen = settle(dialog)
        assert [widget.objectName() for widget in seen if cut_off(widget)] == []
        assert overlapping(seen, dialog) == []
        for button in visible(dialog, QtWidgets.QAbstractButton):
            assert button.width() >= button.minimumSizeHint().width(), button.objectName()
        for bar in visible(dialog, QtWidgets.QTabBar):
            assert bar.width() >= bar.sizeHint().width(), bar.objectName()
        for area in visible(dialog, QtWidgets.QScrollArea):
            assert area.widget().minimumSizeHint().width() <= area.viewport().width(), area.objectName()
        dialog.close()


@pytest.mark.parametrize("theme", USUAL)
@pytest.mark.parametrize("state", STATES)
def test_every_text_stands_out_from_its_ground(services: Services, state: str, theme: str) -> None:
    """Also where the theme's own letters are too faint."""
    with application_looks(colours=theme):
        dialog = STATES[state](services)
        assert faint(settle(dialog), dialog, LEAST_CONTRAST) == {}
        dialog.close()


@pytest.mark.parametrize("state", ["pictures", "library", "describing", "set_up_failed"])
def test_another_theme_is_taken_at_once(services: Services, state: str) -> None:
    """An artist who changes Krita's theme, to any that comes with it, reads on."""
    dialog = STATES[state](services)
    for theme in THEMES:
        with application_looks(colours=theme):
            assert faint(settle(dialog), dialog, LEAST_CONTRAST) == {}
    dialog.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_widget_of_ours_has_a_name_of_its_own(services: Services, kind: str) -> None:
    """So that tests and screen readers find it; Qt's own parts have Qt's."""
    dialog = filled(services, kind)
    ours = [
        widget
        for made in (QtWidgets.QAbstractButton, QtWidgets.QLineEdit, QtWidgets.QListWidget, QtWidgets.QLabel)
        for widget in dialog.findChildren(made)
        if not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), (QtWidgets.QTabBar, QtWidgets.QLineEdit))
    ]
    names = [widget.objectName() for widget in ours if not isinstance(widget.parent(), QtWidgets.QComboBox)]
    assert "" not in names and len(names) == len(set(names))


@pytest.mark.parametrize("state", STATES)
def test_a_screen_reader_has_a_name_for_everything(services: Services, state: str) -> None:
    """For what has no words on it: pictures, fields, lists."""
    dialog = STATES[state](services)
    ours = [widget for widget in visible(dialog, QtWidgets.QWidget) if widget.objectName()]
    assert [name for name in unsaid(ours) if not name.startswith("qt_")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_is_plain_text(services: Services, kind: str) -> None:
    """Names and attributes come from archives and models: none of it is ever read as markup."""
    dialog = filled(services, kind)
    plain = QtCore.Qt.TextFormat.PlainText
    ours = [label for label in dialog.findChildren(QtWidgets.QLabel) if label.objectName()]
    rich = [
        label.objectName()
        for label in ours
        if label.textFormat() != plain and not label.objectName().startswith("qt_")
    ]
    assert rich == []


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_is_reached_by_keyboard(services: Services, kind: str) -> None:
    """From the first widget, the tabulator key comes to every button and field that is on."""
    dialog = filled(services, kind)
    for _ in pages(dialog):
        wanted = {
            widget.objectName()
            for made in (QtWidgets.QPushButton, QtWidgets.QLineEdit, QtWidgets.QListWidget)
            for widget in visible(dialog, made)
            if widget.isEnabled() and widget.objectName()
        }
        reached, widget = set[str](), dialog.nextInFocusChain()
        for _ in range(1000):
            assert widget is not None
            if widget.isVisibleTo(dialog) and widget.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus:
                reached.add(widget.objectName())
            widget = widget.nextInFocusChain()
            if widget is dialog:
                break
        assert wanted <= reached
