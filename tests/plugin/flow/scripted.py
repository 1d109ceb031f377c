"""A backend that does what a test tells it: it answers when Qt's loop runs, never at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from dreammix.protocol import (
    AttributeKind,
    Box,
    DreamMixError,
    Picture,
    Progress,
    Replacement,
    SampleFormat,
    Size,
    Stage,
)
from dreammix.protocol.asking import Asks
from dreammix.protocol.jobs import (
    Happening,
    JobChanged,
    JobInfo,
    JobKind,
    Jobs,
    JobState,
    ListJobs,
    Order,
    PreviewReady,
    ResultReady,
)
from dreammix.protocol.library import Artists, ListArtists, ListSubjects, SubjectCard, Subjects
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import Welcome
from dreammix.protocol.payloads import PreviewPicture, ResultPicture, Source, SubjectThumbnail
from dreammix.protocol.services import (
    GetHealth,
    Health,
    InsertPlan,
    ListExtras,
    ListModels,
    Matched,
    MatchWords,
    Models,
    PlanInsert,
)
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.errors import NotConnected, lost
from dreammix_krita.client.jobs import Lesson, Listener, Painting
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.insertion import Insertion
from dreammix_krita.flow.keeper import Keeper
from dreammix_krita.flow.outcomes import Memory
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.qt import QtCore
from dreammix_krita.services import Services
from dreammix_krita.settings import Settings
from dreammix_krita.texts import Catalogue
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeCanvas, FakeDocument

NOW: Final = "2026-01-01T00:00:00Z"
BOX: Final = Box(100, 100, 60, 40)
"""What is selected."""
MARGIN_PX: Final = 20
"""How much the context box is wider than the region."""


def card(name: str, taught: bool = True, favourite: bool = False) -> SubjectCard:
    """A subject; its id is its name in small letters."""
    return SubjectCard(
        id=name.lower().replace(" ", "-"),
        name=name,
        class_word="teapot",
        pictures=4,
        taught=taught,
        favourite=favourite,
        modified=NOW,
    )


def health(model: str | None = "sandbox") -> Health:
    """A backend that is well."""
    return Health(
        device="cpu",
        model=model,
        disk_free_bytes=1,
        memory_bytes=1,
        memory_free_bytes=1,
        jobs_waiting=0,
        jobs_running=0,
        uptime_seconds=1.0,
        describer="this computer",
        describer_remote=False,
    )


RED: Final = Replacement(AttributeKind.COLOUR, "brown", "red")
GLASS: Final = Replacement(AttributeKind.MATERIAL, "clay", "glass")


def flat(size: Size, value: int = 200) -> Picture:
    """An opaque picture of one grey."""
    return Picture(size, SampleFormat.RGBA8, bytes((value, value, value, 255)) * size.area)


@dataclass
class Job:
    """A job that was begun; a test says what happens to it."""

    number: int
    key: str
    work: Painting
    listener: Listener
    orders: list[Order] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"job{self.number}"

    def info(self, state: JobState = JobState.RUNNING) -> JobInfo:
        """What the backend says of it."""
        return JobInfo(job=self.id, key=self.key, kind=JobKind.INSERT, created=NOW, state=state, last=0)

    def tell(self, event: Happening) -> None:
        """Something happened to it."""
        self.listener.happened(event)

    def begin(self) -> None:
        """The backend knows it, and paints it."""
        self.listener.began(self.info(JobState.QUEUED))
        self.tell(JobChanged(state=JobState.RUNNING))

    def preview(self, step: int = 1) -> None:
        """A step is done, and can be looked at."""
        self.tell(Progress(Stage.LOCAL, step, 21, 4.0))
        size = Size(8, 8)
        self.tell(PreviewReady(stage=Stage.LOCAL, step=step, variant=0, box=self.work.window, size=size))

    def results(self, box: Box) -> None:
        """All variants are finished."""
        for variant, seed in enumerate(self.work.wish.seeds):
            self.tell(ResultReady(variant=variant, seed=seed, box=box))
        self.tell(JobChanged(state=JobState.SUCCEEDED))


class ScriptedClient(Client):
    """Answers questions from `answers`; jobs wait for the test.

    Attributes:
        answers: by the question's class: the answer, the error, or a function of the question.
        asked: all questions, oldest first.
        jobs: all jobs, oldest first.
        left: jobs of an earlier start, which can be adopted.
        acknowledged: jobs whose results are not needed any more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[object] = []
        self.jobs: list[Job] = []
        self.left: tuple[Job, ...] = ()
        self.acknowledged: list[str] = []
        self.answers: dict[type, Any] = {
            ListSubjects: Subjects(cards=(card("Pip"), card("Mia")), total=2),
            ListArtists: Artists(names=("default",)),
            GetHealth: health(),
            ListModels: Models(()),
            ListExtras: Models(()),
            ListJobs: Jobs(()),
            MatchWords: Matched((RED, GLASS)),
            PlanInsert: plan_of,
            SubjectThumbnail: DreamMixError("No thumbnail", "it is scripted so", "Go on"),
            PreviewPicture: flat(Size(8, 8), 90),
            ResultPicture: lambda source: flat(self._result_size(source)),
        }
        self._sizes: dict[str, Size] = {}
        self._closed = False

    def arrive(self) -> None:
        """Be connected."""
        self.welcome = Welcome(version="1", session="secret", resumed=True, limits=Limits(), device="cpu")
        self._session = "secret"
        self._set(Phase.READY, None)

    def close(self) -> None:
        """Say nothing any more."""
        self._closed = True
        super().close()

    def lose(self) -> None:
        """Be cut off."""
        self._set(Phase.LOST, lost("a test cut it"))

    def ask(
        self, body: Asks[Any], answered: Callable[[Any], None], failed: Callable[[DreamMixError], None]
    ) -> None:
        self.asked.append(body)
        error = None if self.phase is Phase.READY else NotConnected("No backend", "it is away", "Wait")
        self._answer(body, answered, failed, error)

    def fetch(
        self,
        source: Source,
        answered: Callable[[Picture | bytes], None],
        failed: Callable[[DreamMixError], None],
    ) -> None:
        self._answer(source, answered, failed, None)

    def start(self, work: Painting | Lesson, listener: Listener) -> str:
        assert isinstance(work, Painting)
        job = Job(len(self.jobs), f"key{len(self.jobs)}", work, listener)
        self.jobs.append(job)
        return job.key

    def adopt(self, info: JobInfo, listener: Listener, after: int = 0) -> str:
        old = next(job for job in self.left if job.id == info.job)
        self.jobs.append(replace(old, listener=listener, orders=[]))
        return old.key

    def tell(self, key: str, order: Order) -> None:
        next(job for job in self.jobs if job.key == key).orders.append(order)

    def acknowledge(self, job: str) -> None:
        self.acknowledged.append(job)

    def finish(self, job: Job, box: Box) -> None:
        """End a job with results that lie there."""
        self._sizes[job.id] = box.size
        job.begin()
        job.results(box)

    def _result_size(self, source: ResultPicture) -> Size:
        return self._sizes[source.job]

    def _answer(
        self,
        question: object,
        answered: Callable[[Any], None],
        failed: Callable[[DreamMixError], None],
        error: DreamMixError | None,
    ) -> None:
        answer = self.answers[type(question)]
        answer = answer(question) if callable(answer) else answer
        answer = error or answer
        done = failed if isinstance(answer, DreamMixError) else answered
        QtCore.QTimer.singleShot(0, lambda: None if self._closed else done(answer))


