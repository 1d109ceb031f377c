"""Jobs on the wire: asking for one, following it, and what it reports.

A job belongs to the session that asked for it; to every other it does not exist. Its events are numbered
from 1. A preview that a newer one has overtaken may be left out, so that numbers may leap, but never fall.
The last event of every job, and only that, brings a final state.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeAlias

from dreammix.protocol.asking import Asks, Done, ErrorReport
from dreammix.protocol.attributes import Replacement
from dreammix.protocol.boxes import Box, Size
from dreammix.protocol.errors import InvalidMessage, InvalidPicture
from dreammix.protocol.events import Progress, Result, Stage
from dreammix.protocol.limits import MAX_SEQUENCE
from dreammix.protocol.payloads import Number, Variant
from dreammix.protocol.pictures import Picture
from dreammix.protocol.requests import MAX_SEED, MAX_VARIANTS, InsertRequest, InsertWish
from dreammix.protocol.rules import Id, Line, Most, Whole
from dreammix.protocol.shapes import Message, check_fields
from dreammix.protocol.teaching import Taught, TeachProgress, TeachRequest
from dreammix.protocol.words import Word

MAX_LISTED_JOBS = 256
"""Most jobs in one list: more are never kept for a session."""
MAX_TIME_CHARACTERS = 40
"""Longest point in time, in characters of ISO 8601 in UTC."""


class JobKind(Word):
    """What a job does."""

    INSERT = "insert"
    TEACH = "teach"


class JobState(Word):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing follows it."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Order(Word):
    """What an artist may tell a job."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    """Only teaching: end with what was learned so far, and keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChanged(Message):
    """The job's state is another.

    Attributes:
        state: the state it now has.
        ahead: jobs that run before it, when it is queued; `JobInfo` says how many there are later.
        error: why it failed; with `JobState.FAILED` and only then.
    """

    state: JobState
    ahead: Annotated[int, Whole(0)] | None = None
    error: ErrorReport | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        _check_failure(self.state, self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewReady(Message):
    """A variant can be looked at: fetch its `PreviewPicture`.

    Attributes:
        stage: the stage that it was seen in.
        step: the step of that stage, from 1.
        variant: which variant.
        box: its place on the canvas; the preview is scaled into it.
        size: the preview's own size in pixels.
    """

    stage: Stage
    step: Annotated[int, Whole(1)]
    variant: Variant
    box: Box
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReady(Message):
    """A variant is finished: fetch its `ResultPicture`.

    Attributes:
        variant: which variant.
        seed: the seed that gives it again.
        box: its place on the canvas, and with it its size.
        replaced: what the edit replaced in the subject.
    """

    variant: Variant
    seed: Annotated[int, Whole(0, MAX_SEED)]
    box: Box
    replaced: tuple[Replacement, ...] = ()

    @classmethod
    def of(cls, result: Result, window: Box) -> "ResultReady":
        """The announcement of a result that was computed in a window of the canvas."""
        box = result.box.translate(window.x, window.y)
        return cls(variant=result.variant, seed=result.seed, box=box, replaced=result.replaced)


@dataclass(frozen=True, slots=True)
class SampleReady(Message):
    """A teaching painted a sample: fetch its `SamplePicture`.

    Attributes:
        step: how many steps were done, from 1.
        size: of the sample, in pixels.
    """

    step: Annotated[int, Whole(1)]
    size: Size


Happening: TypeAlias = (
    JobChanged | Progress | PreviewReady | ResultReady | TeachProgress | SampleReady | Taught
)
"""Everything that a job reports over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo(Message):
    """A job as it stands.

    Attributes:
        job: its id, random.
        key: the key of the request that asked for it.
        kind: what it does.
        subject: the subject that it paints or teaches.
        created: when it was asked for, ISO 8601 in UTC.
        state: where it stands.
        ahead: jobs that run before it, while it is queued.
        error: why it failed.
        results: its finished variants.
        last: the number of its latest event; 0 before the first.
    """

    job: Annotated[str, Id()]
    key: Annotated[str, Id()]
    kind: JobKind
    subject: Annotated[str, Id()] | None = None
    created: Annotated[str, Line(MAX_TIME_CHARACTERS)]
    state: JobState
    ahead: Annotated[int, Whole(0)] | None = None
    error: ErrorReport | None = None
    results: Annotated[tuple[ResultReady, ...], Most(MAX_VARIANTS)] = ()
    last: Annotated[int, Whole(0, MAX_SEQUENCE)]

    def __post_init__(self) -> None:
        check_fields(self)
        _check_failure(self.state, self.error)


@dataclass(frozen=True, slots=True)
class Jobs(Message):
    """The session's jobs, oldest first."""

    jobs: Annotated[tuple[JobInfo, ...], Most(MAX_LISTED_JOBS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(InsertWish, Asks[JobInfo]):
    """Begin an insert: `InsertRequest`, whose pictures were uploaded before. Its events follow by themselves.

    Attributes:
        key: chosen at random by the client. The same key again, after a lost connection, begins no second
            job: the first one is the answer.
        scene: number of the upload of the scene's window, RGBA8 pixels of the window's size.
        mask: number of the upload of the mask, GRAY8 pixels of that size.
        window: where on the canvas they lie; boxes of previews and results are on the canvas, too.
        model: the base model that paints; None is the server's usual one.
    """

    key: Annotated[str, Id()]
    scene: Number
    mask: Number
    window: Box
    model: Annotated[str, Id()] | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        InsertWish.__post_init__(self)
        if self.subject is not None:
            Id().check("insert.subject", self.subject.subject)

    @classmethod
    def of(cls, request: InsertRequest, *, key: str, scene: int, mask: int, window: Box) -> "Insert":
        """Ask for a request whose pictures were uploaded under these numbers; the opposite of `request`."""
        wish: dict[str, Any] = {each.name: getattr(request, each.name) for each in fields(InsertWish)}
        return cls(key=key, scene=scene, mask=mask, window=window, **wish)

    @property
    def uploads(self) -> tuple[int, ...]:
        return (self.scene, self.mask)

    def request(self, scene: Picture, mask: Picture) -> InsertRequest:
        """The request to compute. Raises InvalidRequest for pictures that do not fit it or each other."""
        if scene.size != self.window.size:
            raise InvalidPicture(
                f"The scene has {scene.size.width} x {scene.size.height} pixels",
                f"its window has {self.window.width} x {self.window.height}",
                "Send the window's pixels",
            )
        return InsertRequest(
            scene=scene,
            mask=mask,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            subject=self.subject,
            seed=self.seed,
            variants=self.variants,
            settings=self.settings,
            loras=self.loras,
        )


@dataclass(frozen=True, slots=True)
class Teach(Asks[JobInfo]):
    """Begin to teach a subject of the library. Its events follow by themselves.

    Attributes:
        key: as in `Insert`.
        request: whom, and how.
    """

    key: Annotated[str, Id()]
    request: TeachRequest

    def __post_init__(self) -> None:
        check_fields(self)
        Id().check("teach.subject", self.request.subject)


@dataclass(frozen=True, slots=True)
class ControlJob(Asks[JobInfo]):
    """Tell a job something. What it has passed changes nothing; only teaching is paused or finished."""

    job: Annotated[str, Id()]
    order: Order


@dataclass(frozen=True, slots=True)
class ListJobs(Asks[Jobs]):
    """Which jobs the session has: all that wait, run, or have not been acknowledged."""


@dataclass(frozen=True, slots=True)
class FollowJob(Asks[JobInfo]):
    """After a lost connection: send the job's events after number `after`, and all that come."""

    job: Annotated[str, Id()]
    after: Annotated[int, Whole(0, MAX_SEQUENCE)] = 0


@dataclass(frozen=True, slots=True)
class AcknowledgeJob(Asks[Done]):
    """A job that has ended is not needed any more: its results and its record may go."""

    job: Annotated[str, Id()]


def _check_failure(state: JobState, error: ErrorReport | None) -> None:
    if (state is JobState.FAILED) != (error is not None):
        raise InvalidMessage(
            f"A job is {state} with {'an' if error else 'no'} error",
            "an error is what makes it fail, and nothing else does",
            "Report this as a defect",
        )
