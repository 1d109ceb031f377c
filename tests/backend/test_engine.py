"""The engine with real worker processes: a job's usual life, whose it is (row 16), orders, and models."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dreammix.protocol import (
    Box,
    InvalidRequest,
    JobNotFound,
    Progress,
    QueueFull,
    Taught,
    TeachProgress,
)
from dreammix.protocol.jobs import PreviewReady, ResultReady, SampleReady
from dreammix_backend.engine import Engine
from dreammix_backend.store import LOG
from tests.backend.artists import (
    CANCELLED,
    FAILED,
    PAUSED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Artist,
    is_progress,
    watched,
    worker_pid,
)
from tests.small_tools import SIZE, lesson, painted, request

# --- a usual life ---


def test_an_insert_is_told_from_queue_to_result(play: Callable[..., None]) -> None:
    """Queued, running, steps with previews, results, and one end as the last; the layers can be fetched."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.done(request(variants=2, seed=7))
        told = ann.events(job)
        assert ann.states(job) == [QUEUED, RUNNING, SUCCEEDED]
        assert [event.step for event in told if isinstance(event, Progress)] == [1, 2, 3]
        assert [type(event) for event in told[-3:-1]] == [ResultReady, ResultReady]
        assert [await engine.result("ann", job, variant) for variant in (0, 1)] == [painted(7), painted(8)]
        assert [numbered.number for _, numbered in ann.told] == list(range(1, len(told) + 1))

    play(scene)


def test_places_are_on_the_canvas(play: Callable[..., None]) -> None:
    """A scene that is a window of the canvas gives previews and results where the window lies."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await engine.submit("ann", request(), key="k", window=Box(100, 50, SIZE.width, SIZE.height))
        await ann.end(job)
        places = {event.box for event in ann.events(job) if isinstance(event, (PreviewReady, ResultReady))}
        assert places == {Box(100, 50, SIZE.width, SIZE.height)}

    play(scene)


def test_a_preview_can_be_fetched_while_its_job_runs(play: Callable[..., None]) -> None:
    """The newest of each variant; none when the job has ended, and its result is better."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(request("long", seed=3))
        await ann.until(job, lambda event: isinstance(event, PreviewReady))
        assert engine.preview("ann", job, 0) == painted(3)
        with pytest.raises(InvalidRequest):
            engine.preview("ann", job, 1)
        await engine.cancel("ann", job)
        await ann.end(job)
        with pytest.raises(InvalidRequest):
            engine.preview("ann", job, 0)

    play(scene)


def test_one_process_does_job_after_job(play: Callable[..., None]) -> None:
    """The worker and its model stay warm; another model takes the place of the first."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        await ann.done(request())
        first = engine.workers()
        await ann.done(request())
        assert engine.workers() == first
        await ann.end(await ann.ask(request(), model="large"))
        assert [state.model for state in engine.workers()] == ["large"]
        assert worker_pid(engine) == first[0].pid

    play(scene)


def test_an_error_ends_its_job_alone(play: Callable[..., None]) -> None:
    """What is wrong reaches the artist in the error's own words; the next job runs in the same process."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        broken = await ann.end(await ann.ask(request("nan")))
        absent = await ann.end(await ann.ask(request(), model="absent"))
        assert broken.state is absent.state is FAILED
        assert broken.error is not None and broken.error.code == "numerical_failure"
        assert absent.error is not None and absent.error.remedy == "Choose another"
        pid = worker_pid(engine)
        await ann.done(request())
        assert worker_pid(engine) == pid

    play(scene)


def test_what_a_job_says_is_in_its_log(play: Callable[..., None], tmp_path: Path) -> None:
    """Prints of libraries and drivers reach the job's log, and never the pipe."""

    async def scene(engine: Engine) -> None:
        job = await Artist(engine).done(request("chatter"))
        log = (tmp_path / "jobs" / job / LOG).read_text(encoding="utf-8")
        assert "printed by a library" in log
        assert "written by a driver" in log

    play(scene)


# --- row 16: whose job ---