def plan_of(question: PlanInsert) -> InsertPlan:
    """The region with a margin, as far as the canvas goes."""
    box = question.region
    wide = Box(
        box.x - MARGIN_PX, box.y - MARGIN_PX, box.width + 2 * MARGIN_PX, box.height + 2 * MARGIN_PX
    ).intersect(Box.of(question.canvas))
    assert wide is not None
    return InsertPlan(crop=wide, window=wide, send=wide, scale=1.0, fits=True, seconds=4.0)


class Desk:
    """A controller with a scripted backend and an open document, and nothing else.

    Attributes:
        client: the backend.
        document: what the artist works on.
        canvas: where to open another one.
    """

    def __init__(self, folder: Path, memory: Memory | None = None, language: str = "en") -> None:
        self.client = ScriptedClient()
        self.document = FakeDocument()
        self.canvas = FakeCanvas(self.document)
        settings = Settings(folder / "plugin.json")
        self.services = Services(
            client=self.client,
            keeper=Keeper(self.client, settings, {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}),
            canvas=self.canvas,
            shelf=Shelf(self.client, settings),
            texts=Catalogue(language),
            settings=settings,
        )
        self.controller = Controller(self.services, memory)

    def ready(self) -> Desk:
        """The backend is there, and the subjects have come."""
        self.client.arrive()
        until(lambda: bool(self.services.shelf.cards))
        self.services.shelf.choose("pip")
        return self

    def close(self) -> None:
        """Krita ends."""
        self.controller.close()
        self.services.keeper.close()

    def insert(self) -> Job:
        """Click on Insert; the job that comes of it, painted."""
        before = len(self.client.jobs)
        self.controller.insert()
        until(lambda: len(self.client.jobs) > before)
        return self.client.jobs[-1]

    def finish(self, job: Job, box: Box) -> None:
        """Let a job end with results that lie there, and fetch them."""
        self.client.finish(job, box)
        insertion = job.listener
        assert isinstance(insertion, Insertion)
        until(lambda: insertion.over)
