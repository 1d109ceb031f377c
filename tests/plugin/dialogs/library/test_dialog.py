"""The library's window."""

from dreammix_krita.dialogs import open_library
from dreammix_krita.dialogs.library.dialog import BESIDE_PX, LibraryDialog
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.qt import QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import details, scripted
from tests.plugin.dialogs.seen import click, says, shows, texts, write


def opened(services: Services, parent: QtWidgets.QWidget | None = None) -> LibraryDialog:
    """The window, with two subjects and a full trash."""
    client = scripted(services)
    client.subjects = {"pip": details("pip", "Pip", versions=2), "ted": details("ted", "Ted")}
    client.thrown = {"mug": details("mug", "Old mug")}
    dialog = open_library(parent, services)
    until(lambda: dialog.list.count() == 2 and dialog.model.details is not None)
    return dialog


def test_an_empty_library_says_what_to_do(services: Services) -> None:
    """Nothing to choose, nothing to rename."""
    dialog = open_library(None, services)
    assert dialog.list.accessibleDescription() == "No subjects yet: teach the first one."
    assert not shows(dialog, "library_details")


def test_the_first_subject_is_shown_at_once(services: Services) -> None:
    """With its class, its size and its versions."""
    dialog = opened(services)
    assert says(dialog, "library_about").startswith("cat, pictures: 0, 3 MB on the disk")
    versions = dialog.findChild(QtWidgets.QListWidget, "library_versions")
    assert [told.split(", ", 1)[1] for told in texts(versions)] == [
        "sandbox, steps: 500 (used)",
        "sandbox, steps: 500",
    ]


def test_another_version_is_used_with_two_clicks(services: Services) -> None:
    """Choose it, use it."""
    dialog = opened(services)
    dialog.findChild(QtWidgets.QListWidget, "library_versions").setCurrentRow(1)
    click(dialog, "library_use_version")
    until(lambda: scripted(services).subjects["pip"].active == 1)


def test_a_search_leaves_what_was_sought(services: Services) -> None:
    """And says so where nothing is left."""
    dialog = opened(services)
    write(dialog, "library_search", "ted")
    assert texts(dialog.list) == ["Ted"]
    write(dialog, "library_search", "nobody")
    assert dialog.list.accessibleDescription() == "No subject is like that."


def test_a_thrown_away_subject_comes_back(services: Services) -> None:
    """From the second page."""
    dialog = opened(services)
    click(dialog, "library_trash_it")
    until(lambda: dialog.list.count() == 1)
    dialog.pages.setCurrentIndex(1)
    click(dialog, "library_restore")
    until(lambda: dialog.list.count() == 2)


def test_the_trash_is_emptied_with_two_clicks(services: Services) -> None:
    """One asks, the other removes for ever; the subjects stay."""
    dialog = opened(services)
    dialog.pages.setCurrentIndex(1)
    click(dialog, "library_empty_trash")
    assert scripted(services).thrown
    click(dialog, "library_empty_sure")
    until(lambda: not dialog.model.trash)
    assert shows(dialog, "library_trash_empty") and not shows(dialog, "library_empty_trash")
    assert dialog.list.count() == 2


def test_a_backend_that_removes_nothing_for_ever_is_not_asked_to(services: Services) -> None:
    """An older one: there is no button for it."""
    scripted(services).welcome = None
    assert not shows(opened(services), "library_empty_trash")


def test_a_subject_can_be_taught_more(services: Services) -> None:
    """The teaching window opens with it."""
    parent = QtWidgets.QWidget()
    dialog = opened(services, parent)
    click(dialog, "library_teach")
    teach = parent.findChild(TeachDialog)
    assert teach is not None
    until(lambda: teach.draft.subject == "pip")


def test_in_a_narrow_window_the_subject_stands_beneath_the_list(services: Services) -> None:
    """In a wide one beside it."""
    dialog = opened(services)
    details_box, listed = dialog.findChild(QtWidgets.QWidget, "library_details"), dialog.list
    dialog.resize(BESIDE_PX + 50, 600)
    until(lambda: details_box.x() > listed.x() + listed.width() - 1)
    dialog.resize(BESIDE_PX - 50, 600)
    until(lambda: details_box.y() > listed.y() + listed.height() - 1)