def test_another_owners_job_is_unknown(play: Callable[..., None]) -> None:
    """Row 16: to anybody but its owner a job does not exist, whatever is asked; nor are its events told."""

    async def scene(engine: Engine) -> None:
        ann, eve = Artist(engine), Artist(engine, "eve")
        job = await ann.done(request())
        asks = (
            lambda id_: engine.cancel("eve", id_),
            lambda id_: engine.hold("eve", id_),
            lambda id_: engine.resume("eve", id_),
            lambda id_: engine.acknowledge("eve", id_),
            lambda id_: engine.result("eve", id_, 0),
            lambda id_: asyncio.to_thread(engine.info, "eve", id_),
            lambda id_: asyncio.to_thread(engine.events, "eve", id_),
            lambda id_: asyncio.to_thread(engine.preview, "eve", id_, 0),
            lambda id_: asyncio.to_thread(engine.sample, "eve", id_, 1),
        )
        for ask in asks:
            errors = []
            for id_ in (job, "0" * 32):
                with pytest.raises(JobNotFound) as caught:
                    await ask(id_)
                errors.append(str(caught.value).replace(id_, "ID"))
            assert errors[0] == errors[1]
        assert engine.jobs("eve") == ()
        assert eve.told == []
        assert (await engine.result("ann", job, 0)) == painted(0)

    play(scene)


def test_ids_cannot_be_guessed(play: Callable[..., None]) -> None:
    """Row 16: 128 random bits each."""

    async def scene(engine: Engine) -> None:
        ids = {await engine.submit("ann", request(), key=f"k{i}") for i in range(5)}
        assert len(ids) == 5
        assert all(len(bytes.fromhex(id_)) == 16 for id_ in ids)

    play(scene)


def test_an_owner_has_so_many_jobs_and_no_more(play: Callable[..., None]) -> None:
    """Others are not affected; an acknowledged job makes room."""

    async def scene(engine: Engine) -> None:
        ann, bob = Artist(engine), Artist(engine, "bob")
        job = await ann.done(request())
        await ann.done(request())
        with pytest.raises(QueueFull):
            await ann.ask(request())
        await bob.done(request())
        await engine.acknowledge("ann", job)
        await ann.done(request())

    play(scene, max_jobs=2)


# --- cancelling, holding, making way ---


def test_cancel_stops_that_job_and_no_other(play: Callable[..., None]) -> None:
    """A running job stops at its next step in a worker that lives on; a waiting one never runs."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        running, waiting, other = [await ann.ask(request(prompt)) for prompt in ("long", "long", "")]
        await ann.until(running, is_progress)
        pid = worker_pid(engine)
        await engine.cancel("ann", waiting)
        await engine.cancel("ann", running)
        await engine.cancel("ann", running)
        assert (await ann.end(other)).state is SUCCEEDED
        assert ann.states(running) == [QUEUED, RUNNING, CANCELLED]
        assert ann.states(waiting) == [QUEUED, CANCELLED]
        assert worker_pid(engine) == pid
        await engine.cancel("ann", other)
        assert ann.states(other) == [QUEUED, RUNNING, SUCCEEDED]

    play(scene)


def test_a_worker_that_will_not_let_go_is_ended(play: Callable[..., None]) -> None:
    """A step that never returns does not keep a cancelled job, nor the jobs behind it."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        hung = await ann.ask(request("hang"))
        await ann.until(hung, is_progress)
        await engine.cancel("ann", hung)
        assert (await ann.end(hung)).state is CANCELLED
        await ann.done(request())

    play(scene, settings=watched(stopping_s=0.2))


def test_a_lesson_makes_way_for_an_insert_and_goes_on(play: Callable[..., None]) -> None:
    """Teaching pauses at a step, the insert runs in the same process, teaching goes on from there."""

    async def scene(engine: Engine) -> None:
        ann, bob = Artist(engine), Artist(engine, "bob")
        taught = await ann.ask(lesson(steps=100))
        await ann.until(taught, is_progress)
        pid = worker_pid(engine)
        await bob.done(request())
        end = await ann.end(taught)
        steps = [event.step for event in ann.events(taught) if isinstance(event, TeachProgress)]
        assert steps == list(range(1, 101))
        assert ann.states(taught) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]
        assert end.state is SUCCEEDED
        assert isinstance(ann.events(taught)[-2], Taught)
        assert worker_pid(engine) == pid

    play(scene)


