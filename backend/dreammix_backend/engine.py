"""The engine: takes what is asked for, has workers do it in turn, tells what happens, keeps what comes out.

Everything runs in one event loop. Which job is where in its life is decided here; `records` keeps what is
known of it, and each of the `workers` does one thing at a time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from dreammix.models.memory import PROCESSOR
from dreammix.protocol import Box, InvalidRequest, Picture, Profile, QueueFull, Taught, WorkerLost
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobInfo, JobKind, JobState, ResultReady
from dreammix_backend.chores import Chores
from dreammix_backend.jobs import Numbered, Queue, Request, Signal, Status, after
from dreammix_backend.records import Entry, Keeping, Listener, Records
from dreammix_backend.store import LOG
from dreammix_backend.workers import (
    MAX_LOSSES,
    Broke,
    Finished,
    Lost,
    Outcome,
    Paused,
    Stopped,
    Worker,
    WorkerSettings,
    WorkerState,
)

MAX_JOBS: Final = 200
"""Most jobs of one owner: those that wait and run, and those whose results are not acknowledged yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What an engine works with.

    Attributes:
        devices: one worker each, as torch names them; `dreammix.models.memory.AUTO` is the best there is.
        workers: how they are started and watched.
        keeping: what becomes of ended jobs that nobody acknowledges.
        max_jobs: see `MAX_JOBS`.
    """

    devices: tuple[str, ...] = (PROCESSOR,)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    keeping: Keeping = field(default_factory=Keeping)
    max_jobs: int = MAX_JOBS


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many jobs of everybody wait, how many run, and how many lessons have not ended."""

    waiting: int
    running: int
    lessons: int


