"""What an engine keeps over a lost connection, a restart, and the time (row 22 of the threat model)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dreammix.protocol import InvalidRequest, JobNotFound, OutputFailure, Progress
from dreammix.protocol.jobs import PreviewReady
from dreammix_backend.engine import Engine
from dreammix_backend.records import Keeping
from tests.backend.artists import CANCELLED, QUEUED, SUCCEEDED, Artist, is_progress
from tests.small_tools import painted, request


def test_the_same_key_begins_no_second_job(play: Callable[..., None]) -> None:
    """Row 22: who asks again after a lost connection gets the first job, also after a restart."""
    first: list[str] = []

    async def before(engine: Engine) -> None:
        ann = Artist(engine)
        twice = await asyncio.gather(*(ann.ask(request(), key="same") for _ in range(2)))
        assert len(set(twice)) == 1
        await ann.end(twice[0])
        first.append(twice[0])

    async def after(engine: Engine) -> None:
        assert await engine.submit("ann", request(), key="same") == first[0]
        assert await engine.submit("bob", request(), key="same") != first[0]

    play(before, after)


def test_results_are_kept_until_acknowledged(play: Callable[..., None], tmp_path: Path) -> None:
    """Row 22: after a restart a job's end and its layer are there; acknowledged, they are gone."""
    jobs: list[str] = []
    ends: list[Any] = []

    async def before(engine: Engine) -> None:
        ann = Artist(engine)
        jobs.append(await ann.done(request(seed=4)))
        ends.append(ann.told[-2:])

    async def after(engine: Engine) -> None:
        (job,) = jobs
        assert [(job, numbered) for numbered in engine.events("ann", job)] == ends[0]
        assert await engine.result("ann", job, 0) == painted(4)
        await engine.acknowledge("ann", job)
        with pytest.raises(JobNotFound):
            engine.info("ann", job)
        assert not list((tmp_path / "jobs").iterdir())

    play(before, after)


def test_a_restart_brings_back_the_queue(play: Callable[..., None]) -> None:
    """Row 22: what ran and what waited is done by the next engine, with numbers that nobody has seen."""
    jobs: list[str] = []
    numbers: list[int] = []

    async def before(engine: Engine) -> None:
        ann = Artist(engine)
        jobs.extend([await ann.ask(request("long")), await ann.ask(request())])
        await ann.until(jobs[0], is_progress)
        numbers.append(ann.told[-1][1].number)

    async def after(engine: Engine) -> None:
        ann = Artist(engine)
        assert [info.state for info in engine.jobs("ann")] == [QUEUED, QUEUED]
        assert all(numbered.number > numbers[0] for numbered in engine.events("ann", jobs[0]))
        await engine.cancel("ann", jobs[0])
        assert (await ann.end(jobs[0])).state is CANCELLED
        assert (await ann.end(jobs[1])).state is SUCCEEDED

    play(before, after)


def test_a_reconnected_client_misses_nothing(play: Callable[..., None]) -> None:
    """Row 22: wherever the connection is cut, all that followed is told, but for outdated previews."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.done(request(variants=2))
        whole = [numbered for _, numbered in ann.told]
        kept = engine.events("ann", job)
        for cut in range(len(whole) + 1):
            assert engine.events("ann", job, cut) == tuple(n for n in kept if n.number > cut)
        lost = [numbered.event for numbered in whole if numbered not in kept]
        assert all(isinstance(event, (Progress, PreviewReady)) for event in lost)

    play(scene)


def test_a_job_that_has_not_ended_cannot_be_acknowledged(play: Callable[..., None]) -> None:
    """Nor has it a result."""

    async def scene(engine: Engine) -> None:
        job = await engine.submit("ann", request("long"), key="k")
        with pytest.raises(InvalidRequest):
            await engine.acknowledge("ann", job)
        with pytest.raises(InvalidRequest):
            await engine.result("ann", job, 0)

    play(scene)


def test_what_nobody_fetches_is_forgotten(play: Callable[..., None]) -> None:
    """Results that are too large together go, the oldest first; and results that are too old."""

    jobs: list[str] = []

    async def fill(engine: Engine) -> None:
        ann = Artist(engine)
        jobs.extend([await ann.done(request()) for _ in range(3)])

    async def size(engine: Engine) -> None:
        assert [info.job for info in engine.jobs("ann")] == jobs[2:]

    async def age(engine: Engine) -> None:
        assert engine.jobs("ann") == ()

    play(fill, size, keeping=Keeping(max_bytes=400))
    play(age, keeping=Keeping(max_age_s=-1.0))


def test_a_listener_is_told_until_it_leaves(play: Callable[..., None]) -> None:
    """After that, nothing."""

    async def scene(engine: Engine) -> None:
        told: list[str] = []
        unsubscribe = engine.subscribe("ann", lambda job, _: told.append(job))
        unsubscribe()
        unsubscribe()
        await Artist(engine).done(request())
        assert told == []

    play(scene)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """Before anything begins."""
    (tmp_path / "file").touch()

    async def start() -> None:
        async with Engine(tmp_path / "file" / "jobs"):
            pass

    with pytest.raises(OutputFailure):
        asyncio.run(start())
