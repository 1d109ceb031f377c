"""The server: binds, lets in whom the gate admits, and ends when told to or when nobody needs it any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext
from typing import Final, TypeAlias

import psutil
from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from dreammix.protocol import DreamMixError, InvalidRequest, OutputFailure
from dreammix.protocol.messages import SUBPROTOCOL
from dreammix_backend import logs
from dreammix_backend.claims import claim
from dreammix_backend.connection import (
    CLOSE_DEADLINE_S,
    MAX_MESSAGE_BYTES,
    MAX_QUEUED_FRAMES,
    OPEN_DEADLINE_S,
    PING_DEADLINE_S,
    PING_INTERVAL_S,
    GuardedConnection,
)
from dreammix_backend.conversation import Conversation
from dreammix_backend.endpoint import Endpoint, new_token, published
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.gate import Admitted, Answered, Entrance, Key, Purpose, judge
from dreammix_backend.house import Furniture, House
from dreammix_backend.logs import told
from dreammix_backend.studio import LOCAL_USER, Listen, Studio

JOBS: Final = "jobs"
"""In the server's folder: queue and results."""
UPLOADS: Final = "uploads"
"""In the server's folder: files on their way."""
PACE: Final = "pace.json"
"""In the server's folder: how long steps took."""
CHOSEN: Final = "model.txt"
"""In the server's folder: the name of the model that was loaded last."""
WATCH_INTERVAL_S: Final = 1.0
"""How often it is looked whether the parent is still there, in seconds."""

