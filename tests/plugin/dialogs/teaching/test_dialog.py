"""The window of the four pages: what is clicked is done, what is missing is said, closing loses nothing."""

from pathlib import Path

import pytest

from dreammix.protocol import Taught, TeachProgress, TeachStage
from dreammix.protocol.jobs import JobChanged, JobState, ListJobs, Order
from dreammix.protocol.library import CreateSubject, UpdateSubject
from dreammix.protocol.services import Health, PlanTeach
from dreammix_krita.dialogs import open_teach
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.dialogs.scripted import HEALTH, canvas_of, details, lesson_info, painted, png, scripted
from tests.plugin.dialogs.seen import click, says, shows, write
from tests.plugin.dialogs.teaching.test_sources import PLACE


def with_pictures(services: Services, count: int = 3) -> TeachDialog:
    """The window, with ready pictures."""
    dialog = open_teach(None, services)
    for number in range(count):
        dialog.shots.add_image(painted(40 * number), f"{number}.png")
    until(lambda: dialog.shots.ready == count)
    return dialog


def named(dialog: TeachDialog) -> None:
    """Write what it is."""
    dialog.pages.setCurrentIndex(1)
    write(dialog, "teach_class_word", "cat")
    write(dialog, "teach_name", "Pip")


def pasted(services: Services, data: QtCore.QMimeData) -> TeachDialog:
    """A new subject whose picture was copied elsewhere."""
    clipboard = QtWidgets.QApplication.clipboard()
    assert clipboard is not None
    clipboard.setMimeData(data)
    dialog = open_teach(None, services)
    click(dialog, "teach_paste")
    until(lambda: dialog.shots.ready == 1)
    return dialog


def test_a_dropped_file_is_taken(services: Services, tmp_path: Path) -> None:
    """Dropping is as good as choosing."""
    (tmp_path / "cat.png").write_bytes(png(painted(10)))
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(tmp_path / "cat.png"))])
    dialog = pasted(services, data)
    assert dialog.shots.shots[0].name == "cat.png"


def test_a_copied_picture_is_taken(services: Services) -> None:
    """Of whatever program."""
    clipboard = QtWidgets.QApplication.clipboard()
    assert clipboard is not None
    clipboard.setImage(painted(10))
    dialog = open_teach(None, services)
    click(dialog, "teach_paste")
    until(lambda: dialog.shots.ready == 1)


def test_a_picture_that_is_copied_as_a_file_is_sent_as_it_is(services: Services) -> None:
    """Nobody decodes it in the interface's thread, and nothing is lost of it."""
    data, content = QtCore.QMimeData(), png(painted(10))
    data.setData("image/png", content)
    pasted(services, data)
    assert list(scripted(services).uploads.values()) == [content]


def test_the_selection_is_taken_with_its_mask(services: Services) -> None:
    """One click; no mask is looked for."""
    canvas_of(services).active = FakeDocument(selected=region(PLACE))
    dialog = open_teach(None, services)
    click(dialog, "teach_from_selection")
    until(lambda: dialog.shots.ready == 1)
    assert len(scripted(services).uploads) == 2


def test_teaching_says_what_is_missing(services: Services) -> None:
    """First pictures, then words; the button is off until both are there."""
    dialog = open_teach(None, services)
    dialog.pages.setCurrentIndex(2)
    assert says(dialog, "teach_state") == "Add pictures first"
    dialog.shots.add_image(painted(1), "1.png")
    until(lambda: dialog.shots.ready == 1)
    assert says(dialog, "teach_state") == "Say first what kind of thing it is, and its name"
    assert not dialog.findChild(QtWidgets.QPushButton, "teach_start").isEnabled()


def test_words_reach_the_library_before_teaching_begins(services: Services) -> None:
    """What is written last is what is taught."""
    dialog = with_pictures(services)
    named(dialog)
    dialog.pages.setCurrentIndex(2)
    click(dialog, "teach_start")
    until(lambda: bool(scripted(services).jobs))
    assert [(body.name, body.class_word) for body in scripted(services).of(UpdateSubject)] == [("Pip", "cat")]


def test_an_attribute_becomes_a_chip_and_goes_again(services: Services) -> None:
    """Enter adds it; its cross takes it away."""
    dialog = with_pictures(services)
    named(dialog)
    write(dialog, "teach_attributes_words", "red")
    click(dialog, "teach_attributes_add")
    chip = dialog.findChild(QtWidgets.QToolButton, "teach_attributes_change_0")
    assert chip.text() == "colour: red"
    dialog.findChild(QtWidgets.QToolButton, "teach_attributes_remove_0").click()
    assert dialog.draft.attributes == ()


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        (True, "The pictures are sent to https://vlm.example."),
        (False, "The pictures are looked at on this computer."),
    ],
)
def test_where_pictures_would_go_is_said_before_they_go(services: Services, remote: bool, told: str) -> None:
    """Beside the button, before it is pressed."""
    values = {name: getattr(HEALTH, name) for name in HEALTH.__dataclass_fields__}
    values |= {"describer_remote": remote, "describer": "https://vlm.example" if remote else "this computer"}
    scripted(services).health = Health(**values)
    dialog = with_pictures(services)
    dialog.pages.setCurrentIndex(1)
    until(lambda: says(dialog, "teach_suggest_where") == told)


