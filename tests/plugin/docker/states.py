"""The docker brought into each of its states, as an artist would bring it there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from dreammix.protocol import Box, OutOfMemory, Picture, SampleFormat
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobState
from dreammix.protocol.library import ListSubjects, Subjects
from dreammix.protocol.payloads import ResultPicture, SubjectThumbnail
from dreammix.protocol.services import PlanInsert
from dreammix_krita.client.client import Phase
from dreammix_krita.client.errors import mismatch
from dreammix_krita.docker.panel import Panel
from dreammix_krita.flow.outcomes import Memory
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Words
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import region
from tests.plugin.flow.scripted import GLASS, RED, Desk, card, plan_of

WidgetT = TypeVar("WidgetT", bound=QtWidgets.QWidget)
BOX: Final = Box(100, 100, 160, 140)
"""What is selected."""
NAMES: Final = ("Pip", "Mia", "Ted", "Grandmothers teapot", "Ada", "Bo", "Cid", "Dora", "Emil")


def portrait(hue: int) -> bytes:
    """A subject's thumbnail: a coloured pot on a light ground, as a PNG file."""
    image = QtGui.QImage(96, 96, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(235, 232, 226))
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor.fromHsv(hue, 170, 190))
    painter.drawEllipse(18, 34, 56, 48)
    painter.drawRect(40, 22, 12, 14)
    painter.end()
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def painted(source: ResultPicture) -> Picture:
    """A result of its own colour."""
    value = 60 + 45 * source.variant
    return Picture(BOX.size, SampleFormat.RGBA8, bytes((value, 120, 255 - value, 255)) * BOX.size.area)


class Docker:
    """A docker of so many pixels, with a scripted backend behind it."""

    def __init__(
        self,
        folder: Path,
        width: int = 240,
        language: str = "en",
        subjects: int = 3,
        memory: Memory | None = None,
    ) -> None:
        self.desk = Desk(folder, memory, language)
        self.show_subjects(subjects)
        answers = self.desk.client.answers
        answers[SubjectThumbnail] = lambda source: portrait(40 * len(source.subject) % 360)
        answers[ResultPicture] = painted
        self.panel = Panel(self.desk.controller, self.desk.services)
        self.panel.resize(width, 720)
        self.panel.show()

    def show_subjects(self, count: int) -> None:
        """The library has so many."""
        cards = tuple(
            card(name, taught=index != 2, favourite=index == 0) for index, name in enumerate(NAMES[:count])
        )
        self.desk.client.answers[ListSubjects] = Subjects(cards=cards, total=len(cards))

    def arrive(self) -> None:
        """The backend is there, and the subjects have come."""
        shelf = self.desk.services.shelf
        self.desk.client.arrive()
        until(
            lambda: len(shelf.thumbnails) == len(shelf.cards) and self.desk.controller.facts.model is not None
        )

    def select(self) -> None:
        """Pip is chosen, and a region selected."""
        self.arrive()
        self.desk.services.shelf.choose("pip")
        self.desk.document.selected = region(BOX)
        self.desk.controller.look()
        until(lambda: self.desk.controller.plan is not None)

    def settle(self) -> None:
        """Everything is shown."""
        for _ in range(5):
            QtCore.QCoreApplication.processEvents()
        self.panel.refresh()
        QtCore.QCoreApplication.processEvents()

    @property
    def body(self) -> QtWidgets.QWidget:
        """What is scrolled in it."""
        body = self.panel.widget()
        assert body is not None
        return body

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        """A widget by its name."""
        found = self.panel.findChild(kind, f"dreammix_{name}")
        assert found is not None, name
        return found

    def close(self) -> None:
        """Krita ends, and takes its windows with it."""
        self.panel.close()
        self.desk.close()
        self.panel.deleteLater()
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


def _backend_missing(docker: Docker) -> None:
    pass


def _setting_up(docker: Docker) -> None:
    docker.desk.services.keeper.tell_step("torch, 812 of 2300 MB")


def _stopped(docker: Docker) -> None:
    docker.desk.services.settings.change(python=sys.executable)


def _start_failed(docker: Docker) -> None:
    _stopped(docker)
    docker.desk.services.keeper._fail(
        OutOfMemory("The backend does not start", "this computer has 1.2 GB of memory left", "Close programs")
    )


def _starting(docker: Docker) -> None:
    docker.desk.services.settings.change(remote="studio.lan:8443")


def _first_run(docker: Docker) -> None:
    docker.desk.canvas.active = None
    docker.arrive()
    docker.desk.controller.look()


