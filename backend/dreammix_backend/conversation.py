"""One client's conversation: what its session makes of the bytes is done, and what happens is told to it.

Three kinds of task share the connection. One listens, and begins a task for each request; one writes what the
outbox holds; one serves the fetches, in the order they were asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Final

from websockets.exceptions import ConnectionClosed

from dreammix.protocol import Cancelled, DreamMixError, Progress, TeachProgress, TransferRejected
from dreammix.protocol.asking import Asks, Done, ErrorReport
from dreammix.protocol.jobs import FollowJob, Insert, JobChanged, JobInfo, PreviewReady, SampleReady, Teach
from dreammix.protocol.library import UseArtist
from dreammix.protocol.messages import (
    AnyMessage,
    Failure,
    Goodbye,
    Hello,
    JobEvent,
    Reply,
    Request,
    Side,
    Welcome,
)
from dreammix.protocol.payloads import Abandon, Begin, Chunk, Fetch, Source, Upload
from dreammix.protocol.session import VIOLATION_CODE, Close, Deliver, Send, Session, State
from dreammix_backend.answers import Visitor, answer, content
from dreammix_backend.connection import OPEN_DEADLINE_S, GuardedConnection
from dreammix_backend.house import CAPABILITIES, House
from dreammix_backend.jobs import Numbered
from dreammix_backend.logs import told
from dreammix_backend.outbox import Outbox, Overflow, Said
from dreammix_backend.uploads import IDLE_S, Uploads

SEND_DEADLINE_S: Final = 30.0
"""How long a client may leave unread what there is no more room for, in seconds."""
GOING_AWAY: Final = 1001
"""The websocket's close code when the server ends."""

_log = logging.getLogger(__name__)


