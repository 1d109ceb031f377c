"""The log of a job's events: numbered, replayable, and no larger than it must be."""

import pytest

from dreammix.protocol import Box, Progress, Size, Stage, Taught, TeachProgress, TeachStage
from dreammix.protocol.jobs import Happening, JobChanged, JobState, PreviewReady, ResultReady, SampleReady
from dreammix_backend.jobs import EventLog, LastingEvent, Numbered
from dreammix_backend.jobs.events import MAX_LOSSES_TOLD

BOX = Box(0, 0, 4, 3)
QUEUED = JobChanged(state=JobState.QUEUED)
END = JobChanged(state=JobState.SUCCEEDED)
RESULT = ResultReady(variant=0, seed=0, box=BOX)


def preview(step: int, variant: int = 0) -> PreviewReady:
    """What a variant looks like after a step."""
    return PreviewReady(stage=Stage.LOCAL, step=step, variant=variant, box=BOX, size=Size(4, 3))


def log_of(*events: Happening) -> EventLog:
    """A log that was told these, from number 1."""
    log = EventLog()
    for event in events:
        log.add(Numbered(log.take_number(), event))
    return log


def told(log: EventLog, since: int = 0) -> list[tuple[int, Happening]]:
    """What it tells, with its numbers."""
    return [(numbered.number, numbered.event) for numbered in log.since(since)]


def test_events_are_told_again_from_a_number() -> None:
    """After a lost connection a client gets what it missed, and nothing that it has."""
    log = log_of(QUEUED, RESULT, END)
    assert told(log, 1) == [(2, RESULT), (3, END)]
    assert told(log, 3) == []
    assert log.last == 3
    assert EventLog().last == 0


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ((preview(1), preview(2), preview(3)), [3]),
        ((preview(1, 0), preview(1, 1), preview(2, 0)), [2, 3]),
        ((Progress(Stage.LOCAL, 1, 9, None), Progress(Stage.LOCAL, 2, 9, None)), [2]),
        ((SampleReady(5, Size(4, 3)), SampleReady(9, Size(4, 3))), [2]),
        ((QUEUED, QUEUED), [1, 2]),
        ((preview(1), QUEUED, preview(2)), [2, 3]),
    ],
)
def test_only_the_newest_of_what_is_outdated_is_kept(events: tuple[Happening, ...], kept: list[int]) -> None:
    """Previews, samples and progress give way to newer ones of their variant; states never do."""
    assert [number for number, _ in told(log_of(*events))] == kept


def test_a_loss_curve_is_thinned_out() -> None:
    """Of a lesson of any length a bounded number of points is told again, and its last step always."""
    steps = 50 * MAX_LOSSES_TOLD
    log = log_of(
        *(
            TeachProgress(stage=TeachStage.TEACHING, step=step, steps=steps, loss=1.0)
            for step in range(1, steps + 1)
        )
    )
    assert len(told(log)) == MAX_LOSSES_TOLD
    assert told(log)[-1][0] == steps


def test_a_log_goes_on_after_a_restart() -> None:
    """What lasts is told with its old numbers, what is new has numbers that nobody has seen."""
    lasting = (LastingEvent(7, RESULT), LastingEvent(8, END))
    log = EventLog(1000, lasting)
    assert told(log) == [(7, RESULT), (8, END)]
    assert log.take_number() == 1000


@pytest.mark.parametrize("event", [RESULT, END, Taught(subject="cat", version=1, loss=0.1)])
def test_what_a_job_has_made_lasts(event: JobChanged | ResultReady | Taught) -> None:
    """Results, lessons and ends can be written down."""
    assert LastingEvent(1, event).event is event
