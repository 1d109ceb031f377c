"""A real server process to test against, and a client that speaks through the protocol's own session."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from dreammix.protocol import Box, Picture, SampleFormat, Size
from dreammix.protocol.asking import Asks
from dreammix.protocol.caller import Caller, Fetched, Heard
from dreammix.protocol.jobs import Insert, JobChanged
from dreammix.protocol.messages import SUBPROTOCOL, Failure, JobEvent, Reply, Welcome
from dreammix.protocol.payloads import Fetch, Source
from dreammix_backend.endpoint import Endpoint, is_running, read_endpoint

ROOT: Final = Path(__file__).resolve().parents[2]
BACKEND: Final = ("dreammix_backend",)
"""The module that is the server, and arguments that come first."""
FAKE_TOOLS: Final = "tests.backend.fakes:load"
PATIENCE_S: Final = 60.0
"""How long a test waits for what must come: a busy machine is slow, not wrong."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process: its own folder, its library, and where it listens."""

    process: subprocess.Popen[bytes]
    folder: Path
    library: Path
    endpoint: Endpoint

    @property
    def log(self) -> str:
        """What it has logged, the files that were put aside included."""
        files = sorted(self.folder.glob("server.log*"), reverse=True)
        return "".join(file.read_text(encoding="utf-8") for file in files)


def command(
    folder: Path, *arguments: str, tools: str = FAKE_TOOLS, program: Sequence[str] = BACKEND
) -> list[str]:
    """How a server is started whose things are in a folder."""
    places = ["--folder", str(folder / "backend"), "--library", str(folder / "library")]
    if "--device" not in arguments:
        places += ["--device", "cpu"]
    return [sys.executable, "-m", *program, *places, "--quiet", "--tools", tools, *arguments]


def start(
    folder: Path, *arguments: str, tools: str = FAKE_TOOLS, program: Sequence[str] = BACKEND
) -> Serving:
    """Start a server, and wait until it listens."""
    process = subprocess.Popen(
        command(folder, *arguments, tools=tools, program=program),
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
    )
    return Serving(process, folder / "backend", folder / "library", _listening(folder / "backend", process))


def _listening(folder: Path, process: subprocess.Popen[bytes]) -> Endpoint:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        endpoint = read_endpoint(folder)
        if endpoint is not None and endpoint.pid == process.pid and is_running(endpoint):
            return endpoint
        assert process.poll() is None, f"the server ended with {process.returncode}"
        time.sleep(0.01)
    raise AssertionError("the server does not listen")


@contextmanager
def serving(
    folder: Path, *arguments: str, tools: str = FAKE_TOOLS, program: Sequence[str] = BACKEND
) -> Iterator[Serving]:
    """A server as long as the block runs; it ends by a signal, and in order."""
    server = start(folder, *arguments, tools=tools, program=program)
    try:
        yield server
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(PATIENCE_S) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()


