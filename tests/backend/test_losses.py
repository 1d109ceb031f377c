"""What goes wrong in real worker processes: memory, crashes and hangs (rows 19, 20 of the threat model)."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dreammix_backend.engine import Engine
from tests.backend.artists import (
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Artist,
    is_end,
    is_progress,
    watched,
    worker_pid,
)
from tests.small_tools import STEPS, painted, request

# --- row 19: memory ---


def test_out_of_memory_is_met_once_with_less(play: Callable[..., None]) -> None:
    """Row 19: what does not fit at once is done one variant after the other, with the very same seeds."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.done(request("memory", variants=3, seed=5))
        assert [result.seed for result in engine.info("ann", job).results] == [5, 6, 7]
        assert [await engine.result("ann", job, variant) for variant in range(3)] == [
            painted(seed) for seed in (5, 6, 7)
        ]

    play(scene)


def test_one_picture_that_does_not_fit_is_painted_with_a_smaller_model(play: Callable[..., None]) -> None:
    """Row 19: in the same process, which stays that small: the next one fits at once."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.done(request("memory", seed=5))
        pid = worker_pid(engine)
        again = await ann.done(request("memory", seed=6))
        assert [await engine.result("ann", id_, 0) for id_ in (job, again)] == [painted(5), painted(6)]
        assert worker_pid(engine) == pid
        steps = [len([event for event in ann.events(id_) if is_progress(event)]) for id_ in (job, again)]
        assert steps == [STEPS + 1, STEPS]

    play(scene)


def test_out_of_memory_ends_with_its_remedy_and_the_next_job_passes(play: Callable[..., None]) -> None:
    """Row 19: the artist learns what to do, and the worker is as good as before."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        end = await ann.end(await ann.ask(request("no-memory", variants=2)))
        assert end.error is not None
        assert (end.error.code, "smaller" in end.error.remedy) == ("out_of_memory", True)
        pid = worker_pid(engine)
        await ann.done(request(variants=2))
        assert worker_pid(engine) == pid

    play(scene)


# --- row 20: workers that are lost ---


def test_a_lost_worker_costs_its_job_one_more_try(play: Callable[..., None], tmp_path: Path) -> None:
    """Row 20: the job is put back once, and done by another process."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.done(request(f"crash-once {tmp_path / 'crashed'}"))
        assert ann.states(job) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]

    play(scene)


@pytest.mark.parametrize("prompt", ["crash", "defect", "hang"])
def test_a_job_that_loses_every_worker_fails(play: Callable[..., None], prompt: str) -> None:
    """Row 20: killed, broken or hung twice, it ends once, with an error; the next job is done."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(request(prompt))
        end = await ann.end(job)
        assert end.error is not None and end.error.code == "worker_lost"
        await ann.done(request())
        assert ann.states(job) == [QUEUED, RUNNING, QUEUED, RUNNING, FAILED]

    play(scene, settings=watched(silence_s=3.0))


@pytest.mark.parametrize("phase", ["start", "step", "idle"])
def test_a_kill_in_any_phase_loses_no_job(play: Callable[..., None], phase: str) -> None:
    """Row 20: while the process starts, in a step, or between jobs; each job still has exactly one end."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(request("long" if phase == "step" else ""))
        if phase == "step":
            await ann.until(job, is_progress)
        elif phase == "idle":
            await ann.end(job)
        while engine.workers()[0].pid is None:
            await asyncio.sleep(0)
        os.kill(worker_pid(engine), signal.SIGKILL)
        if phase == "step":
            await ann.until(job, lambda _: ann.states(job).count(RUNNING) == 2)
            await engine.cancel("ann", job)
        await ann.end(job)
        await ann.done(request())
        assert len([event for event in ann.events(job) if is_end(event)]) == 1

    play(scene)


def test_tools_that_cannot_be_loaded_leave_no_job_waiting(play: Callable[..., None]) -> None:
    """A worker that never comes up fails the job."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        end = await ann.end(await ann.ask(request()))
        assert end.error is not None and end.error.code == "worker_lost"

    play(scene, settings=watched(tools="tests.small_tools:absent"))


def test_a_device_that_loses_every_worker_leaves_no_job_waiting(play: Callable[..., None]) -> None:
    """Row 20: each job costs it two processes and no more; when it is mended, jobs are done again."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        jobs = [await ann.ask(request("crash")) for _ in range(5)]
        for job in jobs:
            await ann.end(job)
        assert [ann.states(job).count(RUNNING) for job in jobs] == [2] * 5
        assert engine.workers()[0].losses == 10
        await ann.done(request())
        assert engine.workers()[0].losses == 0

    play(scene)
