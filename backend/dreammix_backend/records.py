"""What is known of the jobs: a record, events and pictures of each; on disk before anybody hears of it.

What touches the disk runs in one thread beside the event loop, in order. A job's end is known here first,
then durable, and only then told: what was told is never taken back, whatever is killed.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

from dreammix.protocol import Box, InvalidRequest, JobNotFound, OutputFailure, Picture
from dreammix.protocol.jobs import (
    Happening,
    JobChanged,
    JobInfo,
    PreviewReady,
    ResultReady,
    SampleReady,
)
from dreammix_backend.chores import Chores
from dreammix_backend.jobs import (
    EventLog,
    Job,
    JobOrder,
    Lasting,
    LastingEvent,
    Numbered,
    Request,
    split,
)
from dreammix_backend.store import Store

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
class Keeping:
    """How long ended jobs are kept, and how much: see `MAX_AGE_S`, `MAX_KEPT_BYTES`."""

    max_age_s: float = MAX_AGE_S
    max_bytes: int = MAX_KEPT_BYTES


class Entry:
    """A job while it is known.

    Attributes:
        job: its latest record.
        log: its events.
    """

    def __init__(self, job: Job, log: EventLog) -> None:
        self.job = job
        self.log = log
        self._previews: dict[int, Picture] = {}
        self._sample: tuple[int, Picture] | None = None

    @property
    def results(self) -> tuple[ResultReady, ...]:
        """What it has made."""
        return tuple(each.event for each in self.job.lasting if isinstance(each.event, ResultReady))

    def info(self, ahead: int | None) -> JobInfo:
        """It as it stands, with so many before it in the queue."""
        job = self.job
        errors = [each.event.error for each in job.lasting if isinstance(each.event, JobChanged)]
        return JobInfo(
            job=job.id,
            key=job.key,
            kind=job.kind,
            subject=job.subject,
            created=datetime.fromtimestamp(job.created, UTC).isoformat(timespec="seconds"),
            state=job.status.state,
            ahead=ahead,
            error=errors[0] if errors else None,
            results=self.results,
            last=self.log.last,
        )

    def preview(self, variant: int) -> Picture:
        """A variant as it looks now. Raises InvalidRequest: there is none."""
        if variant not in self._previews:
            raise InvalidRequest(
                f"There is no preview of variant {variant + 1}",
                "the job shows none now",
                "Ask for its result",
            )
        return self._previews[variant]

    def sample(self, step: int) -> Picture:
        """What a lesson painted after `step` steps. Raises InvalidRequest: there is a newer one, or none."""
        if self._sample is None or self._sample[0] != step:
            raise InvalidRequest(
                f"There is no sample of step {step}", "only the newest is kept", "Ask for that one"
            )
        return self._sample[1]

    def show(self, event: Happening, pictures: tuple[Picture, ...]) -> None:
        """Keep the picture that an event announces, in the place of the one before."""
        match event:
            case PreviewReady():
                (self._previews[event.variant],) = pictures
            case SampleReady():
                self._sample = (event.step, pictures[0])

    def hide(self) -> None:
        """Keep no preview any more: the results are better. Of a lesson the last sample stays."""
        self._previews = {}


class Records:
    """All jobs that are known, in a folder, and who is told of them.

    Args:
        folder: this process alone works in it.
        keeping: what becomes of ended jobs that nobody acknowledges.
        clock: seconds since 1970.
        chores: where work is put that nobody waits for.
    """

    def __init__(self, folder: Path, keeping: Keeping, clock: Callable[[], float], chores: Chores) -> None:
        self._store = Store(folder)
        self._keeping = keeping
        self._clock = clock
        self._chores = chores
        self._entries: dict[str, Entry] = {}
        self._listeners: dict[object, tuple[str, Listener]] = {}
        self._disk = ThreadPoolExecutor(1, "dreammix-store")

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __getitem__(self, job: str) -> Entry:
        return self._entries[job]

    def of(self, owner: str) -> list[Entry]:
        """An owner's jobs, oldest first."""
        return [entry for entry in self if entry.job.owner == owner]

    def find(self, owner: str, job: str) -> Entry:
        """An owner's job. Raises JobNotFound: to anybody but its owner a job does not exist."""
        entry = self._entries.get(job)
        if entry is None or entry.job.owner != owner:
            raise JobNotFound(
                f"There is no job {job[:32]!r}", "it was never yours, or is forgotten", "Ask for your jobs"
            )
        return entry

    def place(self, job: str) -> Path:
        """The folder of a job."""
        return self._store.place(job)

    # --- what is on disk ---

    async def load(self) -> tuple[Entry, ...]:
        """Bring back what an earlier server left: the jobs that have not ended.

        Their events go on with numbers that nobody has seen. Raises OutputFailure.
        """
        for job in await self._on_disk(self._store.load):
            if job.status.ended:
                self._entries[job.id] = Entry(job, EventLog(job.reserved, job.lasting))
            else:
                numbered = replace(job, reserved=job.reserved + NUMBERS)
                self._entries[job.id] = Entry(numbered, EventLog(job.reserved))
        await self.expire()
        return tuple(entry for entry in self if not entry.job.status.ended)

    async def add(
        self, owner: str, key: str, request: Request, *, model: str, artist: str, window: Box | None
    ) -> Entry:
        """Write down a new job; when this returns, it outlives a power cut.

        Raises StorageFull, OutputFailure.
        """
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
        entry = self._entries[job.id] = Entry(job, EventLog())
        return entry

    async def write(self, entry: Entry) -> None:
        """Write down a job as it is now. A disk that does not take it costs at most that it is done again."""
        try:
            await self._on_disk(self._store.write, entry.job)
        except OutputFailure as error:
            _log.error("job %s cannot be written down: %s", entry.job.id, error)

    async def end(self, entry: Entry, *events: Lasting) -> None:
        """Write down a job that has ended, and what it has made; then tell these last events."""
        lasting = tuple(LastingEvent(entry.log.take_number(), event) for event in events)
        size = await self._on_disk(self._store.size, entry.job.id)
        entry.job = replace(entry.job, ended=self._clock(), lasting=lasting, size=size)
        await self.write(entry)
        for event in lasting:
            self._publish(entry, Numbered(event.number, event.event))
        entry.hide()
        await self._on_disk(self._store.drop_order, entry.job.id)
        await self.expire()

    async def result(self, entry: Entry, variant: int) -> Picture:
        """The layer of a finished variant, RGBA8. Raises InvalidRequest: it is not there; OutputFailure."""
        if variant not in [result.variant for result in entry.results]:
            raise InvalidRequest(
                f"There is no result {variant + 1}", "the job has not made it", "Ask for one that it has"
            )
        return await asyncio.to_thread(self._store.result, entry.job.id, variant)

    async def mark_enough(self, entry: Entry) -> None:
        """Let a lesson end with what it has learned. Raises OutputFailure."""
        await self._on_disk(self._store.mark_enough, entry.job.id)

    async def forget(self, entry: Entry) -> None:
        """Remove a job with its results."""
        if self._entries.pop(entry.job.id, None) is not None:
            await self._on_disk(self._store.forget, entry.job.id)

    async def expire(self) -> None:
        """Forget the ended jobs that are too old, and the oldest while all together are too large."""
        ended = [(entry.job.ended, entry) for entry in self if entry.job.ended is not None]
        ended.sort(key=lambda pair: pair[0])
        oldest = self._clock() - self._keeping.max_age_s
        excess = sum(entry.job.size for _, entry in ended) - self._keeping.max_bytes
        for time_, entry in ended:
            if excess > 0 or time_ < oldest:
                excess -= entry.job.size
                _log.warning("job %s was never acknowledged and is forgotten", entry.job.id)
                await self.forget(entry)

    def close(self) -> None:
        """Nothing more is written."""
        self._disk.shutdown()

    async def _on_disk(self, work: Callable[[*_Ts], _R], *arguments: *_Ts) -> _R:
        """Run what touches the disk, after all that was asked for before."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)

    # --- what is told ---

    def subscribe(self, owner: str, listener: Listener) -> Callable[[], None]:
        """Have a listener told every further event of the owner's jobs. Returns what ends that."""
        key = object()
        self._listeners[key] = (owner, listener)

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    def tell(self, entry: Entry, event: Happening, pictures: tuple[Picture, ...] = ()) -> None:
        """Tell what happens to a job that has not ended; with the picture of a preview or a sample."""
        entry.show(event, pictures)
        self._publish(entry, Numbered(entry.log.take_number(), event))
        if entry.log.next_number > entry.job.reserved - NUMBERS // 2:
            entry.job = replace(entry.job, reserved=entry.job.reserved + NUMBERS)
            self._chores.begin(self.write(entry))

    def _publish(self, entry: Entry, numbered: Numbered) -> None:
        entry.log.add(numbered)
        for owner, listener in tuple(self._listeners.values()):
            if owner == entry.job.owner:
                listener(entry.job.id, numbered)
