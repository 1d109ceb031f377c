"""One teaching as the artist follows it: what it would take, its progress, its samples, its end."""

from dataclasses import dataclass
from typing import Final

from dreammix.protocol import DreamMixError, Picture, Taught, TeachProgress, TeachRequest
from dreammix.protocol.jobs import (
    Happening,
    JobChanged,
    JobInfo,
    JobKind,
    Jobs,
    JobState,
    ListJobs,
    Order,
    SampleReady,
)
from dreammix.protocol.payloads import SamplePicture
from dreammix.protocol.services import PlanTeach, TeachPlan
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.jobs import Lesson as Wanted
from dreammix_krita.images import thumbnail
from dreammix_krita.qt import QtCore, QtGui

MAX_POINTS: Final = 500
"""Most points of the loss curve: of a longer one every other is dropped."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was painted of the subject after so many steps."""

    step: int
    image: QtGui.QImage


class Lesson(QtCore.QObject):
    """A teaching, or none yet. It is a `Listener`, and outlives the window that shows it.

    Attributes:
        subject: who is taught.
        state: of the job; None: there is none.
        plan: what it would take; None until somebody has said.
        ahead: how many jobs run before it, while it waits.
        progress: its last report.
        losses: step and loss, for the curve; each stands for `stride` steps.
        samples: what was painted on the way.
        taught: what came of it.
        trouble: why it failed, or could not be planned.

    Signals:
        changed: any of these.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.subject: str | None = None
        self.plan: TeachPlan | None = None
        self._client = client
        self._clear()

    def _clear(self) -> None:
        self.state: JobState | None = None
        self.ahead: int | None = None
        self.progress: TeachProgress | None = None
        self.losses: list[tuple[int, float]] = []
        self.samples: tuple[Sample, ...] = ()
        self.taught: Taught | None = None
        self.trouble: DreamMixError | None = None
        self._key: str | None = None
        self._job: str | None = None
        self._stride = 1

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.state is not None and not self.state.final

    # --- what the artist does ---

    def estimate(self, subject: str) -> None:
        """Ask what teaching this subject would take."""

        def told(plan: TeachPlan) -> None:
            self.plan = plan
            self.changed.emit()

        self._client.ask(PlanTeach(TeachRequest(subject=subject)), told, self._fail)

    def start(self, subject: str) -> None:
        """Begin, unless one is under way."""
        if self.running:
            return
        self._clear()
        self.subject = subject
        self.state = JobState.QUEUED
        self._key = self._client.start(Wanted(TeachRequest(subject=subject)), self)
        self.changed.emit()

    def tell(self, order: Order) -> None:
        """Pause it, let it go on, or end it."""
        if self._key is not None:
            self._client.tell(self._key, order)

    def find(self, subject: str | None = None) -> None:
        """Go on with a teaching of an earlier start of Krita, if there is one: this subject's, or any."""

        def told(jobs: Jobs) -> None:
            if self.running:
                return
            for info in jobs.jobs:
                asked = subject in (None, info.subject)
                if info.kind is JobKind.TEACH and asked and not info.state.final:
                    self._clear()
                    self.subject = info.subject
                    self._key = self._client.adopt(info, self)
                    self.began(info)
                    return

        if self._client.phase is Phase.READY:
            self._client.ask(ListJobs(), told, self._quiet)

    # --- what it says (see `Listener`) ---

    def began(self, info: JobInfo) -> None:
        """The backend knows it."""
        self._job = info.job
        if self.state is None or not info.state.final:
            self.state, self.ahead = info.state, info.ahead
        self.changed.emit()

    def happened(self, event: Happening) -> None:
        """Something happened to it."""
        match event:
            case TeachProgress():
                self.progress = event
                self._note(event)
            case SampleReady():
                self._fetch(event.step)
            case Taught():
                self.taught = event
            case JobChanged():
                self.state, self.ahead = event.state, event.ahead
                self.trouble = None if event.error is None else event.error.error()
                if event.state.final and self._job is not None:
                    self._client.acknowledge(self._job)
        self.changed.emit()

    def failed(self, error: DreamMixError) -> None:
        """It did not begin, or is lost."""
        self.state, self.trouble = JobState.FAILED, error
        self.changed.emit()

    # --- its curve and its samples ---

    def _note(self, progress: TeachProgress) -> None:
        if progress.loss is None or progress.step % self._stride:
            return
        if self.losses and progress.step <= self.losses[-1][0]:  # Gone back to what was kept last.
            self.losses = [point for point in self.losses if point[0] < progress.step]
        self.losses.append((progress.step, progress.loss))
        if len(self.losses) > MAX_POINTS:
            self._stride *= 2
            self.losses = [point for point in self.losses if point[0] % self._stride == 0]

    def _fetch(self, step: int) -> None:
        if self._job is None:
            return

        def take(content: Picture | bytes) -> None:
            others = tuple(sample for sample in self.samples if sample.step != step)
            mine = Sample(step, thumbnail(content))
            self.samples = tuple(sorted((*others, mine), key=lambda sample: sample.step))
            self.changed.emit()

        # Only the newest is kept: one that was overtaken is not missed.
        self._client.fetch(SamplePicture(self._job, step), take, self._quiet)

    def _fail(self, error: DreamMixError) -> None:
        self.trouble = error
        self.changed.emit()

    def _quiet(self, error: DreamMixError) -> None:
        """What nobody clicked for is not complained about."""
