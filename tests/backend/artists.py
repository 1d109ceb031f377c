"""Who uses an engine in the tests: an artist who asks for jobs and remembers what was told."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from dreammix.protocol import Progress, TeachProgress
from dreammix.protocol.jobs import Happening, JobChanged, JobState
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.jobs import Numbered, Request
from tests.small_tools import WORKERS

QUEUED, RUNNING, PAUSED = JobState.QUEUED, JobState.RUNNING, JobState.PAUSED
SUCCEEDED, FAILED, CANCELLED = JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED
PATIENCE_S = 300.0
"""How long a test waits for what must happen, in seconds, before it says that it did not."""


class Artist:
    """An owner of jobs.

    Attributes:
        name: as the engine knows them.
        told: what was told, in order, as (job, event with its number).
    """

    def __init__(self, engine: Engine, name: str = "ann") -> None:
        self.name = name
        self.told: list[tuple[str, Numbered]] = []
        self._engine = engine
        self._keys = count()
        self._news = asyncio.Event()
        engine.subscribe(name, self._hear)

    async def ask(self, request: Request, *, key: str | None = None, model: str = "sandbox") -> str:
        """Have a job begun."""
        key = key or f"{self.name}{next(self._keys)}"
        return await self._engine.submit(self.name, request, key=key, model=model)

    async def until(self, job: str, which: Callable[[Happening], bool]) -> Happening:
        """Wait until a job was told to have come to an event."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events(job):
                    if which(event):
                        return event
                self._news.clear()
                await self._news.wait()

    async def end(self, job: str) -> JobChanged:
        """Wait for a job's end."""
        event = await self.until(job, is_end)
        assert isinstance(event, JobChanged)
        return event

    async def done(self, request: Request) -> str:
        """Have a job done that succeeds."""
        job = await self.ask(request)
        assert (await self.end(job)).state is JobState.SUCCEEDED
        return job

    def events(self, job: str) -> list[Happening]:
        """What was told of a job."""
        return [numbered.event for about, numbered in self.told if about == job]

    def states(self, job: str) -> list[JobState]:
        """The states that a job was told to be in."""
        return [event.state for event in self.events(job) if isinstance(event, JobChanged)]

    def _hear(self, job: str, numbered: Numbered) -> None:
        self.told.append((job, numbered))
        self._news.set()


def is_end(event: Happening) -> bool:
    """Whether it is the last of its job."""
    return isinstance(event, JobChanged) and event.state.final


def is_progress(event: object) -> bool:
    """Whether a step is done."""
    return isinstance(event, (Progress, TeachProgress))


def watched(**changes: Any) -> EngineSettings:
    """Settings of an engine whose workers are watched otherwise."""
    return EngineSettings(workers=replace(WORKERS, **changes))


def worker_pid(engine: Engine) -> int:
    """The process of the engine's only worker."""
    (state,) = engine.workers()
    assert state.pid is not None
    return state.pid
