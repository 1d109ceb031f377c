"""A backend that a test writes: a library in memory, jobs whose events the test tells, refusals on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from dreammix.protocol import Attribute, AttributeKind, DreamMixError, Picture, SampleFormat, Size
from dreammix.protocol.asking import Done
from dreammix.protocol.jobs import JobInfo, JobKind, Jobs, JobState, ListJobs, Order
from dreammix.protocol.library import (
    AddPictures,
    Artists,
    CreateSubject,
    DeleteSubject,
    DuplicateSubject,
    GetSubject,
    ImportSubject,
    ListArtists,
    ListSubjects,
    PurgeTrash,
    RemovePicture,
    RestoreSubject,
    SetMask,
    SubjectCard,
    SubjectDetails,
    Subjects,
    TaughtPicture,
    TaughtVersion,
    UpdateSubject,
    UseArtist,
)
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import Welcome
from dreammix.protocol.payloads import (
    SamplePicture,
    Source,
    SubjectArchive,
    SubjectMask,
    SubjectPicture,
    SubjectThumbnail,
)
from dreammix.protocol.services import (
    ChooseProfile,
    Described,
    DescribeSubject,
    GetHealth,
    Health,
    ListExtras,
    ListModels,
    LoadModel,
    ManageModel,
    ModelInfo,
    Models,
    PlanTeach,
    TeachPlan,
)
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.jobs import Lesson, Listener, Painting
from dreammix_krita.client.line import Failed
from dreammix_krita.flow.keeper import Keeper
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.qt import QtCore, QtGui
from dreammix_krita.services import Services
from dreammix_krita.settings import Settings
from dreammix_krita.texts import Catalogue
from tests.plugin.canvas.fake import FakeCanvas

SIZE: Final = Size(64, 48)
"""Every picture of the scripted library has it."""
DAY: Final = "2026-11-22T10:00:00+00:00"
HEALTH: Final = Health(
    device="cpu",
    model="sandbox",
    disk_free_bytes=120 << 30,
    memory_bytes=900 << 20,
    memory_free_bytes=8 << 30,
    jobs_waiting=0,
    jobs_running=0,
    uptime_seconds=10.0,
    describer="this computer",
    describer_remote=False,
)
MODELS: Final = (
    ModelInfo(model="sandbox", summary="The built-in model.", installed=True, loaded=True),
    ModelInfo(
        model="sdxl",
        summary="For real work, 1024 pixels.",
        installed=False,
        loaded=False,
        licence="OpenRAIL++-M",
        size_bytes=7 << 30,
    ),
)
EXTRAS: Final = (
    ModelInfo(
        model="hyper-sdxl",
        summary="What drafts are painted with.",
        installed=False,
        loaded=False,
        licence="OpenRAIL++-M",
        size_bytes=787 << 20,
    ),
)


def painted(hue: int, size: Size = SIZE) -> QtGui.QImage:
    """A picture of a thing on a ground, in a colour of its own."""
    image = QtGui.QImage(size.width, size.height, QtGui.QImage.Format.Format_RGBA8888)
    image.fill(QtGui.QColor.fromHsv(hue % 360, 60, 200))
    painter = QtGui.QPainter(image)
    painter.setBrush(QtGui.QColor.fromHsv((hue + 120) % 360, 200, 180))
    painter.drawEllipse(size.width // 4, size.height // 6, size.width // 2, 2 * size.height // 3)
    painter.end()
    return image


def png(image: QtGui.QImage) -> bytes:
    """It as a file."""
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def mask_png(size: Size = SIZE) -> bytes:
    """The mask of what `painted` paints."""
    image = QtGui.QImage(size.width, size.height, QtGui.QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QtGui.QPainter(image)
    painter.setBrush(QtGui.QColor("white"))
    painter.setPen(QtGui.QColor("white"))
    painter.drawEllipse(size.width // 4, size.height // 6, size.width // 2, 2 * size.height // 3)
    painter.end()
    return png(image)


def details(
    subject: str, name: str, *, pictures: int = 0, versions: int = 0, **changes: Any
) -> SubjectDetails:
    """A subject as the library tells of it."""
    card = SubjectCard(
        id=subject,
        name=name,
        class_word="cat",
        pictures=pictures,
        taught=versions > 0,
        favourite=False,
        modified=DAY,
    )
    learned = tuple(
        TaughtVersion(version=number + 1, base="sandbox", steps=500, created=DAY)
        for number in range(versions)
    )
    return SubjectDetails(
        card=replace(card, **changes),
        attributes=(Attribute(AttributeKind.COLOUR, "brown"), Attribute(AttributeKind.MATERIAL, "fur")),
        pictures=(TaughtPicture(SIZE, True),) * pictures,
        versions=learned,
        active=versions or None,
        created=DAY,
        disk_bytes=3 << 20,
    )


def lesson_info(state: JobState = JobState.RUNNING, subject: str | None = None, key: str = "key") -> JobInfo:
    """What the backend says of a teaching."""
    return JobInfo(job="job", key=key, kind=JobKind.TEACH, created=DAY, state=state, last=0, subject=subject)


@dataclass
class Started:
    """A job that was asked for."""

    key: str
    work: Painting | Lesson
    listener: Listener
    orders: list[Order] = field(default_factory=list)

    def info(self, state: JobState = JobState.RUNNING) -> JobInfo:
        """What the backend says of it."""
        return lesson_info(state, key=self.key)


class ScriptedClient(Client):
    """Answers at the event loop's next turn. Set its fields to script it.

    Attributes:
        subjects, thrown: the library and its trash.
        asked: every question, oldest first.
        refusals: what the next question, upload or fetch of a class is refused with, once.
        silent: classes of questions that are never answered.
        uploads: what was sent, by number.
        jobs: what was started, and `old` what an earlier start of the plugin left.
        suggested: what the describer says.
    """

    def __init__(self) -> None:
        super().__init__()
        self.phase = Phase.READY
        self.welcome = Welcome(
            version="1", session="secret", resumed=True, capabilities=("upkeep", "profiles"), limits=Limits()
        )
        self.subjects: dict[str, SubjectDetails] = {}
        self.thrown: dict[str, SubjectDetails] = {}
        self.asked: list[object] = []
        self.refusals: dict[type, DreamMixError] = {}
        self.silent: set[type] = set()
        self.uploads: dict[int, Picture | bytes] = {}
        self.jobs: list[Started] = []
        self.old: list[JobInfo] = []
        self.acknowledged: list[str] = []
        self.health = HEALTH
        self.models: tuple[ModelInfo, ...] = MODELS
        self.extras = EXTRAS
        self.plan = TeachPlan(seconds=None)
        self.suggested: tuple[Attribute, ...] = ()

    def of(self, kind: type) -> list[Any]:
        """The questions of a class that were asked."""
        return [body for body in self.asked if isinstance(body, kind)]

    # --- what the plugin calls ---

    def ask(self, body: Any, answered: Callable[[Any], None], failed: Failed) -> None:
        self.asked.append(body)
        if type(body) not in self.silent:
            self._later(type(body), lambda: self._answer(body), answered, failed)

    def upload(self, content: Picture | bytes, answered: Callable[[int], None], failed: Failed) -> None:
        number = len(self.uploads) + 1
        self.uploads[number] = content
        self._later(Picture, lambda: number, answered, failed)

    def fetch(self, source: Source, answered: Callable[[Picture | bytes], None], failed: Failed) -> None:
        self._later(type(source), lambda: self._content(source), answered, failed)

    def start(self, work: Painting | Lesson, listener: Listener) -> str:
        self.jobs.append(Started(f"key{len(self.jobs)}", work, listener))
        return self.jobs[-1].key

    def adopt(self, info: JobInfo, listener: Listener, after: int = 0) -> str:
        self.jobs.append(Started(info.key, cast("Lesson", None), listener))
        return info.key

    def tell(self, key: str, order: Order) -> None:
        next(job for job in self.jobs if job.key == key).orders.append(order)

    def acknowledge(self, job: str) -> None:
        self.acknowledged.append(job)

    # --- what the backend would do ---

    def _later(
        self, kind: type, make: Callable[[], Any], answered: Callable[[Any], None], failed: Failed
    ) -> None:
        def turn() -> None:
            error = self.refusals.pop(kind, None)
            if error is not None:
                failed(error)
            else:
                answered(make())

        QtCore.QTimer.singleShot(0, turn)

    def _content(self, source: Source) -> Picture | bytes:
        match source:
            case SubjectMask():
                return mask_png()
            case SubjectArchive():
                return b"archive of " + source.subject.encode()
            case SamplePicture(_, step):
                side = 16
                return Picture(
                    Size(side, side), SampleFormat.RGBA8, bytes([step % 256, 90, 90, 255]) * side**2
                )
            case SubjectThumbnail() | SubjectPicture():
                return png(painted(sum(source.subject.encode()) * 7))
        raise AssertionError(source)

    def _answer(self, body: Any) -> object:
        match body:
            case ListSubjects():
                found = self.thrown if body.trashed else self.subjects
                return Subjects(tuple(each.card for each in found.values()), total=len(found))
            case CreateSubject():
                new = details(f"s{len(self.subjects)}", body.name, class_word=body.class_word)
                return self._keep(replace(new, attributes=body.attributes), len(body.pictures))
            case AddPictures():
                return self._keep(self.subjects[body.subject], len(body.pictures))
            case RemovePicture():
                return self._keep(self.subjects[body.subject], -1)
            case UpdateSubject():
                return self._update(body)
            case DuplicateSubject():
                copy = self.subjects[body.subject]
                return self._keep(replace(copy, card=replace(copy.card, id=f"{copy.card.id}-copy")))
            case GetSubject() | SetMask():
                return self.subjects[body.subject]
            case UseArtist():
                return Done()
            case DeleteSubject():
                self.thrown[body.subject] = self.subjects.pop(body.subject)
                return Done()
            case PurgeTrash():
                self.thrown.clear()
                return Done()
            case RestoreSubject():
                return self._keep(self.thrown.pop(body.subject))
            case ImportSubject():
                return self._keep(details("imported", "Imported"))
            case _:
                return self._of_services(body)

    def _of_services(self, body: Any) -> object:
        match body:
            case GetHealth():
                return self.health
            case ChooseProfile():
                self.health = replace(self.health, chosen_profile=body.profile)
                return self.health
            case ListModels():
                return Models(self.models)
            case ListExtras():
                return Models(self.extras)
            case LoadModel() | ManageModel():
                return next(model for model in (*self.models, *self.extras) if model.model == body.model)
            case ListArtists():
                return Artists(("Ana", "default"))
            case ListJobs():
                return Jobs(tuple(self.old))
            case PlanTeach():
                return self.plan
            case DescribeSubject():
                return Described(self.suggested)
        raise AssertionError(body)

    def _keep(self, told: SubjectDetails, more: int = 0) -> SubjectDetails:
        count = len(told.pictures) + more
        card = replace(told.card, pictures=count)
        self.subjects[card.id] = replace(told, card=card, pictures=(TaughtPicture(SIZE, True),) * count)
        return self.subjects[card.id]

    def _update(self, body: UpdateSubject) -> SubjectDetails:
        old = self.subjects[body.subject]
        changes = {
            name: getattr(body, name)
            for name in ("name", "class_word", "favourite")
            if getattr(body, name) is not None
        }
        attributes = old.attributes if body.attributes is None else body.attributes
        active = old.active if body.active is None else body.active
        return self._keep(
            replace(old, card=replace(old.card, **changes), attributes=attributes, active=active)
        )


def make_services(folder: Path, language: str = "en") -> Services:
    """The plugin's parts around a scripted client."""
    client, settings = ScriptedClient(), Settings(folder / "plugin.json")
    environment = {
        "DREAMMIX_BACKEND": str(folder / "backend"),
        "DREAMMIX_MODELS": str(folder / "models"),
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
    }
    return Services(
        client=client,
        keeper=Keeper(client, settings, environment),
        canvas=FakeCanvas(),
        shelf=Shelf(client, settings),
        texts=Catalogue(language),
        settings=settings,
    )


def scripted(services: Services) -> ScriptedClient:
    """The backend of such services."""
    assert isinstance(services.client, ScriptedClient)
    return services.client


def canvas_of(services: Services) -> FakeCanvas:
    """Their canvas."""
    assert isinstance(services.canvas, FakeCanvas)
    return services.canvas