class Client:
    """One connection. Every answer that does not come within `PATIENCE_S` is an error.

    Attributes:
        events: what was told of jobs and not read yet.
        welcome: the server's.
        ended: done when the server has hung up; holds the error, if it is one.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.caller = Caller()
        self.session = self.caller.session
        self.events: asyncio.Queue[JobEvent] = asyncio.Queue()
        self.welcome: Welcome
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._welcomed: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()

    async def greet(self, **fields: Any) -> Welcome:
        """Say hello."""
        await self.socket.send(self.caller.hello("test", "1", **fields))
        self.welcome = await asyncio.wait_for(self._welcomed, PATIENCE_S)
        return self.welcome

    async def ask(self, body: Asks[Any]) -> Any:
        """The answer to a request. Raises the error that it fails with."""
        number = await self.begin(body)
        return await self.answer(number)

    async def begin(self, body: Asks[Any]) -> int:
        """Ask, without waiting for the answer: the request's number."""
        number, data = self.caller.ask(body)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(data)
        return number

    async def answer(self, number: int) -> Any:
        """The answer to an earlier request."""
        return await asyncio.wait_for(self._answers[number], PATIENCE_S)

    async def upload(self, content: Picture | bytes) -> int:
        """Send a picture's pixels, or a file; the upload's number."""
        number, parts = self.caller.upload(content)
        self._answers[number] = asyncio.get_running_loop().create_future()
        for part in parts:
            await self.socket.send(part)
        await self.answer(number)
        return number

    async def fetch(self, source: Source) -> Picture | bytes:
        """What a source holds."""
        found: Picture | bytes = await self.ask(Fetch(source))
        return found

    async def insert(self, *, key: str = "key", side: int = 32, **fields: Any) -> str:
        """Begin an insert into a small grey picture; the job's id."""
        scene = await self.upload(plain(side, SampleFormat.RGBA8))
        mask = await self.upload(plain(side, SampleFormat.GRAY8))
        given = {"prompt": "a red mug", **fields}
        info = await self.ask(Insert(key=key, scene=scene, mask=mask, window=box(side), **given))
        return str(info.job)

    async def until_end(self, job: str) -> list[JobEvent]:
        """All events of a job from now to its last; those of other jobs are dropped."""
        seen = []
        while True:
            event = await asyncio.wait_for(self.events.get(), PATIENCE_S)
            if event.job == job:
                seen.append(event)
                if isinstance(event.event, JobChanged) and event.event.state.final:
                    return seen

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take in what the server says, as long as the block runs."""
        task = asyncio.create_task(self.listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def listen(self) -> None:
        """Take in what the server says, until it hangs up."""
        try:
            async for data in self.socket:
                for heard in self.caller.receive(data):
                    self._hear(heard)
            self._end(ConnectionError("the server has hung up"))
        except Exception as error:
            self._end(error)
            raise

    def _end(self, error: Exception) -> None:
        """Nothing more is answered."""
        waiting: list[asyncio.Future[Any]] = [self.ended, self._welcomed, *self._answers.values()]
        for each in waiting:
            if not each.done():
                each.set_exception(error)
                each.exception()  # So that nobody has to ask for it.

    def _hear(self, heard: Heard) -> None:
        match heard:
            case Welcome():
                self._welcomed.set_result(heard)
            case Reply(number, answer) | Fetched(number, answer):
                self._answers[number].set_result(answer)
            case Failure(number, error):
                self._answers[number].set_exception(error.error())
                self._answers[number].exception()
            case JobEvent():
                self.events.put_nowait(heard)


@asynccontextmanager
async def connected(endpoint: Endpoint, **hello: Any) -> AsyncIterator[Client]:
    """A client that has said hello."""
    async with connect(
        f"ws://{endpoint.address}",
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers={"Authorization": f"Bearer {endpoint.token}"},
        compression=None,
        max_size=None,
        proxy=None,
    ) as socket:
        client = Client(socket)
        async with client.listening():
            await client.greet(**hello)
            yield client


def plain(side: int, sample_format: SampleFormat) -> Picture:
    """A square of 200 everywhere: a scene, or a mask of everything."""
    return Picture(Size(side, side), sample_format, b"\xc8" * (side * side * sample_format.bytes_per_pixel))


def pictured(side: int) -> tuple[Picture, Picture]:
    """A square that gets brighter from left to right, and the mask of its middle half, a side."""
    columns = bytes(value for x in range(side) for value in (*[x * 200 // side] * 3, 255))
    quarter = side // 4
    line = bytes(255 * (quarter <= x < side - quarter) for x in range(side))
    mask = b"".join(line if quarter <= y < side - quarter else bytes(side) for y in range(side))
    size = Size(side, side)
    return Picture(size, SampleFormat.RGBA8, columns * side), Picture(size, SampleFormat.GRAY8, mask)


def box(side: int) -> Box:
    """The whole of such a square."""
    return Box(0, 0, side, side)
