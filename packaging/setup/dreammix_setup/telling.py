"""Says how far the set-up is: a JSON object a line for a program, plain text for a person."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TextIO

INTERVAL_S = 0.25
"""Counts are told no more often than this, in seconds."""
MIB = 1 << 20


class Teller:
    """Tells one stream.

    Args:
        stream: where to; a terminal gets text.
        clock: seconds, from anywhere.
    """

    def __init__(self, stream: TextIO = sys.stdout, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._last = float("-inf")

    def say(self, stage: str, message: str, done: int = 0, total: int = 0, **more: object) -> None:
        """Tell one event."""
        self._last = self._clock()
        if self._stream.isatty():
            share = f" ({done // MIB} of {total // MIB} MiB)" if total > MIB else ""
            line = f"{stage:>8}  {message}{share}"
        else:
            event = {"stage": stage, "done": done, "total": total, "message": message, **more}
            line = json.dumps(event, ensure_ascii=True)
        print(line, file=self._stream, flush=True)

    def count(self, stage: str, message: str, done: int, total: int) -> None:
        """Tell a count, unless one was told just now; the last one always is."""
        if done == total or self._clock() - self._last >= INTERVAL_S:
            self.say(stage, message, done, total)
