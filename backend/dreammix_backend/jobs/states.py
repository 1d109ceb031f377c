"""The life of a job: one table of transitions.

    queued ──started──► running ──finished──► succeeded
      ▲                 │ │ │ └───broke, lost_again──► failed
      ├─paused, lost────┘ │ └─cancel──► stopping ──(whatever comes)──► cancelled
      └─resume── held ◄─── holding ◄─hold

A job that is cancelled while it runs is stopping until its worker has let go of it, and then cancelled
whatever else its worker says: the artist's word is the last. One that the artist holds is holding until its
worker has put it aside. Nothing leads out of the three ends.
"""

from enum import Enum
from types import MappingProxyType
from typing import Final

from dreammix.protocol.jobs import JobState
from dreammix.protocol.words import Word


class Status(Word):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    HOLDING = "holding"
    HELD = "held"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def state(self) -> JobState:
        """What the job's owner is told of it."""
        return _STATES[self]

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the job."""
        return self in ENDS


class Signal(Enum):
    """What can happen to a job."""

    STARTED = "a worker has taken it"
    PAUSED = "its worker has put it aside"
    LOST = "its worker crashed or hung, for the first time"
    LOST_AGAIN = "its worker crashed or hung, and there is no further try"
    INTERRUPTED = "the server ended, and has started again"
    CANCEL = "the artist wants it no more"
    HOLD = "the artist wants it put aside"
    RESUME = "the artist wants it to go on"
    STOPPED = "its worker has stopped it"
    FINISHED = "its worker has done it"
    BROKE = "its worker has met an error"


ENDS: Final = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)
"""The states that nothing leads out of."""

_STATES: Final = MappingProxyType(
    {
        Status.QUEUED: JobState.QUEUED,
        Status.RUNNING: JobState.RUNNING,
        Status.STOPPING: JobState.RUNNING,
        Status.HOLDING: JobState.RUNNING,
        Status.HELD: JobState.PAUSED,
        Status.SUCCEEDED: JobState.SUCCEEDED,
        Status.FAILED: JobState.FAILED,
        Status.CANCELLED: JobState.CANCELLED,
    }
)

_ORDERS: Final = (Signal.CANCEL, Signal.HOLD, Signal.RESUME, Signal.INTERRUPTED)
_FROM_WORKERS: Final = (
    Signal.PAUSED,
    Signal.LOST,
    Signal.LOST_AGAIN,
    Signal.STOPPED,
    Signal.FINISHED,
    Signal.BROKE,
)

TRANSITIONS: Final = MappingProxyType(
    {
        (Status.QUEUED, Signal.STARTED): Status.RUNNING,
        (Status.QUEUED, Signal.CANCEL): Status.CANCELLED,
        (Status.QUEUED, Signal.HOLD): Status.HELD,
        (Status.QUEUED, Signal.RESUME): Status.QUEUED,
        (Status.QUEUED, Signal.INTERRUPTED): Status.QUEUED,
        (Status.RUNNING, Signal.PAUSED): Status.QUEUED,
        (Status.RUNNING, Signal.LOST): Status.QUEUED,
        (Status.RUNNING, Signal.LOST_AGAIN): Status.FAILED,
        (Status.RUNNING, Signal.INTERRUPTED): Status.QUEUED,
        (Status.RUNNING, Signal.CANCEL): Status.STOPPING,
        (Status.RUNNING, Signal.HOLD): Status.HOLDING,
        (Status.RUNNING, Signal.RESUME): Status.RUNNING,
        (Status.RUNNING, Signal.FINISHED): Status.SUCCEEDED,
        (Status.RUNNING, Signal.BROKE): Status.FAILED,
        # Once asked to put it aside its worker does so; a change of mind brings the job back into the queue.
        (Status.HOLDING, Signal.PAUSED): Status.HELD,
        (Status.HOLDING, Signal.LOST): Status.HELD,
        (Status.HOLDING, Signal.LOST_AGAIN): Status.FAILED,
        (Status.HOLDING, Signal.INTERRUPTED): Status.HELD,
        (Status.HOLDING, Signal.CANCEL): Status.STOPPING,
        (Status.HOLDING, Signal.HOLD): Status.HOLDING,
        (Status.HOLDING, Signal.RESUME): Status.RUNNING,
        (Status.HOLDING, Signal.FINISHED): Status.SUCCEEDED,
        (Status.HOLDING, Signal.BROKE): Status.FAILED,
        (Status.HELD, Signal.CANCEL): Status.CANCELLED,
        (Status.HELD, Signal.HOLD): Status.HELD,
        (Status.HELD, Signal.RESUME): Status.QUEUED,
        (Status.HELD, Signal.INTERRUPTED): Status.HELD,
        **{(Status.STOPPING, signal): Status.CANCELLED for signal in (*_FROM_WORKERS, Signal.INTERRUPTED)},
        **{
            (Status.STOPPING, signal): Status.STOPPING
            for signal in (Signal.CANCEL, Signal.HOLD, Signal.RESUME)
        },
        # Who is late changes nothing: an order crosses the end on its way, a restart finds what has ended.
        **{(end, order): end for end in ENDS for order in _ORDERS},
    }
)
"""Every signal that a job can meet in a state, and the state that follows."""


class ImpossibleSignal(Exception):
    """A signal that cannot come in that state: a defect of the server."""


def after(status: Status, signal: Signal) -> Status:
    """The state that follows. Raises ImpossibleSignal."""
    try:
        return TRANSITIONS[status, signal]
    except KeyError:
        raise ImpossibleSignal(f"a job that is {status} cannot hear: {signal.value}") from None
