"""Fuzzes a real server: frames, bytes, mutated messages, abused states.

    python -m tests.stress.fuzz [COUNT]

Every case gets a reply, a documented error or a close; there is no traceback in the log, and no growth.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, get_args

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from dreammix.models.pull import OFFLINE_VARIABLE
from dreammix.protocol.messages import SUBPROTOCOL, Ask, Side
from dreammix.protocol.places import MODELS_VARIABLE
from dreammix.protocol.shapes import tag
from tests.backend.serving import Serving, serving
from tests.protocol.transcripts import FOLDER, lines
from tests.stress.weighed import weigh

FULL: Final = 100_000
CLIENTS: Final = 4
CASES_A_CONNECTION: Final = 200
ANSWER_S: Final = 120.0
"""How long an answer may take on a busy machine, in seconds."""
SHOWN_CHARS: Final = 2000
"""Of the log, before and after where a traceback begins."""
MAX_MORE_BLOCKS: Final = 2000
"""How many more small pieces of memory may be in use at the end than after the first half, in which memories
of the last so many things fill; a leak of one object in each connection is several times as much."""
MAX_MORE_HEAP_BYTES: Final = 256 << 10
"""The same for larger pieces, together."""
MAX_MORE_RESIDENT_BYTES: Final = 4 << 20
"""How much more of the machine's memory the process may take meanwhile: allocators keep holes."""

_IDS: Final = ("0" * 32, "../../etc/passwd", "a", "", "\x00", "-", "ü", "x" * 65)
_NUMBERS: Final = (True, -1, 0, 2**31, 2**70, 1.5)
_TEXTS: Final = ("", "\ud800", "x" * 70_000, *_IDS)
_VALUES: Final[tuple[object, ...]] = (None, [], {}, [[]], *_NUMBERS, *_TEXTS)