class Conversation:
    """What is said on one connection.

    Args:
        house: what all connections share.
        socket: an open websocket.
        user: who was let in.
        send_deadline: see `SEND_DEADLINE_S`.
        idle: see `IDLE_S`.
    """

    def __init__(
        self,
        house: House,
        socket: GuardedConnection,
        user: str,
        *,
        send_deadline: float = SEND_DEADLINE_S,
        idle: float = IDLE_S,
    ) -> None:
        self._house = house
        self._socket = socket
        self._user = user
        self._send_deadline = send_deadline
        self._idle = idle
        self._session = Session(Side.SERVER)
        self._outbox = Outbox()
        self._uploads = Uploads(house.furniture.uploads)
        self._visitor: Visitor | None = None
        self._followed: dict[str, tuple[str, int]] = {}
        self._uploading: set[int] = set()
        self._fetching: dict[int, Source] = {}
        self._asked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Until the client hangs up, breaks the protocol or stops reading."""
        self._begin(self._write())
        self._begin(self._serve_fetches())
        self._begin(self._drop_idle_uploads())
        try:
            async with asyncio.timeout(OPEN_DEADLINE_S):
                await self._listen()
            while self._session.state is not State.CLOSED:
                await self._listen()
        except (ConnectionClosed, TimeoutError, Overflow) as end:
            _log.info("a client has gone", extra=told(user=self._user, why=type(end).__name__))
        finally:
            self._unsubscribe()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._uploads.close()

    async def farewell(self, error: DreamMixError) -> None:
        """Say why the server hangs up, and do it."""
        with contextlib.suppress(ConnectionClosed, DreamMixError, TimeoutError):
            async with asyncio.timeout(self._send_deadline):
                await self._socket.send(self._session.send(Goodbye(ErrorReport.of(error))))
        await self._socket.close(GOING_AWAY, error.code)

    # --- what comes in ---

    async def _listen(self) -> None:
        match self._session.receive(await self._socket.recv()):
            case (Deliver(message),):
                self._hear(message)
            case (Send(refusal),):
                self._put(refusal)
                self._uploads.keep(self._session.uploads)
            case (Send(goodbye), Close(error)):
                _log.warning("a client broke the protocol", extra=told(user=self._user, what=error.what))
                await self._socket.send(goodbye)
                await self._socket.close(VIOLATION_CODE, error.code)

    def _hear(self, message: object) -> None:
        match message:
            case Hello():
                self._greet(message)
            case Request(number, Upload(form)):
                self._uploading.add(number)
                self._try(number, lambda: self._uploads.begin(number, form))
            case Chunk():
                self._try(message.number, lambda: self._uploads.take(message))
                self._finish_upload(message.number)
            case Request(number, Fetch(source)):
                self._fetching[number] = source
                self._asked.set()
            case Request(number, Abandon(other)):
                self._abandon(other)
                self._put(Reply(number, Done()))
            case Request(number, UseArtist(artist)):
                self._try(number, lambda: self._use(number, artist))
            case Request(number, ask):
                self._begin(self._answer(number, ask))

    def _greet(self, hello: Hello) -> None:
        try:
            artist = self._house.artist(self._user, hello.artist)
        except DreamMixError as error:
            self._begin(self.farewell(error))
            return
        session, resumed = self._house.open_session(self._user, hello.session)
        self._visitor = Visitor(user=self._user, session=session, artist=artist)
        self._unsubscribe = self._house.engine.subscribe(self._visitor.owner, self._happen)
        self._put(
            Welcome(
                version=version("dreammix"),
                session=session,
                resumed=resumed,
                capabilities=CAPABILITIES,
                limits=self._house.limits,
                device=self._house.device,
                model=self._house.model,
            )
        )
        client = f"{hello.client} {hello.version}"
        _log.info("a client has come", extra=told(user=self._user, client=client, resumed=resumed))

    def _use(self, number: int, artist: str) -> None:
        visitor = self._here
        artist = self._house.artist(self._user, artist)
        self._visitor = Visitor(user=visitor.user, session=visitor.session, artist=artist)
        self._put(Reply(number, Done()))

    def _finish_upload(self, number: int) -> None:
        if number in self._uploading and self._session.uploads.complete(number):
            self._uploading.discard(number)
            self._put(Reply(number, Done()))

    def _abandon(self, number: int) -> None:
        if self._fetching.pop(number, None) is not None or number in self._uploading:
            self._uploading.discard(number)
            self._put(_failure(number, Cancelled("The transfer was stopped", "you asked for it", "Ask anew")))

    async def _drop_idle_uploads(self) -> None:
        """Give back what uploads hold that a client began and seems to have forgotten."""
        while True:
            await asyncio.sleep(self._idle / 4)
            for number in self._uploads.idle(self._idle):
                _log.info("an upload is dropped", extra=told(user=self._user, upload=number))
                self._session.uploads.close(number)
                if number in self._uploading:
                    self._uploading.discard(number)
                    self._put(_failure(number, _too_late(self._idle)))
            self._uploads.keep(self._session.uploads)

    # --- what is answered ---

    async def _answer(self, number: int, ask: Asks[object]) -> None:
        """Answer one request; a defect in it is an answer too, and leaves the others alone."""
        try:
            body = await answer(ask, self._here, self._house, self._uploads)
        except DreamMixError as error:
            self._put(_failure(number, error))
            return
        except Exception:  # noqa: BLE001 - whatever it is, it concerns this request alone
            _log.exception("a request failed", extra=told(ask=type(ask).__name__))
            self._put(_failure(number, _defect()))
            return
        self._put(Reply(number, body))
        if isinstance(ask, (Insert, Teach, FollowJob)) and isinstance(body, JobInfo):
            self._follow(ask, body.job)

    async def _serve_fetches(self) -> None:
        while True:
            self._asked.clear()
            for number, source in tuple(self._fetching.items()):
                if number in self._fetching:
                    await self._serve(number, source)
                    self._fetching.pop(number, None)
            if not self._fetching:
                await self._asked.wait()

    async def _serve(self, number: int, source: Source) -> None:
        try:
            found = await content(source, self._here, self._house)
        except DreamMixError as error:
            self._put(_failure(number, error))
            return
        except Exception:  # noqa: BLE001 - whatever it is, it concerns this fetch alone
            _log.exception("a fetch failed", extra=told(source=type(source).__name__))
            self._put(_failure(number, _defect()))
            return
        try:
            await self._outbox.put_long(Begin(number, found.form))
            for offset, part in found.parts():
                if number not in self._fetching:
                    return
                await self._outbox.put_long(Chunk(number, offset, part))
            await self._outbox.put_long(Reply(number, Done()))
        except OSError:
            _log.exception("a fetch broke off", extra=told(source=type(source).__name__))
            self._put(_failure(number, _defect()))
        finally:
            found.close()

    # --- what happens ---

    def _follow(self, ask: Insert | Teach | FollowJob, job: str) -> None:
        """Tell the job's events, those that have been too. Nothing is told before its `JobInfo`."""
        if job in self._followed and not isinstance(ask, FollowJob):
            return
        model = (ask.model if isinstance(ask, Insert) else None) or self._house.usual
        self._followed[job] = (model, ask.variants if isinstance(ask, Insert) else 1)
        after = ask.after if isinstance(ask, FollowJob) else 0
        for numbered in self._house.engine.events(self._here.owner, job, after):
            self._tell(job, numbered)

    def _happen(self, job: str, numbered: Numbered) -> None:
        """The engine's listener: it may not raise."""
        if job not in self._followed:
            return
        model, variants = self._followed[job]
        if isinstance(numbered.event, (Progress, TeachProgress)):
            self._house.pace.note(model, job, numbered.event, variants, time.monotonic())
        elif isinstance(numbered.event, JobChanged) and numbered.event.state.final:
            self._house.pace.forget(job)
        self._tell(job, numbered)

    def _tell(self, job: str, numbered: Numbered) -> None:
        event, place = numbered.event, None
        if isinstance(event, (Progress, TeachProgress, PreviewReady, SampleReady)):
            # Only the newest of these is worth reading.
            place = (job, type(event), event.variant if isinstance(event, PreviewReady) else 0)
        self._put(JobEvent(job, numbered.number, event), place)

    # --- what goes out ---

    def _put(self, said: Said, place: tuple[object, ...] | None = None) -> None:
        try:
            self._outbox.put(said, place)
        except Overflow:
            self._give_up()

    async def _write(self) -> None:
        while True:
            said = await self._outbox.take()
            data = said if isinstance(said, (str, bytes)) else self._encoded(said)
            if data is None:
                continue
            try:
                async with asyncio.timeout(self._send_deadline):
                    await self._socket.send(data)
            except TimeoutError:
                self._give_up()
            self._uploads.keep(self._session.uploads)

    def _encoded(self, said: AnyMessage) -> str | bytes | None:
        """What travels for a message; None where it has lost its meaning: what it answers was abandoned."""
        try:
            return self._session.send(said)
        except DreamMixError as error:
            if not isinstance(said, Reply):
                return None
            with contextlib.suppress(DreamMixError):
                return self._session.send(_failure(said.number, error))
            return None

    def _give_up(self) -> None:
        _log.warning("a client does not read: it is disconnected", extra=told(user=self._user))
        self._socket.transport.abort()

    # --- helpers ---

    @property
    def _here(self) -> Visitor:
        assert self._visitor is not None, "the session lets nobody ask before hello"
        return self._visitor

    def _try(self, number: int, work: Callable[[], None]) -> None:
        try:
            work()
        except DreamMixError as error:
            self._uploading.discard(number)
            self._put(_failure(number, error))

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        """Without one of its tasks a conversation would fall silent: it ends where one breaks off."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # Who listens learns of a closed connection too, and ends the conversation.
        if error is not None and not isinstance(error, ConnectionClosed):
            _log.error("a conversation broke off", exc_info=error, extra=told(user=self._user))
            self._socket.transport.abort()


def _failure(number: int, error: DreamMixError) -> Failure:
    return Failure(number, ErrorReport.of(error))


def _too_late(idle: float) -> DreamMixError:
    return TransferRejected("The upload was given up", f"none of it came for {idle:.0f} s", "Send it again")


def _defect() -> DreamMixError:
    return DreamMixError(
        "The server could not do this", "of a defect in it", "Report it, with the server's log"
    )