Knock: TypeAlias = Callable[[ServerConnection, Request], Response | None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What a server works with.

    Attributes:
        folder: the server's own: endpoint, log, queue, results.
        furniture: libraries, model, describer.
        engine: devices, workers, limits.
        listen: where programs of this machine find it.
        studio: what opens it to a network, if anything does.
        parent: the process that it was started for; None: it ends only when it is told to.
        shown: whether the log goes to stderr, too.
    """

    folder: Path
    furniture: Furniture
    engine: EngineSettings = field(default_factory=EngineSettings)
    listen: Listen = field(default_factory=Listen)
    studio: Studio | None = None
    parent: int | None = None
    shown: bool = False


async def run(settings: ServerSettings) -> None:
    """Serve until told to stop. Raises LibraryBusy, OutputFailure, InvalidRequest: it cannot begin."""
    token = new_token()
    with claim(settings.folder, "The server's folder"):
        try:
            logs.begin(settings.folder, [token], shown=settings.shown)
        except OSError as error:
            raise OutputFailure("The log cannot be written", str(error), "Choose another folder") from error
        with _library_claimed(settings.furniture.library):
            async with Engine(settings.folder / JOBS, settings.engine) as engine:
                await Server(settings, engine, token).run()


class Server:
    """A running server.

    Args:
        settings: what it works with.
        engine: does the jobs; started.
        token: what its owner's programs show.
    """

    def __init__(self, settings: ServerSettings, engine: Engine, token: str) -> None:
        self._settings = settings
        self._engine = engine
        self._token = token
        self._house = House(engine, settings.furniture)
        self._conversations: set[Conversation] = set()
        self._stopped = asyncio.Event()
        self._why = ""

    def stop(self, why: str) -> None:
        """Begin to end; `why` is for the log."""
        self._why = self._why or why
        self._stopped.set()

    async def run(self) -> None:
        """Listen, and serve until stopped."""
        for left in self._settings.furniture.uploads.glob("*"):
            left.unlink(missing_ok=True)  # A server that was killed could not.
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._keep_pace)
            here, there = self._settings.listen, self._settings.studio
            address = await stack.enter_async_context(self._listening(here, None))
            if there is not None:
                await stack.enter_async_context(self._listening(there.listen, there))
            stack.enter_context(_signals(self))
            endpoint = Endpoint(address=address, token=self._token, pid=os.getpid())
            stack.enter_context(published(self._settings.folder, endpoint))
            looking = asyncio.create_task(self._look())
            stack.callback(looking.cancel)
            if self._settings.parent is not None:
                watch = asyncio.create_task(self._watch(self._settings.parent))
                stack.callback(watch.cancel)
            await self._stopped.wait()
            _log.info("stopping", extra=told(why=self._why))
            ending = DreamMixError("The server ends", self._why, "Jobs go on when it starts again")
            await asyncio.gather(*(talk.farewell(ending) for talk in tuple(self._conversations)))
            await self._house.fetches.end()

    def _keep_pace(self) -> None:
        """Have later starts know how long steps take here."""
        if self._house.device is not None:
            try:
                self._house.pace.keep(self._settings.folder / PACE, self._house.device)
            except DreamMixError as error:
                _log.warning("%s", error)

    @contextlib.asynccontextmanager
    async def _listening(self, listen: Listen, studio: Studio | None) -> AsyncIterator[str]:
        """Listen on an address, at the gate of which stand the keys of the studio's users, or the owner's."""
        entrance = Entrance(hosts=frozenset(), keys=())

        def knock(connection: ServerConnection, request: Request) -> Response | None:
            return self._knock(entrance, connection, request)

        listener = await self._bind(listen, studio.tls if studio else None, knock)
        port = next(iter(listener.sockets)).getsockname()[1]
        entrance = self._entrance(listen, port, studio)
        await listener.start_serving()
        address = _address(listen.host, port)
        _log.info("listening", extra=told(address=address, pid=os.getpid(), tls=studio is not None))
        try:
            yield address
        finally:
            listener.close()
            await listener.wait_closed()

    async def _bind(self, listen: Listen, tls: SSLContext | None, knock: Knock) -> Listener:
        try:
            return await serve(
                self._converse,
                listen.host,
                listen.port,
                ssl=tls,
                create_connection=GuardedConnection,
                process_request=knock,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                server_header=None,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=MAX_QUEUED_FRAMES,
                open_timeout=OPEN_DEADLINE_S,
                ping_interval=PING_INTERVAL_S,
                ping_timeout=PING_DEADLINE_S,
                close_timeout=CLOSE_DEADLINE_S,
                start_serving=False,
            )
        except OSError as error:
            raise InvalidRequest(
                f"The server cannot listen on {_address(listen.host, listen.port)}",
                error.strerror or str(error),
                "Choose another address or port",
            ) from error

    def _entrance(self, listen: Listen, port: int, studio: Studio | None) -> Entrance:
        if studio is not None:
            return Entrance(hosts=frozenset(_address(name, port) for name in studio.names), keys=studio.keys)
        return Entrance(
            hosts=frozenset({_address(listen.host, port), f"localhost:{port}"}),
            keys=(Key.of(LOCAL_USER, self._token),),
            proof_token=self._token,
            manages=True,
        )

    def _knock(self, entrance: Entrance, connection: ServerConnection, request: Request) -> Response | None:
        verdict = judge(entrance, request.path, tuple(request.headers.raw_items()))
        match verdict:
            case Answered(status, text):
                if status is not HTTPStatus.OK:
                    _log.warning("turned away", extra=told(status=int(status), why=text))
                return connection.respond(status, text + "\n")
            case Admitted(_, Purpose.STATUS):
                return connection.respond(HTTPStatus.OK, json.dumps(self._status()) + "\n")
            case Admitted(_, Purpose.STOP):
                self.stop("it was asked to")
                return connection.respond(HTTPStatus.OK, "stopping\n")
            case Admitted(user):
                connection.username = user
                return None

    async def _converse(self, connection: ServerConnection) -> None:
        assert isinstance(connection, GuardedConnection)
        talk = Conversation(self._house, connection, connection.username)
        self._conversations.add(talk)
        try:
            await talk.run()
        finally:
            self._conversations.discard(talk)

    def _status(self) -> dict[str, object]:
        health, counts = self._house.health(), self._engine.counts()
        return {
            "clients": len(self._conversations),
            "waiting": counts.waiting,
            "running": counts.running,
            "device": health.device,
            "model": health.model,
            "profile": health.profile,
            "memory_mib": health.memory_bytes >> 20,
            "disk_free_mib": health.disk_free_bytes >> 20,
            "uptime_s": round(health.uptime_seconds),
        }

    async def _look(self) -> None:
        """See what computes, and how much room a card has before anything is loaded there.

        What steps took on it in earlier starts is known from then on.
        """
        try:
            device = await self._house.device_now()
        except DreamMixError as error:
            _log.warning("%s", error)
        else:
            _log.info("computing", extra=told(device=self._house.device, title=device.title))
        if self._house.device is not None:
            self._house.pace.recall(self._settings.folder / PACE, self._house.device)

    async def _watch(self, parent: int) -> None:
        """End when the parent has, no lesson is unfinished, and nobody else is connected."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(parent)
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(WATCH_INTERVAL_S)
        _log.info("the parent has ended", extra=told(parent=parent))
        while self._engine.counts().lessons or self._conversations:
            await asyncio.sleep(WATCH_INTERVAL_S)
        self.stop("its parent has ended")


@contextlib.contextmanager
def _library_claimed(library: Path) -> Iterator[None]:
    """Hold the library, if it can be written at all: one that cannot needs no holding. Raises LibraryBusy."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(claim(library, "The library"))
        except OutputFailure as error:
            _log.warning("%s", error)
        yield


@contextlib.contextmanager
def _signals(server: Server) -> Iterator[None]:
    """Stop at the signals by which terminals and service managers ask for it."""
    loop = asyncio.get_running_loop()
    asked = (signal.SIGINT, signal.SIGTERM)
    for number in asked:
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(server.stop, "of a signal"))
        else:
            loop.add_signal_handler(number, server.stop, f"of {number.name}")
    try:
        yield
    finally:
        for number in asked:
            if sys.platform == "win32":
                signal.signal(number, signal.SIG_DFL)
            else:
                loop.remove_signal_handler(number)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