class Engine:
    """All jobs of all owners, and the workers that do them.

        async with Engine(folder) as engine:
            job = await engine.submit("artist", request, key=secrets.token_hex(16))

    A job is known to its owner alone: to anybody else it does not exist (`JobNotFound`).

    Args:
        folder: where queue and results are kept; this process alone works in it.
        settings: devices and limits.
        clock: seconds since 1970.

    Attributes:
        profile: how models are to lie in their device's memory from now on; None: as fits.
    """

    def __init__(
        self,
        folder: Path,
        settings: EngineSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.profile: Profile | None = None
        self._settings = settings or EngineSettings()
        self._chores = Chores()
        self._records = Records(folder, self._settings.keeping, clock, self._chores)
        self._arriving: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._queue = Queue()
        self._loads: deque[tuple[str, asyncio.Future[Outcome]]] = deque()
        self._bell = asyncio.Event()
        self._workers = tuple(Worker(device, self._settings.workers) for device in self._settings.devices)
        self._at_work: dict[Worker, Entry | None] = {}
        self._tenders: tuple[asyncio.Task[None], ...] = ()

    async def __aenter__(self) -> "Engine":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Bring back what an earlier engine left, and start to work. Raises OutputFailure."""
        for entry in await self._records.load():
            await self._signal(entry, Signal.INTERRUPTED)
        self._tenders = tuple(asyncio.create_task(self._tend(worker)) for worker in self._workers)

    async def close(self) -> None:
        """End the workers; jobs that wait or run are taken up again by the next engine on this folder."""
        for tender in self._tenders:
            tender.cancel()
        await asyncio.gather(*self._tenders, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        await self._chores.done()
        self._records.close()

    # --- what an owner may ask ---

    async def submit(
        self,
        owner: str,
        request: Request,
        *,
        key: str,
        model: str = "sandbox",
        artist: str = "default",
        window: Box | None = None,
    ) -> str:
        """Take in a job; when this returns its id, the job outlives a power cut.

        Args:
            owner: who asks.
            request: what to do.
            key: chosen by who asks: the same again begins no second job, its id is returned.
            model: the name or folder of the base model.
            artist: whose subjects it may use.
            window: where on the canvas the request's scene lies; None: it is the canvas.

        Raises:
            QueueFull: the owner has `max_jobs` already.
            StorageFull: there is no room for it or its results.
            OutputFailure: it cannot be written.
        """
        known = [entry.job.id for entry in self._records.of(owner) if entry.job.key == key]
        if known:
            return known[0]
        arriving = self._arriving.get((owner, key))
        if arriving is None:
            self._check_count(owner)
            arriving = self._chores.begin(self._take_in(owner, key, request, model, artist, window))
            self._arriving[owner, key] = arriving
            arriving.add_done_callback(lambda _: self._arriving.pop((owner, key)))
        return await asyncio.shield(arriving)

    async def cancel(self, owner: str, job: str) -> None:
        """Stop a job: at once where it waits, else at its next step. One that has ended stays as it is.

        Raises JobNotFound.
        """
        entry = self._records.find(owner, job)
        self._queue.remove(job)
        worker = self._worker_of(entry)
        if worker is not None and entry.job.status is not Status.STOPPING:
            worker.stop()
        await self._chores.whole(self._signal(entry, Signal.CANCEL))

    async def hold(self, owner: str, job: str) -> None:
        """Put a lesson aside until it is resumed, at its next step. One that has ended stays as it is.

        Raises JobNotFound; InvalidRequest: only lessons can be put aside.
        """
        entry = self._lesson(owner, job)
        self._queue.remove(job)
        worker = self._worker_of(entry)
        if worker is not None and entry.job.status is Status.RUNNING:
            worker.pause()
        await self._chores.whole(self._signal(entry, Signal.HOLD))

    async def resume(self, owner: str, job: str) -> None:
        """Let a job that was put aside go on. Any other stays as it is. Raises JobNotFound."""
        await self._chores.whole(self._signal(self._records.find(owner, job), Signal.RESUME))

    async def finish(self, owner: str, job: str) -> None:
        """Let a lesson end at its next step and keep what was learned; one that was put aside goes on to it.

        Raises JobNotFound; InvalidRequest: only lessons can be finished early; OutputFailure.
        """
        entry = self._lesson(owner, job)
        if not entry.job.status.ended:
            await self._chores.whole(self._records.mark_enough(entry))
        await self.resume(owner, job)

    def info(self, owner: str, job: str) -> JobInfo:
        """A job as it stands. Raises JobNotFound."""
        return self._records.find(owner, job).info(self._queue.ahead(job))

    def jobs(self, owner: str) -> tuple[JobInfo, ...]:
        """All jobs of an owner that are not acknowledged yet, oldest first."""
        return tuple(entry.info(self._queue.ahead(entry.job.id)) for entry in self._records.of(owner))

    def events(self, owner: str, job: str, since: int = 0) -> tuple[Numbered, ...]:
        """What has happened to a job after the event of that number. Raises JobNotFound."""
        return self._records.find(owner, job).log.since(since)

    def subscribe(self, owner: str, listener: Listener) -> Callable[[], None]:
        """Have a listener told every further event of the owner's jobs. Returns what ends that.

        The first events of a job are told before `submit` returns.
        """
        return self._records.subscribe(owner, listener)

    def preview(self, owner: str, job: str, variant: int) -> Picture:
        """A variant as it looks now, RGBA8. Raises JobNotFound; InvalidRequest: there is none."""
        return self._records.find(owner, job).preview(variant)

    def sample(self, owner: str, job: str, step: int) -> Picture:
        """What a lesson painted after `step` steps, RGBA8: the newest only.

        Raises JobNotFound; InvalidRequest: there is a newer one, or none.
        """
        return self._records.find(owner, job).sample(step)

    async def result(self, owner: str, job: str, variant: int) -> Picture:
        """The layer of a finished variant, RGBA8. Raises JobNotFound, InvalidRequest, OutputFailure."""
        return await self._records.result(self._records.find(owner, job), variant)

    async def acknowledge(self, owner: str, job: str) -> None:
        """Forget an ended job, and remove its results.

        Raises JobNotFound; InvalidRequest: it has not ended.
        """
        entry = self._records.find(owner, job)
        if not entry.job.status.ended:
            raise InvalidRequest(
                "The job has not ended", f"it is {entry.job.status}", "Cancel it first, or wait for it"
            )
        await self._chores.whole(self._records.forget(entry))

    async def load(self, model: str) -> None:
        """Have a worker hold a model in memory, as soon as one is free; a lesson makes way.

        Raises ModelNotFound, ModelDamaged, OutOfMemory, WorkerLost; InvalidRequest: the profile means nothing
            on its device.
        """
        loaded: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._loads.append((model, loaded))
        self._bell.set()
        self._make_way()
        match await loaded:
            case Broke(error):
                raise error.error()
            case Lost(why):
                raise WorkerLost(
                    f"The process that loaded the model {model} ended too early", why, "Choose a smaller one"
                )

    def counts(self) -> Counts:
        """What there is to do, of everybody."""
        open_ = [entry.job for entry in self._records if not entry.job.status.ended]
        return Counts(
            waiting=sum(self._queue.waiting(kind) for kind in JobKind),
            running=sum(entry is not None for entry in self._at_work.values()),
            lessons=sum(job.kind is JobKind.TEACH for job in open_),
        )

    def workers(self) -> tuple[WorkerState, ...]:
        """What can be seen of the workers now, one a device."""
        return tuple(worker.state for worker in self._workers)

    # --- one device's day ---

    async def _tend(self, worker: Worker) -> None:
        while True:
            if self._loads:
                model, loaded = self._loads.popleft()
                self._at_work[worker] = None
                outcome = await worker.load(model, self.profile)
                del self._at_work[worker]
                if not loaded.cancelled():
                    loaded.set_result(outcome)
            elif (job := self._queue.take()) is not None:
                entry = self._at_work[worker] = self._records[job]
                await self._perform(worker, entry)
            else:
                self._bell.clear()
                await self._bell.wait()

    async def _perform(self, worker: Worker, entry: Entry) -> None:
        await self._signal(entry, Signal.STARTED)
        place, tell = self._records.place(entry.job.id), partial(self._records.tell, entry)
        outcome = await worker.perform(entry.job.id, place, tell, self.profile)
        del self._at_work[worker]
        await self._chores.whole(self._settle(entry, outcome))

    async def _settle(self, entry: Entry, outcome: Outcome) -> None:
        match outcome:
            case Finished(results):
                await self._signal(entry, Signal.FINISHED, results=results)
            case Broke(error):
                await self._signal(entry, Signal.BROKE, error=error)
            case Stopped():
                await self._signal(entry, Signal.STOPPED)
            case Paused():
                await self._signal(entry, Signal.PAUSED)
            case Lost(why):
                await self._lose(entry, why)

    async def _lose(self, entry: Entry, why: str) -> None:
        """Put the job back, but not for ever: no job takes more than two workers with it."""
        entry.job = replace(entry.job, losses=entry.job.losses + 1)
        if entry.job.losses <= MAX_LOSSES:
            await self._signal(entry, Signal.LOST)
            return
        error = WorkerLost(
            "The process that computed this ended too early",
            why,
            f"Try it smaller, or see {self._records.place(entry.job.id) / LOG}",
        )
        await self._signal(entry, Signal.LOST_AGAIN, error=ErrorReport.of(error))

    # --- what becomes of a job ---

    async def _take_in(
        self, owner: str, key: str, request: Request, model: str, artist: str, window: Box | None
    ) -> str:
        entry = await self._records.add(owner, key, request, model=model, artist=artist, window=window)
        self._enqueue(entry)
        return entry.job.id

    async def _signal(
        self,
        entry: Entry,
        signal: Signal,
        *,
        error: ErrorReport | None = None,
        results: tuple[ResultReady | Taught, ...] = (),
    ) -> None:
        """Take a job to its next state. Up to the first wait this is one step: nobody sees half of it."""
        before, status = entry.job.status, after(entry.job.status, signal)
        if status is before and signal is not Signal.INTERRUPTED:
            return
        entry.job = replace(entry.job, status=status)
        if status.ended:
            if not before.ended:
                failure = error if status is Status.FAILED else None
                made = results if status is Status.SUCCEEDED else ()
                await self._records.end(entry, *made, JobChanged(state=status.state, error=failure))
            return
        if status is Status.QUEUED:
            self._enqueue(entry, again=signal in (Signal.PAUSED, Signal.LOST))
        elif status.state is not before.state:
            self._records.tell(entry, JobChanged(state=status.state))
        if status is not Status.RUNNING:
            await self._records.write(entry)

    def _enqueue(self, entry: Entry, *, again: bool = False) -> None:
        person = entry.job.owner.partition(":")[0]  # All sessions of one person take turns as one.
        self._queue.put(entry.job.id, person, entry.job.kind, first=again)
        self._records.tell(entry, JobChanged(state=JobState.QUEUED, ahead=self._queue.ahead(entry.job.id)))
        self._bell.set()
        self._make_way()

    def _make_way(self) -> None:
        """Put as many lessons aside as inserts and loads wait that no worker is free for, or soon will be."""
        leaving = sum(worker.leaving for worker in self._at_work)
        free = len(self._workers) - len(self._at_work)
        wanted = self._queue.waiting(JobKind.INSERT) + len(self._loads) - free - leaving
        lessons = [
            worker
            for worker, entry in self._at_work.items()
            if entry is not None and entry.job.kind is JobKind.TEACH and not worker.leaving
        ]
        for worker in lessons[: max(0, wanted)]:
            worker.pause()

    # --- small things ---

    def _lesson(self, owner: str, job: str) -> Entry:
        """A lesson of theirs. Raises JobNotFound; InvalidRequest: it is another kind of job."""
        entry = self._records.find(owner, job)
        if entry.job.kind is not JobKind.TEACH:
            raise InvalidRequest(
                "An insert cannot be put aside or ended early", "it keeps nothing to go on from", "Cancel it"
            )
        return entry

    def _worker_of(self, entry: Entry) -> Worker | None:
        return next((worker for worker, other in self._at_work.items() if other is entry), None)

    def _check_count(self, owner: str) -> None:
        count = len(self._records.of(owner)) + sum(other == owner for other, _ in self._arriving)
        if count >= self._settings.max_jobs:
            raise QueueFull(
                "There are too many jobs already",
                f"you may have {self._settings.max_jobs} that wait, run, or keep their results",
                "Fetch or discard finished results, or cancel jobs that wait",
            )
