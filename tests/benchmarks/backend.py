"""How quick and how small a real server is; `--write` puts the figures into docs/backend.md.

    python -m tests.benchmarks.backend [--write]

The picture's way is compared with a plain asyncio copy of the same bytes over a socket, in the same run.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from dreammix.protocol import Picture, SampleFormat, Size
from dreammix.protocol.jobs import Insert
from dreammix.protocol.payloads import ResultPicture
from dreammix.protocol.requests import InsertSettings
from dreammix.protocol.services import Ping
from dreammix_backend.endpoint import read_endpoint
from tests.backend.serving import Client, Serving, box, connected, serving
from tests.stress.figures import note

SIDE: Final = 4096
STARTS: Final = 5
COPIES: Final = 3
PING_PAUSE_S: Final = 0.02
_MIB: Final = 1 << 20


def start(folder: Path) -> tuple[float, float, int]:
    """Until a new process answers: seconds, and seconds of them that it computed; then the bytes it holds."""
    began = time.monotonic()
    with serving(folder) as server:
        took = time.monotonic() - began
        process = psutil.Process(server.process.pid)
        times = process.cpu_times()
        return took, times.user + times.system, process.memory_info().rss


async def plain_copy_s(data: bytes) -> float:
    """Seconds to send bytes over a loopback socket and get them back, with asyncio and nothing else."""

    loop = asyncio.get_running_loop()

    async def read(line: socket.socket) -> bytes:
        parts, missing = [], len(data)
        while missing:
            part = await loop.sock_recv(line, min(missing, _MIB))
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    async def keep(listener: socket.socket) -> None:
        line, _ = await loop.sock_accept(listener)
        with line:
            await loop.sock_sendall(line, await read(line))

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as line:
        listener.setblocking(False)
        line.setblocking(False)
        keeping = asyncio.create_task(keep(listener))
        await loop.sock_connect(line, listener.getsockname())
        began = time.monotonic()
        await loop.sock_sendall(line, data)
        assert await read(line) == data
        took = time.monotonic() - began
        await keeping
    return took


class Peak:
    """The most memory that a process holds while the block runs, in bytes."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.idle = self.most = self._process.memory_info().rss

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self.most = max(self.most, self._process.memory_info().rss)


async def travel(client: Client, picture: Picture, mask: Picture) -> tuple[float, float]:
    """Seconds that a picture takes up, and its result down; what lies between is not counted."""
    began = time.monotonic()
    scene = await client.upload(picture)
    up = time.monotonic() - began
    masked = await client.upload(mask)
    settings = InsertSettings(steps=1)
    info = await client.ask(
        Insert(key="big", scene=scene, mask=masked, window=box(SIDE), prompt="", settings=settings)
    )
    await client.until_end(info.job)
    began = time.monotonic()
    result = await client.fetch(ResultPicture(info.job, 0))
    down = time.monotonic() - began
    assert result == picture
    return up, down


async def ping(folder: Path) -> None:
    """Another client, in a process of its own: pings until its input ends, and prints how long each took."""
    endpoint = read_endpoint(folder)
    assert endpoint is not None
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    took = []
    async with connected(endpoint) as client:
        while not over.done():
            began = time.monotonic()
            await client.ask(Ping())
            took.append(time.monotonic() - began)
            await asyncio.sleep(PING_PAUSE_S)
    print(json.dumps(took))


@contextmanager
def pinging(server: Serving) -> Iterator[list[float]]:
    """Have another client ping as long as the block runs; then the list holds the times, in seconds."""
    command = [sys.executable, "-m", "tests.benchmarks.backend", "--ping", str(server.folder)]
    took: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        yield took
        took += json.loads(other.communicate()[0])


def measure() -> dict[str, str]:
    """Every figure, by its row in docs/backend.md."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        starts = [start(Path(folder) / str(number)) for number in range(STARTS)]
        figures["start to listening"] = (
            f"{statistics.median(wall for wall, _, _ in starts):.2f} s, "
            f"{statistics.median(busy for _, busy, _ in starts):.2f} s of them computing"
        )
        figures["idle memory"] = f"{max(held for _, _, held in starts) / 1e6:.0f} MB"
        data = bytes(range(256)) * (SIDE * SIDE * 4 // 256)
        picture = Picture(Size(SIDE, SIDE), SampleFormat.RGBA8, data)
        mask = Picture(Size(SIDE, SIDE), SampleFormat.GRAY8, b"\xff" * (SIDE * SIDE))
        plain = statistics.median(asyncio.run(plain_copy_s(data)) for _ in range(COPIES))
        with serving(Path(folder) / "big") as server:
            with Peak(server.process.pid) as peak:
                ways = [asyncio.run(_alone(server, picture, mask)) for _ in range(COPIES)]
            up, down = (statistics.median(way) for way in zip(*ways, strict=True))
            with pinging(server) as pings:
                for _ in range(COPIES):
                    asyncio.run(_alone(server, picture, mask))
            pings.sort()
        figures["64 MB up and down"] = (
            f"{up:.2f} s and {down:.2f} s, {(up + down) / plain:.1f} times the plain copy's {plain:.2f} s"
        )
        above = (peak.most - peak.idle) / len(data)
        figures["memory meanwhile"] = f"{above:.1f} pictures above idle"
        worst, usual = max(pings), statistics.median(pings)
        figures["pings meanwhile"] = (
            f"median {usual * 1000:.0f} ms, 99 % within {pings[int(len(pings) * 0.99)] * 1000:.0f} ms, "
            f"longest {worst * 1000:.0f} ms"
        )
    return figures


async def _alone(server: Serving, picture: Picture, mask: Picture) -> tuple[float, float]:
    async with connected(server.endpoint) as client:
        return await travel(client, picture, mask)


def main() -> None:
    """Measure, print, and write down if asked to."""
    if sys.argv[1:2] == ["--ping"]:
        asyncio.run(ping(Path(sys.argv[2])))
        return
    for name, text in measure().items():
        print(f"{name}: {text}", flush=True)
        if "--write" in sys.argv[1:]:
            note(name, text)


if __name__ == "__main__":
    main()