def test_a_lesson_can_be_put_aside(play: Callable[..., None]) -> None:
    """Held, it leaves the worker to others and outlives a restart; resumed, it goes on where it stopped."""
    lessons: list[str] = []

    async def before(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(lesson(steps=100))
        await ann.until(job, is_progress)
        await engine.hold("ann", job)
        await ann.until(job, lambda event: getattr(event, "state", None) is PAUSED)
        await ann.done(request())
        lessons.append(job)

    async def after(engine: Engine) -> None:
        ann = Artist(engine)
        assert engine.info("ann", lessons[0]).state is PAUSED
        await engine.resume("ann", lessons[0])
        first = await ann.until(lessons[0], is_progress)
        assert isinstance(first, TeachProgress) and first.step > 1
        assert (await ann.end(lessons[0])).state is SUCCEEDED

    play(before, after)


def test_only_lessons_can_be_put_aside(play: Callable[..., None]) -> None:
    """An insert keeps nothing that it could go on from."""

    async def scene(engine: Engine) -> None:
        job = await engine.submit("ann", request("long"), key="k")
        with pytest.raises(InvalidRequest, match="Cancel it"):
            await engine.hold("ann", job)

    play(scene)


def test_a_lesson_can_be_finished_early(play: Callable[..., None]) -> None:
    """It ends with what it has learned, also where it was put aside before and the server was restarted."""
    held: list[str] = []

    async def before(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(lesson(steps=100_000))
        await ann.until(job, is_progress)
        await engine.finish("ann", job)
        assert (await ann.end(job)).state is SUCCEEDED
        assert any(isinstance(event, Taught) for event in ann.events(job))
        await engine.finish("ann", job)  # Late, it changes nothing.
        held.append(await ann.ask(lesson(steps=100_000)))
        await ann.until(held[0], is_progress)
        await engine.hold("ann", held[0])
        await ann.until(held[0], lambda event: getattr(event, "state", None) is PAUSED)

    async def after(engine: Engine) -> None:
        ann = Artist(engine)
        await engine.finish("ann", held[0])
        assert (await ann.end(held[0])).state is SUCCEEDED

    play(before, after)


def test_an_insert_is_not_finished_early(play: Callable[..., None]) -> None:
    """Half a picture is none."""

    async def scene(engine: Engine) -> None:
        job = await engine.submit("ann", request("long"), key="k")
        with pytest.raises(InvalidRequest, match="ended early"):
            await engine.finish("ann", job)

    play(scene)


def test_the_newest_sample_of_a_lesson_can_be_fetched(play: Callable[..., None]) -> None:
    """Older ones are gone."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(lesson())
        await ann.until(job, lambda event: isinstance(event, SampleReady) and event.step >= 2)
        newest = max(event.step for event in ann.events(job) if isinstance(event, SampleReady))
        assert engine.sample("ann", job, newest) == painted(newest)
        with pytest.raises(InvalidRequest):
            engine.sample("ann", job, 1)

    play(scene)


def test_the_last_sample_outlasts_its_lesson(play: Callable[..., None]) -> None:
    """It comes at the very end: who is told of it can hardly ask before the lesson is over."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        job = await ann.ask(lesson())
        await ann.end(job)
        last = max(event.step for event in ann.events(job) if isinstance(event, SampleReady))
        assert engine.sample("ann", job, last) == painted(last)

    play(scene)


def test_owners_share_a_worker_in_turn(play: Callable[..., None]) -> None:
    """Who asks for one picture waits for one of another's many, not for all."""

    async def scene(engine: Engine) -> None:
        ann, bob = Artist(engine), Artist(engine, "bob")
        first, *others = [await ann.ask(request("long" if i == 0 else "")) for i in range(4)]
        single = await bob.ask(request())
        assert engine.info("bob", single).ahead == 1
        await engine.cancel("ann", first)
        await bob.end(single)
        assert len([job for job in others if ann.states(job)[-1] is SUCCEEDED]) <= 1
        for job in others:
            await ann.end(job)

    play(scene)
