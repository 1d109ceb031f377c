"""The windows brought into each of their states, as an artist would bring them there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from dreammix.protocol import (
    Attribute,
    AttributeKind,
    InvalidPicture,
    OutOfMemory,
    Size,
    Taught,
    TeachProgress,
    TeachStage,
)
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobState, SampleReady
from dreammix.protocol.library import AddPictures
from dreammix.protocol.services import GetHealth, TeachPlan
from dreammix_krita.dialogs import open_library, open_set_up, open_settings, open_teach
from dreammix_krita.dialogs.library.dialog import LibraryDialog
from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog
from dreammix_krita.dialogs.setting_up.model import SetUpState, Step
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.flow.describing import DescriberKind
from dreammix_krita.qt import QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.dialogs.scripted import Started, canvas_of, details, painted, scripted
from tests.plugin.dialogs.seen import click, write
from tests.plugin.dialogs.teaching.test_sources import PLACE

WORD: Final = Attribute(AttributeKind.ACCESSORY, "a very long red collar with a small golden bell")
STEPS: Final = 600


def _no_pictures(services: Services) -> TeachDialog:
    return open_teach(None, services)


def _pictures(services: Services) -> TeachDialog:
    dialog = _no_pictures(services)
    for number in range(3):
        dialog.shots.add_image(painted(40 * number), f"from-the-garden-{number}.png")
    until(lambda: dialog.shots.ready == 3)
    return dialog


def _bad_picture(services: Services) -> TeachDialog:
    dialog = _pictures(services)
    scripted(services).refusals[AddPictures] = InvalidPicture(
        "The picture cannot be used", "it is smaller than 64 pixels", "Choose a larger one"
    )
    dialog.shots.add_image(painted(90), "small.png")
    until(lambda: any(shot.trouble is not None for shot in dialog.shots.shots))
    dialog.pages.widget(0).list.setCurrentRow(3)  # type: ignore[union-attr]
    return dialog


def _words(services: Services) -> TeachDialog:
    dialog = _pictures(services)
    dialog.pages.setCurrentIndex(1)
    write(dialog, "teach_class_word", "cat")
    write(dialog, "teach_name", "Pip")
    for attribute in (Attribute(AttributeKind.COLOUR, "brown"), WORD):
        dialog.draft.add_attribute(attribute)
    until(lambda: dialog.draft.describer is not None)
    return dialog


def _before_teaching(services: Services) -> TeachDialog:
    scripted(services).plan = TeachPlan(seconds=1500.0)
    dialog = _words(services)
    dialog.pages.setCurrentIndex(2)
    until(lambda: dialog.lesson.plan is not None)
    return dialog


def _teaching(services: Services) -> TeachDialog:
    dialog = _before_teaching(services)
    click(dialog, "teach_start")
    job = _lesson(services)
    job.listener.began(job.info())
    for step in range(1, 2 * STEPS // 3):
        loss = 0.05 + 0.4 / (1 + step / 40) + 0.1 * ((step * 7919) % 13) / 13
        job.listener.happened(
            TeachProgress(stage=TeachStage.TEACHING, step=step, steps=STEPS, loss=loss, seconds_left=540.0)
        )
    for step in (100, 200, 300):
        job.listener.happened(SampleReady(step=step, size=Size(16, 16)))
    until(lambda: len(dialog.lesson.samples) == 3)
    return dialog


def _teaching_failed(services: Services) -> TeachDialog:
    dialog = _teaching(services)
    error = OutOfMemory("The graphics card is full", "teaching needs 12 GB", "Close other programs")
    _lesson(services).listener.happened(JobChanged(state=JobState.FAILED, error=ErrorReport.of(error)))
    return dialog


def _trial(services: Services) -> TeachDialog:
    dialog = _teaching(services)
    listener = _lesson(services).listener
    listener.happened(Taught(subject="s0", version=1, loss=0.1))
    listener.happened(JobChanged(state=JobState.SUCCEEDED))
    canvas_of(services).active = FakeDocument(selected=region(PLACE))
    dialog.pages.setCurrentIndex(3)
    return dialog


def _no_trial(services: Services) -> TeachDialog:
    dialog = _words(services)
    dialog.pages.setCurrentIndex(3)
    return dialog


def _lesson(services: Services) -> Started:
    client = scripted(services)
    until(lambda: bool(client.jobs))
    return client.jobs[-1]


def _empty_library(services: Services) -> LibraryDialog:
    return open_library(None, services)


def _library(services: Services) -> LibraryDialog:
    client = scripted(services)
    client.subjects = {
        "pip": details("pip", "Pip", pictures=4, versions=2, favourite=True),
        "mia": details("mia", "Mia", pictures=5, versions=1),
        "pot": details("pot", "Grandmothers old teapot", pictures=3),
    }
    client.thrown = {"mug": details("mug", "Old mug")}
    dialog = open_library(None, services)
    until(lambda: dialog.model.details is not None)
    return dialog


def _trash(services: Services) -> LibraryDialog:
    dialog = _library(services)
    dialog.pages.setCurrentIndex(1)
    return dialog


def _connected(services: Services) -> SettingsDialog:
    dialog = open_settings(None, services)
    until(lambda: dialog.model.health is not None and bool(dialog.models.models))
    return dialog


def _log(services: Services) -> SettingsDialog:
    dialog = _connected(services)
    dialog.show_log()
    return dialog


def _studio(services: Services) -> SettingsDialog:
    dialog = _connected(services)
    click(dialog, "settings_remote")
    return dialog


def _models(services: Services) -> SettingsDialog:
    dialog = _connected(services)
    dialog.show_models()
    listed = dialog.findChild(QtWidgets.QListWidget, "settings_model_list")
    assert listed is not None
    listed.setCurrentRow(1)
    return dialog


def _describing(services: Services) -> SettingsDialog:
    dialog = _connected(services)
    dialog.pages.setCurrentIndex(2)
    chosen = dialog.findChild(QtWidgets.QComboBox, "settings_describer")
    assert chosen is not None
    chosen.setCurrentIndex(chosen.findData(str(DescriberKind.OPENAI)))
    return dialog


def _person(services: Services) -> SettingsDialog:
    dialog = _connected(services)
    dialog.pages.setCurrentIndex(3)
    return dialog


def _unreachable(services: Services) -> SettingsDialog:
    scripted(services).refusals[GetHealth] = OutOfMemory(
        "The backend does not answer", "it has too little memory", "Start it again"
    )
    dialog = open_settings(None, services)
    until(lambda: dialog.model.trouble is not None)
    return dialog


def _set_up(services: Services) -> SetUpDialog:
    return open_set_up(None, services)


def _setting_up(services: Services) -> SetUpDialog:
    dialog = _set_up(services)
    model = dialog.model
    model.state = SetUpState.RUNNING
    model.see(Step(stage="download", done=812 << 20, total=2300 << 20, message="torch-2.7.1"))
    return dialog


def _set_up_failed(services: Services) -> SetUpDialog:
    dialog = _set_up(services)
    model = dialog.model
    model.state = SetUpState.FAILED
    model.trouble = OutOfMemory("The disk is full", "3 GB are needed and 1.2 GB free", "Make room")
    model.changed.emit()
    return dialog


STATES: Final[Mapping[str, Callable[[Services], QtWidgets.QDialog]]] = {
    "no_pictures": _no_pictures,
    "pictures": _pictures,
    "bad_picture": _bad_picture,
    "words": _words,
    "before_teaching": _before_teaching,
    "teaching": _teaching,
    "teaching_failed": _teaching_failed,
    "no_trial": _no_trial,
    "trial": _trial,
    "empty_library": _empty_library,
    "library": _library,
    "trash": _trash,
    "connected": _connected,
    "log": _log,
    "studio": _studio,
    "unreachable": _unreachable,
    "models": _models,
    "describing": _describing,
    "person": _person,
    "set_up": _set_up,
    "setting_up": _setting_up,
    "set_up_failed": _set_up_failed,
}
"""By name, what leads there."""