def _requests() -> tuple[dict[str, Any], ...]:
    """What the golden transcripts ask for: each request of the protocol is in one of them."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*/*.txt")):
        for line in lines(path):
            if line.speaker is Side.CLIENT and not line.manner and isinstance(line.data, str):
                message = json.loads(line.data)
                if message.get("type") == "request":
                    found[json.dumps(message["body"])] = message["body"]
    assert {body["type"] for body in found.values()} == {tag(kind) for kind in get_args(Ask)}
    return tuple(found.values())


_BODIES: Final = _requests()


class Fuzzer:
    """One client that says nonsense, always the same for a seed."""

    def __init__(self, server: Serving, seed: int) -> None:
        self._server = server
        self._random = random.Random(seed)
        self.replies = 0
        self.closes = 0

    async def run(self, count: int) -> None:
        """So many cases."""
        while count > 0:
            count -= await self._connection(min(count, CASES_A_CONNECTION))

    async def _connection(self, most: int) -> int:
        """Cases until the server hangs up; how many they were. Each is answered before the next one.

        A client that is slow to ask for it, on a busy machine, gets no connection.
        """
        endpoint = self._server.endpoint
        done = 0
        try:
            async with connect(
                f"ws://{endpoint.address}",
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers={"Authorization": f"Bearer {endpoint.token}"},
                compression=None,
                proxy=None,
                open_timeout=ANSWER_S,
            ) as socket:
                if self._random.random() < 0.9:
                    await socket.send(json.dumps({"type": "hello", "client": "fuzz", "version": "1"}))
                    await asyncio.wait_for(socket.recv(), ANSWER_S)
                while done < most:
                    done += 1
                    await self._case(socket, done)
        except WebSocketException:
            self.closes += 1
        return max(done, 1)

    async def _case(self, socket: ClientConnection, number: int) -> None:
        """Say one thing, then a ping: once that is answered, or the connection closed, it was dealt with."""
        kind = self._random.random()
        if kind < 0.80:
            await socket.send(self._text(number * 2))
        elif kind < 0.9:
            await socket.send(self._random.randbytes(self._random.choice((0, 1, 12, 13, 14, 2000))))
        elif kind < 0.98:
            await socket.send(b"\x01" + self._random.randbytes(12) + b"pixels")
        else:
            self._frame(socket)
        await socket.send(json.dumps({"type": "request", "number": number * 2 + 1, "body": {"type": "ping"}}))
        while True:
            answer = await asyncio.wait_for(socket.recv(), ANSWER_S)
            message = json.loads(answer) if isinstance(answer, str) else {}
            if message.get("number") == number * 2 + 1:
                self.replies += 1
                return

    def _text(self, number: int) -> str:
        """A request, most often changed in a place or two."""
        body = json.loads(json.dumps(self._random.choice(_BODIES)))
        message: dict[str, Any] = {"type": "request", "number": number, "body": body}
        for _ in range(self._random.choice((0, 1, 1, 2))):
            where = self._random.choice(
                [message, body, body, *[v for v in body.values() if isinstance(v, dict)]]
            )
            key = self._random.choice([*where, "more"])
            if self._random.random() < 0.3:
                where.pop(key, None)
            else:
                where[key] = copy.deepcopy(self._random.choice(_VALUES))
        text = json.dumps(message, ensure_ascii=True)
        if self._random.random() < 0.1:
            at = self._random.randrange(len(text))
            text = (
                text[:at] + self._random.choice(("", '"', "{", "NaN", "\x00", "1e999", ",")) + text[at + 1 :]
            )
        return text

    def _frame(self, socket: ClientConnection) -> None:
        """A frame that no library would send."""
        frame = Frame(
            self._random.choice(list(Opcode)),
            self._random.randbytes(self._random.choice((0, 2, 125))),
            fin=self._random.random() < 0.5,
            rsv1=self._random.random() < 0.5,
        )
        socket.transport.write(frame.serialize(mask=self._random.random() < 0.9))


async def fuzz(server: Serving, scale: Path, count: int, seed: int = 0) -> str:
    """Say `count` things, see that the server is whole, and say how it was. Raises AssertionError.

    Args:
        scale: the file that the server was started with, see `weigh`.
    """
    process = psutil.Process(server.process.pid)
    began = time.monotonic()
    fuzzers = [Fuzzer(server, seed + number) for number in range(CLIENTS)]
    share = count // CLIENTS
    weights, resident = [], 0
    for part in (share // 2, share // 4, share - share // 2 - share // 4):
        await asyncio.gather(*(fuzzer.run(part) for fuzzer in fuzzers))
        weights.append(weigh(server, scale))
        resident = resident or process.memory_info().rss
    early, middle, late = weights
    taken = process.memory_info().rss - resident
    blocks = late.blocks - early.blocks
    # Python's table of interned strings, to which pathlib adds, once becomes twice as large. That is no leak:
    # what leaks does so in both quarters.
    heap = 2 * min(middle.heap - early.heap, late.heap - middle.heap)
    before, found, after = server.log.partition("Traceback")
    assert not found, f"in the log: ...{before[-SHOWN_CHARS:]}{found}{after[:SHOWN_CHARS]}"
    assert blocks < MAX_MORE_BLOCKS, f"{blocks} small pieces of memory more are in use"
    assert heap < MAX_MORE_HEAP_BYTES, f"{heap} bytes more are in use"
    assert taken < MAX_MORE_RESIDENT_BYTES, f"the server takes {taken} bytes more"
    replies, closes = sum(f.replies for f in fuzzers), sum(f.closes for f in fuzzers)
    return (
        f"{share * CLIENTS:,} frames and messages: {replies:,} answered, {closes:,} connections closed, "
        f"no traceback; in the second half {blocks:+,} of {late.blocks:,} blocks in use, "
        f"{heap / 1024:+.0f} KiB by its quieter quarter, {taken / 2**20:+.1f} MiB resident; "
        f"{time.monotonic() - began:.0f} s"
    )


def main() -> None:
    """Fuzz a server of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FULL
    with tempfile.TemporaryDirectory() as folder:
        scale = Path(folder) / "weight.json"
        # Models are fetched and removed, too: none of this machine's, and none from the hub.
        os.environ |= {MODELS_VARIABLE: str(Path(folder) / "models"), OFFLINE_VARIABLE: "1"}
        with serving(Path(folder), program=("tests.stress.weighed", str(scale))) as server:
            print(asyncio.run(fuzz(server, scale, count)))


if __name__ == "__main__":
    main()
