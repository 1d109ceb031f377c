"""The engine: takes what is asked for, has workers do it in turn, tells what happens, keeps what comes out.

Everything runs in one event loop; what touches the disk runs in one thread beside it, in order. A job's end
is known here first, then durable, and only then told: what was told is never taken back, whatever is killed.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar, TypeVarTuple

from dreammix.protocol import (
    Box,
    InvalidRequest,
    JobNotFound,
    OutputFailure,
    Picture,
    QueueFull,
    Taught,
    WorkerLost,
)
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import (
    Happening,
    JobChanged,
    JobInfo,
    JobKind,
    JobState,
    PreviewReady,
    ResultReady,
    SampleReady,
)
from dreammix_backend.jobs import (
    EventLog,
    Job,
    JobOrder,
    Lasting,
    LastingEvent,
    Numbered,
    Queue,
    Request,
    Signal,
    Status,
    after,
    split,
)
from dreammix_backend.store import LOG, Store
from dreammix_backend.workers import (
    MAX_LOSSES,
    MAX_LOSSES_IN_A_ROW,
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
MAX_AGE_S: Final = 30 * 24 * 3600.0
"""How long an ended job is kept for its owner to acknowledge, in seconds."""
MAX_KEPT_BYTES: Final = 8 << 30
"""How much the results of ended jobs may take on disk, in bytes: beyond it the oldest go."""
NUMBERS: Final = 1000
"""How many event numbers a job reserves on disk at once."""

Listener = Callable[[str, Numbered], None]
"""Is told the id of a job and its next event. It must neither block nor raise."""

_R = TypeVar("_R")
_Ts = TypeVarTuple("_Ts")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What an engine works with.

    Attributes:
        devices: one worker each, as torch names them.
        workers: how they are started and watched.
        max_jobs, max_age_s, max_kept_bytes: see `MAX_JOBS`, `MAX_AGE_S`, `MAX_KEPT_BYTES`.
    """

    devices: tuple[str, ...] = ("cpu",)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    max_jobs: int = MAX_JOBS
    max_age_s: float = MAX_AGE_S
    max_kept_bytes: int = MAX_KEPT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many jobs of everybody wait, how many run, and how many lessons have not ended."""

    waiting: int
    running: int
    lessons: int


class _Entry:
    """A job while the engine knows of it: its latest record, its events, its newest preview a variant."""

    def __init__(self, job: Job, log: EventLog) -> None:
        self.job = job
        self.log = log
        self.previews: dict[int, Picture] = {}
        self.sample: tuple[int, Picture] | None = None
        self.worker: Worker | None = None


class Engine:
    """All jobs of all owners, and the workers that do them.

        async with Engine(folder) as engine:
            job = await engine.submit("artist", request, key=secrets.token_hex(16))

    A job is known to its owner alone: to anybody else it does not exist (`JobNotFound`).

    Args:
        folder: where queue and results are kept; this process alone works in it.
        settings: devices and limits.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        settings: EngineSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or EngineSettings()
        self._store = Store(folder)
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._arriving: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._queue = Queue()
        self._bell = asyncio.Event()
        self._listeners: dict[object, tuple[str, Listener]] = {}
        self._workers = tuple(Worker(device, self._settings.workers) for device in self._settings.devices)
        self._tenders: tuple[asyncio.Task[None], ...] = ()
        self._chores: set[asyncio.Task[object]] = set()
        self._disk = ThreadPoolExecutor(1, "dreammix-store")

    async def __aenter__(self) -> "Engine":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Bring back what an earlier engine left, and start to work. Raises OutputFailure."""
        for job in await self._on_disk(self._store.load):
            await self._bring_back(job)
        await self._expire()
        self._tenders = tuple(asyncio.create_task(self._tend(worker)) for worker in self._workers)

    async def close(self) -> None:
        """End the workers; jobs that wait or run are taken up again by the next engine on this folder."""
        for tender in self._tenders:
            tender.cancel()
        await asyncio.gather(*self._tenders, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        while self._chores:
            await asyncio.wait(self._chores)
        self._disk.shutdown()

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
        known = [job.id for job in self._jobs_of(owner) if job.key == key]
        if known:
            return known[0]
        arriving = self._arriving.get((owner, key))
        if arriving is None:
            self._check_count(owner)
            arriving = self._chore(self._take_in(owner, key, request, model, artist, window))
            self._arriving[owner, key] = arriving
            arriving.add_done_callback(lambda _: self._arriving.pop((owner, key)))
        return await asyncio.shield(arriving)

    async def cancel(self, owner: str, job: str) -> None:
        """Stop a job: at once where it waits, else at its next step. One that has ended stays as it is.

        Raises JobNotFound.
        """
        entry = self._find(owner, job)
        self._queue.remove(job)
        if entry.worker is not None and entry.job.status is not Status.STOPPING:
            entry.worker.stop()
        await self._whole(self._signal(entry, Signal.CANCEL))

    async def hold(self, owner: str, job: str) -> None:
        """Put a lesson aside until it is resumed, at its next step. One that has ended stays as it is.

        Raises JobNotFound; InvalidRequest: only lessons can be put aside.
        """
        entry = self._find(owner, job)
        if entry.job.kind is not JobKind.TEACH:
            raise InvalidRequest(
                "An insert cannot be put aside", "it keeps nothing to go on from", "Cancel it"
            )
        self._queue.remove(job)
        if entry.worker is not None and entry.job.status is Status.RUNNING:
            entry.worker.pause()
        await self._whole(self._signal(entry, Signal.HOLD))

    async def resume(self, owner: str, job: str) -> None:
        """Let a job that was put aside go on. Any other stays as it is. Raises JobNotFound."""
        await self._whole(self._signal(self._find(owner, job), Signal.RESUME))

    def info(self, owner: str, job: str) -> JobInfo:
        """A job as it stands. Raises JobNotFound."""
        return self._info(self._find(owner, job))

    def jobs(self, owner: str) -> tuple[JobInfo, ...]:
        """All jobs of an owner that are not acknowledged yet, oldest first."""
        return tuple(self._info(self._entries[job.id]) for job in self._jobs_of(owner))

    def events(self, owner: str, job: str, since: int = 0) -> tuple[Numbered, ...]:
        """What has happened to a job after the event of that number. Raises JobNotFound."""
        return self._find(owner, job).log.since(since)

    def subscribe(self, owner: str, listener: Listener) -> Callable[[], None]:
        """Have a listener told every further event of the owner's jobs. Returns what ends that.

        The first events of a job are told before `submit` returns.
        """
        key = object()
        self._listeners[key] = (owner, listener)

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    def preview(self, owner: str, job: str, variant: int) -> Picture:
        """A variant as it looks now, RGBA8. Raises JobNotFound; InvalidRequest: there is none."""
        picture = self._find(owner, job).previews.get(variant)
        if picture is None:
            raise InvalidRequest(
                f"There is no preview of variant {variant + 1}",
                "the job shows none now",
                "Ask for its result",
            )
        return picture

    def sample(self, owner: str, job: str, step: int) -> Picture:
        """What a lesson painted after `step` steps, RGBA8: the newest only.

        Raises JobNotFound; InvalidRequest: there is a newer one, or none.
        """
        sample = self._find(owner, job).sample
        if sample is None or sample[0] != step:
            raise InvalidRequest(
                f"There is no sample of step {step}", "only the newest is kept", "Ask for that one"
            )
        return sample[1]

    async def result(self, owner: str, job: str, variant: int) -> Picture:
        """The layer of a finished variant, RGBA8. Raises JobNotFound, InvalidRequest, OutputFailure."""
        if variant not in [result.variant for result in _results(self._find(owner, job).job)]:
            raise InvalidRequest(
                f"There is no result {variant + 1}", "the job has not made it", "Ask for one that it has"
            )
        return await asyncio.to_thread(self._store.result, job, variant)

    async def acknowledge(self, owner: str, job: str) -> None:
        """Forget an ended job, and remove its results.

        Raises JobNotFound; InvalidRequest: it has not ended.
        """
        entry = self._find(owner, job)
        if not entry.job.status.ended:
            raise InvalidRequest(
                "The job has not ended", f"it is {entry.job.status}", "Cancel it first, or wait for it"
            )
        await self._whole(self._forget(entry))

    def counts(self) -> Counts:
        """What there is to do, of everybody."""
        open_ = [entry.job for entry in self._entries.values() if not entry.job.status.ended]
        return Counts(
            waiting=sum(self._queue.waiting(kind) for kind in JobKind),
            running=sum(entry.worker is not None for entry in self._entries.values()),
            lessons=sum(job.kind is JobKind.TEACH for job in open_),
        )

    def workers(self) -> tuple[WorkerState, ...]:
        """What can be seen of the workers now, one a device."""
        return tuple(worker.state for worker in self._workers)

    # --- one device's day ---

    async def _tend(self, worker: Worker) -> None:
        while True:
            entry = await self._next()
            entry.worker = worker
            await self._signal(entry, Signal.STARTED)

            def report(event: Happening, pictures: tuple[Picture, ...], entry: _Entry = entry) -> None:
                self._report(entry, event, pictures)

            outcome = await worker.perform(entry.job.id, self._store.place(entry.job.id), report)
            entry.worker = None
            await self._whole(self._settle(entry, outcome, worker))

    async def _next(self) -> _Entry:
        while (job := self._queue.take()) is None:
            self._bell.clear()
            await self._bell.wait()
        return self._entries[job]

    async def _settle(self, entry: _Entry, outcome: Outcome, worker: Worker) -> None:
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
                await self._lose(entry, why, worker)

    async def _lose(self, entry: _Entry, why: str, worker: Worker) -> None:
        """Put the job back once; not even that on a device that loses one worker after the other."""
        entry.job = replace(entry.job, losses=entry.job.losses + 1)
        if entry.job.losses <= MAX_LOSSES and worker.state.losses < MAX_LOSSES_IN_A_ROW:
            await self._signal(entry, Signal.LOST)
            return
        error = WorkerLost(
            "The process that computed this ended too early",
            why,
            f"Try it smaller, or see {self._store.place(entry.job.id) / LOG}",
        )
        await self._signal(entry, Signal.LOST_AGAIN, error=ErrorReport.of(error))

    # --- what becomes of a job ---

    async def _take_in(
        self, owner: str, key: str, request: Request, model: str, artist: str, window: Box | None
    ) -> str:
        wish, pictures = split(request)
        order = JobOrder(wish=wish, model=model, artist=artist, window=window)
        job = Job(
            id=secrets.token_hex(16),
            key=key,
            owner=owner,
            kind=order.kind,
            subject=order.subject,
            created=self._clock(),
            reserved=NUMBERS,
        )
        await self._on_disk(self._store.put, job, order, pictures, order.room(pictures))
        entry = self._entries[job.id] = _Entry(job, EventLog())
        self._enqueue(entry)
        return job.id

    async def _signal(
        self,
        entry: _Entry,
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
                await self._end(entry, results if status is Status.SUCCEEDED else (), error)
            return
        if status is Status.QUEUED:
            self._enqueue(entry, again=signal in (Signal.PAUSED, Signal.LOST))
        elif status.state is not before.state:
            self._tell(entry, JobChanged(state=status.state))
        if status is not Status.RUNNING:
            await self._write(entry)

    async def _end(
        self, entry: _Entry, results: tuple[ResultReady | Taught, ...], error: ErrorReport | None
    ) -> None:
        failed = entry.job.status is Status.FAILED
        end = JobChanged(state=entry.job.status.state, error=error if failed else None)
        events: tuple[Lasting, ...] = (*results, end)
        lasting = tuple(LastingEvent(entry.log.take_number(), event) for event in events)
        size = await self._on_disk(self._store.size, entry.job.id)
        entry.job = replace(entry.job, ended=self._clock(), lasting=lasting, size=size)
        await self._write(entry)
        for event in lasting:
            self._publish(entry, Numbered(event.number, event.event))
        entry.previews, entry.sample = {}, None
        await self._on_disk(self._store.drop_order, entry.job.id)
        await self._expire()

    def _enqueue(self, entry: _Entry, *, again: bool = False) -> None:
        person = entry.job.owner.partition(":")[0]  # All sessions of one person take turns as one.
        self._queue.put(entry.job.id, person, entry.job.kind, first=again)
        self._tell(entry, JobChanged(state=JobState.QUEUED, ahead=self._ahead(entry.job.id)))
        self._bell.set()
        self._make_way()

    def _make_way(self) -> None:
        """Have as many lessons put aside as inserts wait that no worker is free for or about to be."""
        busy = [entry for entry in self._entries.values() if entry.worker is not None]
        leaving = [entry for entry in busy if entry.worker is not None and entry.worker.leaving]
        wanted = self._queue.waiting(JobKind.INSERT) - (len(self._workers) - len(busy)) - len(leaving)
        lessons = [e.worker for e in busy if e.worker and e.job.kind is JobKind.TEACH and e not in leaving]
        for worker in lessons[: max(0, wanted)]:
            worker.pause()

    def _report(self, entry: _Entry, event: Happening, pictures: tuple[Picture, ...]) -> None:
        match event:
            case PreviewReady():
                (entry.previews[event.variant],) = pictures
            case SampleReady():
                entry.sample = (event.step, pictures[0])
        self._tell(entry, event)

    def _tell(self, entry: _Entry, event: Happening) -> None:
        self._publish(entry, Numbered(entry.log.take_number(), event))
        if entry.log.next_number > entry.job.reserved - NUMBERS // 2:
            entry.job = replace(entry.job, reserved=entry.job.reserved + NUMBERS)
            self._chore(self._write(entry))

    def _publish(self, entry: _Entry, numbered: Numbered) -> None:
        entry.log.add(numbered)
        for owner, listener in tuple(self._listeners.values()):
            if owner == entry.job.owner:
                listener(entry.job.id, numbered)

    # --- what is on disk ---

    async def _bring_back(self, job: Job) -> None:
        """Take up a job as the last engine left it; its events go on with numbers that nobody has seen."""
        if job.status.ended:
            self._entries[job.id] = _Entry(job, EventLog(job.reserved, job.lasting))
            return
        entry = _Entry(replace(job, reserved=job.reserved + NUMBERS), EventLog(job.reserved))
        self._entries[job.id] = entry
        await self._signal(entry, Signal.INTERRUPTED)

    async def _expire(self) -> None:
        """Forget the ended jobs that are too old, and the oldest while all together are too large."""
        ended = [(entry.job.ended, entry) for entry in self._entries.values() if entry.job.ended is not None]
        ended.sort(key=lambda pair: pair[0])
        oldest = self._clock() - self._settings.max_age_s
        excess = sum(entry.job.size for _, entry in ended) - self._settings.max_kept_bytes
        for time_, entry in ended:
            if excess > 0 or time_ < oldest:
                excess -= entry.job.size
                _log.warning("job %s was never acknowledged and is forgotten", entry.job.id)
                await self._forget(entry)

    async def _forget(self, entry: _Entry) -> None:
        if self._entries.pop(entry.job.id, None) is not None:
            await self._on_disk(self._store.forget, entry.job.id)

    async def _write(self, entry: _Entry) -> None:
        """Write down a job as it is now. A disk that does not take it costs at most that it is done again."""
        try:
            await self._on_disk(self._store.write, entry.job)
        except OutputFailure as error:
            _log.error("job %s cannot be written down: %s", entry.job.id, error)

    async def _on_disk(self, work: Callable[[*_Ts], _R], *arguments: *_Ts) -> _R:
        """Run what touches the disk, after all that was asked for before."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)

    # --- small things ---

    def _check_count(self, owner: str) -> None:
        count = len(self._jobs_of(owner)) + sum(other == owner for other, _ in self._arriving)
        if count >= self._settings.max_jobs:
            raise QueueFull(
                "There are too many jobs already",
                f"you may have {self._settings.max_jobs} that wait, run, or keep their results",
                "Fetch or discard finished results, or cancel jobs that wait",
            )

    def _jobs_of(self, owner: str) -> list[Job]:
        return [entry.job for entry in self._entries.values() if entry.job.owner == owner]

    def _find(self, owner: str, job: str) -> _Entry:
        entry = self._entries.get(job)
        if entry is None or entry.job.owner != owner:
            raise JobNotFound(
                f"There is no job {job[:32]!r}", "it was never yours, or is forgotten", "Ask for your jobs"
            )
        return entry

    def _ahead(self, job: str) -> int | None:
        """How many waiting jobs come before it; None where it does not wait."""
        return next((place for place, waiting in enumerate(self._queue) if waiting == job), None)

    def _info(self, entry: _Entry) -> JobInfo:
        job = entry.job
        errors = [e.event.error for e in job.lasting if isinstance(e.event, JobChanged)]
        return JobInfo(
            job=job.id,
            key=job.key,
            kind=job.kind,
            subject=job.subject,
            created=datetime.fromtimestamp(job.created, UTC).isoformat(timespec="seconds"),
            state=job.status.state,
            ahead=self._ahead(job.id),
            error=errors[0] if errors else None,
            results=_results(job),
            last=entry.log.last,
        )

    def _chore(self, work: Coroutine[object, object, _R]) -> asyncio.Task[_R]:
        """Start what must be done to its end, also where who asked for it has gone."""
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return task

    async def _whole(self, work: Coroutine[object, object, _R]) -> _R:
        return await asyncio.shield(self._chore(work))


def _results(job: Job) -> tuple[ResultReady, ...]:
    return tuple(lasting.event for lasting in job.lasting if isinstance(lasting.event, ResultReady))