def _no_selection(docker: Docker) -> None:
    docker.arrive()
    docker.desk.services.shelf.choose("pip")


def _untaught(docker: Docker) -> None:
    docker.select()
    docker.desk.services.shelf.choose("ted")


def _ready(docker: Docker) -> None:
    docker.select()
    docker.desk.controller.change(words="red, made of glass")
    until(lambda: docker.desk.controller.replacements == (RED, GLASS))
    docker.desk.controller.keep_original(GLASS, True)


def _running(docker: Docker) -> None:
    _ready(docker)
    job = docker.desk.insert()
    job.begin()
    job.preview(12)


def _several(docker: Docker) -> None:
    _running(docker)
    docker.desk.insert()
    docker.desk.insert()


def _done(docker: Docker) -> None:
    docker.select()
    docker.desk.controller.change(words="red", variants=4)
    docker.desk.finish(docker.desk.insert(), BOX)
    docker.desk.controller.apply()
    docker.desk.controller.pick(docker.desk.controller.outcomes[1].id)


def _editing(docker: Docker) -> None:
    docker.select()
    docker.desk.controller.change(words="red")
    docker.desk.finish(docker.desk.insert(), BOX)
    document = docker.desk.document
    for layer in (document.added[0].layer, document.layer, document.added[0].layer):
        document.layer = layer
        docker.desk.controller.look()


def _lost(docker: Docker) -> None:
    _running(docker)
    docker.desk.client.lose()


def _error(docker: Docker) -> None:
    docker.select()
    job = docker.desk.insert()
    job.begin()
    error = OutOfMemory(
        "The graphics card has too little memory",
        "the insert needs 7.2 GB and 3.1 GB are free",
        "Close other programs that use the card, or choose a smaller region",
    )
    job.tell(JobChanged(state=JobState.FAILED, error=ErrorReport.of(error)))


def _outdated(docker: Docker) -> None:
    error = mismatch("dreammix.v2")
    docker.desk.client._set(Phase.REFUSED, error)


def _small(docker: Docker) -> None:
    docker.select()
    docker.desk.document.selected = region(Box(100, 100, 12, 40))
    docker.desk.controller.look()


def _large(docker: Docker) -> None:
    docker.select()
    answers = docker.desk.client.answers
    answers[PlanInsert] = lambda question: replace(plan_of(question), scale=0.2)
    docker.desk.document.selected = region(Box(0, 0, 390, 280))
    docker.desk.controller.look()
    until(lambda: docker.desk.controller.facts.native == 82)


def _all(docker: Docker) -> None:
    docker.select()
    docker.desk.document.selected = region(Box.of(docker.desk.document.size))
    docker.desk.controller.look()


def _many(docker: Docker) -> None:
    docker.show_subjects(9)
    docker.select()


def _away(docker: Docker) -> None:
    docker.select()
    title, place = "Grandmothers teapot: red, made of glass", "picture-of-the-garden.kra"
    docker.desk.controller._notice(Words.WAITS_ELSEWHERE, {"title": title, "document": place})


def _words_alone(docker: Docker) -> None:
    docker.select()
    docker.desk.services.shelf.choose(None)


def _advanced(docker: Docker) -> None:
    _ready(docker)
    docker.desk.services.settings.change(advanced=True)
    fold = docker.panel.findChild(QtCore.QObject, "dreammix_advanced")
    assert fold is not None
    fold.setProperty("checked", True)


STATES: Final[Mapping[str, Callable[[Docker], None]]] = {
    "backend_missing": _backend_missing,
    "setting_up": _setting_up,
    "stopped": _stopped,
    "start_failed": _start_failed,
    "starting": _starting,
    "first_run": _first_run,
    "no_selection": _no_selection,
    "words_alone": _words_alone,
    "untaught": _untaught,
    "ready": _ready,
    "small": _small,
    "large": _large,
    "all": _all,
    "many": _many,
    "running": _running,
    "several": _several,
    "done": _done,
    "away": _away,
    "editing": _editing,
    "lost": _lost,
    "error": _error,
    "outdated": _outdated,
    "advanced": _advanced,
}
"""By name, what leads there."""


def shown(docker: Docker) -> list[QtWidgets.QWidget]:
    """All widgets of the docker's own that can be seen."""
    return [
        widget
        for widget in docker.body.findChildren(QtWidgets.QWidget)
        if widget.objectName().startswith("dreammix_") and widget.isVisibleTo(docker.body)
    ]
