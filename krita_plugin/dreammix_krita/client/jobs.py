"""What the client remembers of a job, so that a lost connection loses nothing and asks nothing twice."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dreammix.protocol import Box, DreamMixError, Picture, TeachRequest
from dreammix.protocol.asking import Asks
from dreammix.protocol.jobs import Happening, Insert, JobChanged, JobInfo, Order, Teach
from dreammix.protocol.requests import InsertWish


class Listener(Protocol):
    """Follows a job. After `failed`, or a `happened` with a final state, nothing more is said of it."""

    def began(self, info: JobInfo) -> None:
        """The backend knows the job; said again after each lost connection."""

    def happened(self, event: Happening) -> None:
        """Something happened to it; each event once, in order."""

    def failed(self, error: DreamMixError) -> None:
        """It did not begin, or the backend does not know it any more."""


@dataclass(frozen=True, slots=True)
class Painting:
    """An insert that is asked for: what `Insert` says, with the pictures themselves.

    Attributes:
        wish: what to paint, and how.
        scene: the window's pixels, RGBA8.
        mask: where to paint, GRAY8, of the same size.
        window: where on the canvas they lie.
        model: the base model; None is the one that is loaded.
    """

    wish: InsertWish
    scene: Picture
    mask: Picture
    window: Box
    model: str | None = None

    def request(self, key: str, uploads: tuple[int, ...]) -> Asks[JobInfo]:
        """The request, once its pictures have these numbers."""
        scene, mask = uploads
        wish = self.wish
        return Insert(
            key=key,
            scene=scene,
            mask=mask,
            window=self.window,
            model=self.model,
            prompt=wish.prompt,
            negative_prompt=wish.negative_prompt,
            subject=wish.subject,
            seed=wish.seed,
            variants=wish.variants,
            settings=wish.settings,
        )

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """What is uploaded first."""
        return self.scene, self.mask


@dataclass(frozen=True, slots=True)
class Lesson:
    """A teaching that is asked for."""

    wish: TeachRequest

    def request(self, key: str, uploads: tuple[int, ...]) -> Asks[JobInfo]:
        """The request."""
        return Teach(key, self.wish)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Nothing: the subject's pictures are in the library."""
        return ()


Work: TypeAlias = Painting | Lesson
"""Everything that a job can be asked to do."""


class Watch:
    """One job, from the click to its end.

    Attributes:
        key: says on the wire that two requests mean the same job.
        work: what was asked for; None for a job of an earlier start of the plugin.
        listener: whom everything is told.
        job: the backend's id for it, once there is one.
        last: the number of the last event that was told.
        order: what the artist told it and the backend has not heard yet.
        over: whether nothing more will be told.
    """

    def __init__(self, key: str, work: Work | None, listener: Listener) -> None:
        self.key = key
        self.work = work
        self.listener = listener
        self.job: str | None = None
        self.last = 0
        self.order: Order | None = None
        self.over = False

    def begin(self, info: JobInfo) -> None:
        """The backend knows it."""
        self.job = info.job
        if not self.over:
            self.listener.began(info)

    def hear(self, sequence: int, event: Happening) -> None:
        """Tell an event, unless it was told before."""
        if self.over or sequence <= self.last:
            return
        self.last = sequence
        self.over = isinstance(event, JobChanged) and event.state.final
        self.listener.happened(event)

    def fail(self, error: DreamMixError) -> None:
        """Tell that there will be nothing more."""
        if not self.over:
            self.over = True
            self.listener.failed(error)
