"""What is asked for, and what is known of it: the two values that a job's folder holds."""

from dataclasses import dataclass, field, fields
from typing import Annotated, Any, TypeAlias

from dreammix.protocol import Box, InsertRequest, Picture, TeachRequest
from dreammix.protocol.jobs import JobKind
from dreammix.protocol.requests import InsertWish
from dreammix.protocol.rules import Id, Text, Whole
from dreammix.protocol.shapes import Message
from dreammix_backend.jobs.events import LastingEvent
from dreammix_backend.jobs.states import Status

MAX_NAME_CHARACTERS = 1000
"""Longest name of an owner, artist or model, in characters; a model's may be a folder."""

Wish: TypeAlias = InsertWish | TeachRequest
"""What a worker can be asked for, without its pictures."""
Request: TypeAlias = InsertRequest | TeachRequest
"""What a worker can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder(Message):
    """What a worker is to do; the pictures of an insert, scene and mask, stand beside it.

    Attributes:
        wish: what to do.
        model: the name or folder of the base model.
        artist: whose subjects it may use.
        window: where on the canvas the scene lies; what comes out is on the canvas, too.
    """

    wish: Wish
    model: Annotated[str, Text(MAX_NAME_CHARACTERS)]
    artist: Annotated[str, Text(MAX_NAME_CHARACTERS)]
    window: Box | None = None

    @property
    def kind(self) -> JobKind:
        """What the job does."""
        return JobKind.TEACH if isinstance(self.wish, TeachRequest) else JobKind.INSERT

    @property
    def subject(self) -> str | None:
        """The subject that it paints or teaches."""
        if isinstance(self.wish, TeachRequest):
            return self.wish.subject
        return None if self.wish.subject is None else self.wish.subject.subject

    def room(self, pictures: tuple[Picture, ...]) -> int:
        """How many bytes its results may take on disk."""
        if isinstance(self.wish, TeachRequest):
            return 0
        return self.wish.variants * max(len(picture.data) for picture in pictures)

    def request(self, pictures: tuple[Picture, ...]) -> Request:
        """The request to compute. Raises InvalidRequest, ValueError: these are not its pictures."""
        if isinstance(self.wish, TeachRequest):
            return self.wish
        scene, mask = pictures
        return InsertRequest(scene=scene, mask=mask, **_shallow(self.wish))


def split(request: Request) -> tuple[Wish, tuple[Picture, ...]]:
    """A request as what can be written in JSON, and its pictures."""
    if isinstance(request, TeachRequest):
        return request, ()
    names = {field.name for field in fields(InsertWish)}
    wish = InsertWish(**{name: value for name, value in _shallow(request).items() if name in names})
    return wish, (request.scene, request.mask)


def _shallow(value: InsertWish) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Message):
    """What is known of a job, as it is written down.

    Attributes:
        id: 32 hexadecimal digits, random.
        key: chosen by who asked for it; of one owner's jobs no two have the same.
        owner: who asked for it, and alone may know of it.
        kind: what it does.
        subject: the subject that it paints or teaches.
        created, ended: seconds since 1970; ended is None until it has.
        status: where it is in its life.
        losses: how many workers it has lost.
        reserved: numbers below this one may have been given to its events; a restart goes on from here.
        lasting: the events that outlive a restart: its results, and its end.
        size: bytes of its results on disk.
    """

    id: Annotated[str, Id()]
    key: Annotated[str, Id()]
    owner: Annotated[str, Text(MAX_NAME_CHARACTERS)]
    kind: JobKind
    subject: Annotated[str, Id()] | None = None
    created: float
    ended: float | None = None
    status: Status = Status.QUEUED
    losses: Annotated[int, Whole(0)] = 0
    reserved: Annotated[int, Whole(1)] = 1
    lasting: tuple[LastingEvent, ...] = field(default=())
    size: Annotated[int, Whole(0)] = 0
