"""Models that are loaded before a job needs them, by real worker processes."""

import asyncio
from collections.abc import Callable

import psutil
import pytest

from dreammix.models.memory import AUTO
from dreammix.protocol import DreamMixError, Profile, WorkerLost
from dreammix_backend.engine import Engine
from tests.backend.artists import QUEUED, RUNNING, SUCCEEDED, Artist, is_progress, worker_pid
from tests.small_tools import CARD, lesson, request


def test_a_model_is_loaded_before_it_is_needed(play: Callable[..., None]) -> None:
    """A worker holds it then, and the first job with it finds it there."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        await engine.load("large")
        (before,) = engine.workers()
        assert (before.model, before.job) == ("large", None)
        await ann.end(await ann.ask(request(), model="large"))
        assert engine.workers() == (before,)

    play(scene)


def test_the_best_device_is_chosen_once_by_a_process(play: Callable[..., None]) -> None:
    """Where nobody names one, the process says which it is; the one that takes its place stays there."""

    async def scene(engine: Engine) -> None:
        assert [worker.device for worker in engine.workers()] == [AUTO]
        await engine.load("large")
        assert [worker.device for worker in engine.workers()] == [CARD]
        with pytest.raises(WorkerLost):
            await engine.load("fatal")
        await engine.load("large")
        process = psutil.Process(worker_pid(engine))
        assert process.cmdline()[process.cmdline().index("--device") + 1] == CARD

    play(scene, devices=(AUTO,))


def test_a_model_lies_as_was_chosen(play: Callable[..., None]) -> None:
    """Loaded or found by a job; who chooses anew has the next job load it anew."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        engine.profile = Profile.GROUP
        await engine.load("large")
        assert [worker.profile for worker in engine.workers()] == [Profile.GROUP]
        for chosen, lies in ((Profile.FP8, Profile.FP8), (None, Profile.FULL)):
            engine.profile = chosen
            await ann.end(await ann.ask(request(), model="large"))
            assert [worker.profile for worker in engine.workers()] == [lies]

    play(scene)


def test_a_lesson_makes_way_for_a_model(play: Callable[..., None]) -> None:
    """Who asks for a model does not wait for hours of teaching; the lesson goes on afterwards."""

    async def scene(engine: Engine) -> None:
        ann = Artist(engine)
        taught = await ann.ask(lesson(steps=100))
        await ann.until(taught, is_progress)
        await engine.load("large")
        assert (await ann.end(taught)).state is SUCCEEDED
        assert ann.states(taught) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]

    play(scene)


@pytest.mark.parametrize(
    ("model", "code"), [("absent", "model_not_found"), ("vast", "out_of_memory"), ("fatal", "worker_lost")]
)
def test_a_model_that_cannot_be_loaded_is_said(play: Callable[..., None], model: str, code: str) -> None:
    """Not there, too large (row 19), or the end of the process (row 20); the next job is done."""

    async def scene(engine: Engine) -> None:
        with pytest.raises(DreamMixError) as caught:
            await engine.load(model)
        assert caught.value.code == code
        await Artist(engine).done(request())

    play(scene)


def test_who_gives_up_waiting_for_a_model_stops_nobody(play: Callable[..., None]) -> None:
    """It is loaded all the same, and the worker goes on to the next job."""

    async def scene(engine: Engine) -> None:
        loading = asyncio.create_task(engine.load("large"))
        await asyncio.sleep(0)
        loading.cancel()
        await Artist(engine).done(request())
        assert len(engine.workers()) == 1

    play(scene)
