"""What is told of a job, numbered from 1, and the log that tells it again."""

from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from dreammix.protocol import Progress, Taught, TeachProgress
from dreammix.protocol.jobs import Happening, JobChanged, PreviewReady, ResultReady, SampleReady
from dreammix.protocol.rules import Whole
from dreammix.protocol.shapes import Message

MAX_LOSSES_TOLD: Final = 200
"""How many points of a lesson's loss curve are told again; between them steps are left out."""

Lasting: TypeAlias = JobChanged | ResultReady | Taught
"""Events that outlive a restart of the server: what the job has made, and how it ended."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event of one job and its number: they grow, with gaps."""

    number: int
    event: Happening


@dataclass(frozen=True, slots=True)
class LastingEvent(Message):
    """A `Numbered` that is written down."""

    number: Annotated[int, Whole(1)]
    event: Lasting


class EventLog:
    """The events of one job that can still be told; of previews and progress only the newest.

    A lesson's progress draws its loss curve, so of that `MAX_LOSSES_TOLD` points a stage stay.

    Args:
        first: the number of the next event, at least 1.
        told: events of an earlier life, by growing number.
    """

    def __init__(self, first: int = 1, told: tuple[LastingEvent, ...] = ()) -> None:
        self.next_number = first
        self._told = {lasting.number: Numbered(lasting.number, lasting.event) for lasting in told}
        self._newest: dict[tuple[str, int], int] = {}

    @property
    def last(self) -> int:
        """The number of the latest event; 0 before the first."""
        return max(self._told, default=0)

    def take_number(self) -> int:
        """A number for the next event; it is told with `add`."""
        self.next_number += 1
        return self.next_number - 1

    def add(self, numbered: Numbered) -> None:
        """Tell it from now on; it takes the place of the one that it outdates."""
        place = _place(numbered.event)
        if place is not None:
            self._told.pop(self._newest.get(place, 0), None)
            self._newest[place] = numbered.number
        self._told[numbered.number] = numbered

    def since(self, number: int) -> tuple[Numbered, ...]:
        """What came after `number`, in order."""
        return tuple(numbered for numbered in self._told.values() if numbered.number > number)


def _place(event: Happening) -> tuple[str, int] | None:
    """Events of one place outdate each other."""
    match event:
        case Progress():
            return ("progress", 0)
        case PreviewReady():
            return ("preview", event.variant)
        case TeachProgress():
            return (event.stage, (event.step - 1) * MAX_LOSSES_TOLD // event.steps)
        case SampleReady():
            return ("sample", 0)
        case _:
            return None
