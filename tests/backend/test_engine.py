"""The engine with real worker processes, and rows 16, 19, 20 and 22 of the threat model."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dreammix.protocol import (
    Box,
    InvalidRequest,
    JobNotFound,
    OutputFailure,
    Progress,
    QueueFull,
    Taught,
    TeachProgress,
)
from dreammix.protocol.jobs import JobState, PreviewReady, ResultReady, SampleReady
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.store import LOG
from dreammix_backend.workers import MAX_LOSSES_IN_A_ROW
from tests.backend.artists import Artist, is_end
from tests.small_tools import SIZE, WORKERS, lesson, painted, request

ROOT = Path(__file__).parents[2]
QUEUED, RUNNING, PAUSED = JobState.QUEUED, JobState.RUNNING, JobState.PAUSED
SUCCEEDED, FAILED, CANCELLED = JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED
Scene = Callable[[Engine], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _workers_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes can import the small tools."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Runs a scene with an engine; every further one with another engine on the same folder."""
    (tmp_path / "library").mkdir()
    usual = EngineSettings(workers=replace(WORKERS, library=tmp_path / "library"))

    def run(*scenes: Scene, settings: EngineSettings | None = None, **limits: Any) -> None:
        async def whole() -> None:
            for scene in scenes:
                async with Engine(
                    tmp_path / "jobs", replace(settings or usual, **limits), clock=lambda: 1000.0
                ) as engine:
                    await scene(engine)

        asyncio.run(whole())

    return run


def workers(**changes: Any) -> EngineSettings:
    """Settings whose workers are watched otherwise."""
    return EngineSettings(workers=replace(WORKERS, **changes))


def is_progress(event: object) -> bool:
    """Whether a step is done."""
    return isinstance(event, (Progress, TeachProgress))


def worker_pid(engine: Engine) -> int:
    """The process of the engine's only worker."""
    (state,) = engine.workers()
    assert state.pid is not None
    return state.pid


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

    play(scene, settings=workers(stopping_s=0.2))


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

    play(scene, settings=workers(silence_s=3.0))


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


def test_a_device_that_loses_every_worker_fails_its_jobs_at_once(play: Callable[..., None]) -> None:
    """Row 20: from the cap on no job is tried twice there; when it is mended, jobs are done again."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        tries = []
        while engine.workers()[0].losses < MAX_LOSSES_IN_A_ROW + 2:
            job = await ann.ask(request("crash"))
            await ann.end(job)
            tries.append(ann.states(job).count(RUNNING))
        assert tries == [2] * (MAX_LOSSES_IN_A_ROW // 2) + [1, 1]
        await ann.done(request())
        assert engine.workers()[0].losses == 0

    play(scene)


def test_tools_that_cannot_be_loaded_leave_no_job_waiting(play: Callable[..., None]) -> None:
    """A worker that never comes up fails the job."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        end = await ann.end(await ann.ask(request()))
        assert end.error is not None and end.error.code == "worker_lost"

    play(scene, settings=workers(tools="tests.small_tools:absent"))


# --- row 22: what is kept ---


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

    play(fill, size, max_kept_bytes=400)
    play(age, max_age_s=-1.0)


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