def test_a_running_lesson_can_be_paused_and_ended(services: Services) -> None:
    """Its buttons change places with what is possible."""
    dialog = with_pictures(services)
    named(dialog)
    dialog.pages.setCurrentIndex(2)
    click(dialog, "teach_start")
    until(lambda: bool(scripted(services).jobs))
    (job,) = scripted(services).jobs
    job.listener.began(job.info())
    job.listener.happened(
        TeachProgress(stage=TeachStage.TEACHING, step=3, steps=9, loss=0.5, seconds_left=60.0)
    )
    assert says(dialog, "teach_state") == "Teaching 3 of 9, 60 s left"
    click(dialog, "teach_pause")
    job.listener.happened(JobChanged(state=JobState.PAUSED))
    click(dialog, "teach_resume")
    job.listener.happened(JobChanged(state=JobState.RUNNING))
    click(dialog, "teach_keep")
    click(dialog, "teach_cancel")
    job.listener.happened(JobChanged(state=JobState.CANCELLED))
    assert job.orders == [Order.PAUSE, Order.RESUME, Order.FINISH, Order.CANCEL]
    assert shows(dialog, "teach_start") and not shows(dialog, "teach_cancel")


def test_closed_while_it_teaches_it_is_there_again(services: Services) -> None:
    """The same window, with all that happened meanwhile."""
    parent = QtWidgets.QWidget()
    scripted(services).subjects["pip"] = details("pip", "Pip", pictures=1)
    dialog = open_teach(parent, services, "pip")
    until(lambda: dialog.shots.ready == 1)
    dialog.lesson.start("pip")
    dialog.close()
    assert not dialog.isVisible()
    assert open_teach(parent, services) is dialog and dialog.isVisible()


def test_teaching_is_planned_with_the_words_that_were_written(services: Services) -> None:
    """The library has them by then: else it would miss what the artist has just said."""
    client, dialog = scripted(services), with_pictures(services, 1)
    client.silent = {UpdateSubject}
    named(dialog)
    dialog.pages.setCurrentIndex(2)
    heard: list[object] = []
    services.client.ask(ListJobs(), heard.append, heard.append)
    until(lambda: bool(heard))
    assert client.of(UpdateSubject) and not client.of(PlanTeach)


@pytest.mark.parametrize("asked", [None, "pip"])
def test_an_earlier_starts_lesson_is_shown(services: Services, asked: str | None) -> None:
    """Whether it is asked for by its subject, or a new one was wanted: its page is in front."""
    scripted(services).subjects["pip"] = details("pip", "Pip", pictures=1)
    scripted(services).old = [lesson_info(subject="pip")]
    dialog = TeachDialog(None, services, asked)
    until(lambda: dialog.lesson.running and dialog.draft.subject == "pip")
    assert dialog.pages.currentIndex() == 2


def test_another_subjects_lesson_is_not(services: Services) -> None:
    """Who opens Mia has nothing to do with Pip's."""
    scripted(services).subjects["mia"] = details("mia", "Mia", pictures=1)
    scripted(services).old = [lesson_info(subject="pip")]
    dialog = TeachDialog(None, services, "mia")
    heard: list[object] = []
    services.client.ask(ListJobs(), heard.append, heard.append)
    until(lambda: dialog.draft.subject == "mia" and bool(heard))
    assert not dialog.lesson.running


def test_a_closed_windows_subject_is_on_the_shelf(services: Services) -> None:
    """With the name that was written last, also where its pictures were still on their way."""
    dialog = open_teach(None, services)
    dialog.shots.add_image(painted(1), "1.png")
    write(dialog, "teach_name", "Pip")
    dialog.close()
    until(lambda: [card.name for card in services.shelf.cards] == ["Pip"])


def test_closed_without_a_lesson_it_is_gone(services: Services) -> None:
    """The next one begins anew; what was made is in the library."""
    parent = QtWidgets.QWidget()
    dialog = open_teach(parent, services)
    dialog.shots.add_image(painted(1), "1.png")
    dialog.close()
    again = open_teach(parent, services)
    assert again is not dialog and again.shots.shots == ()
    until(lambda: bool(scripted(services).subjects))
    assert len(scripted(services).of(CreateSubject)) == 1


def test_closed_while_its_words_are_on_their_way_it_is_gone(services: Services) -> None:
    """The answer finds no window and does not miss it; the words are kept."""
    client, dialog = scripted(services), with_pictures(services, 1)
    named(dialog)
    dialog.pages.setCurrentIndex(2)
    dialog.close()
    QtCore.QCoreApplication.sendPostedEvents(dialog, int(QtCore.QEvent.Type.DeferredDelete))
    heard: list[object] = []
    until(lambda: bool(client.of(UpdateSubject)))
    services.client.ask(ListJobs(), heard.append, heard.append)
    until(lambda: bool(heard))
    assert not client.of(PlanTeach)


def test_a_taught_subject_is_tried_with_one_click(services: Services) -> None:
    """It is chosen in the docker, and whoever listens inserts it."""
    tried: list[str] = []
    parent = QtWidgets.QWidget()
    for _ in range(2):  # Asked for twice, it is one window, and one click is one insert.
        dialog = open_teach(parent, services, tried=tried.append)
    dialog.shots.add_image(painted(1), "1.png")
    until(lambda: dialog.shots.ready == 1)
    dialog.lesson.start("s0")
    (job,) = scripted(services).jobs
    job.listener.happened(Taught(subject="s0", version=1, loss=0.1))
    dialog.pages.setCurrentIndex(3)
    assert not dialog.findChild(QtWidgets.QPushButton, "teach_try").isEnabled()
    assert says(dialog, "teach_trial_reason") == "Open a picture"
    canvas_of(services).active = FakeDocument(selected=region(PLACE))
    until(lambda: dialog.findChild(QtWidgets.QPushButton, "teach_try").isEnabled())
    click(dialog, "teach_try")
    assert tried == ["s0"] and services.shelf.chosen == "s0"
