"""The table of a job's life: what follows is in it, what cannot come is not."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol.jobs import JobState
from dreammix_backend.jobs import ImpossibleSignal, Signal, Status, after
from dreammix_backend.jobs.states import ENDS, TRANSITIONS

ORDERS = (Signal.CANCEL, Signal.HOLD, Signal.RESUME, Signal.INTERRUPTED)
FROM_WORKERS = (
    Signal.PAUSED,
    Signal.LOST,
    Signal.LOST_AGAIN,
    Signal.STOPPED,
    Signal.FINISHED,
    Signal.BROKE,
)


@pytest.mark.parametrize(
    ("signals", "status"),
    [
        ((Signal.STARTED, Signal.FINISHED), Status.SUCCEEDED),
        ((Signal.STARTED, Signal.BROKE), Status.FAILED),
        ((Signal.STARTED, Signal.LOST), Status.QUEUED),
        ((Signal.STARTED, Signal.LOST, Signal.STARTED, Signal.LOST_AGAIN), Status.FAILED),
        ((Signal.CANCEL,), Status.CANCELLED),
        ((Signal.STARTED, Signal.CANCEL), Status.STOPPING),
        ((Signal.STARTED, Signal.CANCEL, Signal.FINISHED), Status.CANCELLED),
        ((Signal.STARTED, Signal.CANCEL, Signal.LOST), Status.CANCELLED),
        ((Signal.STARTED, Signal.PAUSED), Status.QUEUED),
        ((Signal.STARTED, Signal.HOLD, Signal.PAUSED), Status.HELD),
        ((Signal.STARTED, Signal.HOLD, Signal.RESUME, Signal.PAUSED), Status.QUEUED),
        ((Signal.HOLD, Signal.RESUME), Status.QUEUED),
        ((Signal.HOLD, Signal.CANCEL), Status.CANCELLED),
        ((Signal.STARTED, Signal.INTERRUPTED), Status.QUEUED),
        ((Signal.STARTED, Signal.CANCEL, Signal.INTERRUPTED), Status.CANCELLED),
        ((Signal.STARTED, Signal.HOLD, Signal.INTERRUPTED), Status.HELD),
    ],
)
def test_lives(signals: tuple[Signal, ...], status: Status) -> None:
    """What becomes of a job that meets these, one after the other."""
    now = Status.QUEUED
    for signal in signals:
        now = after(now, signal)
    assert now is status


@pytest.mark.parametrize(("end", "order"), list(product(ENDS, ORDERS)))
def test_an_end_is_an_end(end: Status, order: Signal) -> None:
    """Whatever is still asked for, or a restart, leaves an ended job as it is."""
    assert after(end, order) is end


@pytest.mark.parametrize(("end", "signal"), list(product(ENDS, (Signal.STARTED, *FROM_WORKERS))))
def test_no_job_runs_after_its_end(end: Status, signal: Signal) -> None:
    """A worker that speaks of an ended job is a defect, and shows as one."""
    with pytest.raises(ImpossibleSignal, match=end):
        after(end, signal)


@pytest.mark.parametrize("status", [status for status in Status if not status.ended])
def test_an_artist_can_always_order(status: Status) -> None:
    """No order and no restart can surprise a job that has not ended."""
    for order in ORDERS:
        after(status, order)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.HOLDING])
@pytest.mark.parametrize("signal", [signal for signal in FROM_WORKERS if signal is not Signal.STOPPED])
def test_a_worker_can_always_end_its_attempt(status: Status, signal: Signal) -> None:
    """However an attempt ends that nobody stopped, no worker has the job any more."""
    assert after(status, signal) not in (Status.RUNNING, Status.STOPPING, Status.HOLDING)


@given(st.lists(st.sampled_from(Signal), max_size=40))
def test_any_life_ends_once(signals: list[Signal]) -> None:
    """Among all signals that can come, at most one leads from a state into an end."""
    now, ends = Status.QUEUED, 0
    for signal in signals:
        if (now, signal) in TRANSITIONS:
            before, now = now, after(now, signal)
            ends += now.ended and not before.ended
    assert ends == now.ended


@pytest.mark.parametrize("status", Status)
def test_the_owner_knows_when_it_is_over(status: Status) -> None:
    """What the owner is told is final where the table says so, and what only the server knows is none."""
    assert status.state.final is status.ended
    assert {Status.STOPPING.state, Status.HOLDING.state} == {JobState.RUNNING}
