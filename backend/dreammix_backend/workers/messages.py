"""What passes between the server and a worker process, packed, over the worker's standard streams.

The pixels of requests and results do not: they lie in the job's folder, which both can reach, so that the
server holds none of them while it waits. Previews come with the message that announces them.
"""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from dreammix.protocol import Profile, Progress, Taught, TeachProgress
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import PreviewReady, ResultReady, SampleReady
from dreammix.protocol.rules import Id, Whole
from dreammix.protocol.shapes import Message


@dataclass(frozen=True, slots=True)
class Perform(Message):
    """Do the job whose order lies in `folder`.

    Attributes:
        job: its id.
        folder: see above.
        profile: how its model is to lie in the device's memory; None: as fits.
    """

    job: Annotated[str, Id()]
    folder: str
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Load(Message):
    """Hold the model in memory, in the place of any other, in a profile or, in None, as fits."""

    model: str
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """Let go of the job at its next step: nobody wants it any more."""

    job: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class Pause(Message):
    """Put the job aside at its next step, so that it can be gone on with, if it is one that can."""

    job: Annotated[str, Id()]


ToWorker: TypeAlias = Perform | Load | Stop | Pause
"""What the server says."""


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The worker waits for what is to be done."""


@dataclass(frozen=True, slots=True)
class Loaded(Message):
    """The model that was asked for is in memory; it stays there for the next job.

    Attributes:
        model: its name or folder.
        device: where it computes, as torch names it.
    """

    model: str
    device: str


@dataclass(frozen=True, slots=True)
class Measured(Message):
    """How a model lies in the device's memory, and what that has left, in bytes; None: it cannot be told."""

    profile: Profile
    free_bytes: Annotated[int, Whole(0)] | None


Report: TypeAlias = Progress | PreviewReady | TeachProgress | SampleReady
"""How far a job has come."""


@dataclass(frozen=True, slots=True)
class Reported(Message):
    """The job in hand has come further; with the picture of a preview or a sample."""

    event: Report


@dataclass(frozen=True, slots=True)
class Finished(Message):
    """It is done: a job's results lie in its folder, or what was learned in the library."""

    results: tuple[ResultReady | Taught, ...]


@dataclass(frozen=True, slots=True)
class Broke(Message):
    """The job or the load met an error; the worker is sound."""

    error: ErrorReport


@dataclass(frozen=True, slots=True)
class Stopped(Message):
    """The job was stopped, as was asked for."""


@dataclass(frozen=True, slots=True)
class Paused(Message):
    """The job was put aside, as was asked for."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker has crashed or hung: said by the server's own side of the pipe."""

    why: str


Outcome: TypeAlias = Finished | Broke | Stopped | Paused | Lost
"""How an attempt at a job ends."""

FromWorker: TypeAlias = Ready | Loaded | Measured | Reported | Finished | Broke | Stopped | Paused
"""What the worker says."""
