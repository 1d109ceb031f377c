"""A server that says what it holds when it is sent SIGUSR1; Linux with the GNU C library.

    python -m tests.stress.weighed FILE [the server's own arguments]

What a process takes from the system says little: allocators keep what they once got, in pieces. So what is
weighed is what is in use, after a collection. A leaked object counts there even where it fits into a hole.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.backend.serving import PATIENCE_S, Serving


class _MallInfo(ctypes.Structure):
    """`struct mallinfo2` of malloc.h."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


@dataclass(frozen=True, slots=True)
class Weight:
    """What a server has in use.

    Attributes:
        blocks: small pieces of memory that Python's objects live in, each of up to 512 bytes.
        heap: bytes that the C library has given out: larger pieces, and what is not Python's.
    """

    blocks: int
    heap: int


def weight() -> Weight:
    """Of this process, after a collection."""
    gc.collect()
    allocator = ctypes.CDLL(None).mallinfo2
    allocator.restype = _MallInfo
    told = allocator()
    return Weight(blocks=sys.getallocatedblocks(), heap=told.uordblks + told.hblkhd)


def weigh(server: Serving, file: Path) -> Weight:
    """Of a server that was started with this file."""
    file.unlink(missing_ok=True)
    server.process.send_signal(signal.SIGUSR1)
    deadline = time.monotonic() + PATIENCE_S
    while not file.exists():
        assert time.monotonic() < deadline, "the server does not say what it holds"
        time.sleep(0.01)
    return Weight(**json.loads(file.read_text(encoding="utf-8")))


def main() -> int:
    """Serve."""
    file = Path(sys.argv.pop(1))
    fresh = file.with_suffix(".new")

    def tell(*_: object) -> None:
        fresh.write_text(json.dumps(asdict(weight())), encoding="utf-8")
        os.replace(fresh, file)

    signal.signal(signal.SIGUSR1, tell)
    from dreammix_backend.__main__ import main as serve

    return serve()


if __name__ == "__main__":
    sys.exit(main())
