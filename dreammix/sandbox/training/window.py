"""Training data as a sliding window of parts, made ahead in child processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Generic, TypeVar

Made = TypeVar("Made")
Kept = TypeVar("Kept")


class Window(Generic[Made, Kept]):
    """Parts k to k + `kept` - 1 at step k * `period`: a pure function of the step, resumed or not.

    Args:
        make: makes part i in a child process; must be picklable, as what it gives must be.
        keep: what is kept of it, in this process, on its device.
        kept: parts at a time.
        period: steps after which one part is renewed.
        workers: child processes; they work that many parts ahead, so that training seldom waits.
    """

    def __init__(
        self,
        make: Callable[[int], Made],
        keep: Callable[[Made], Kept],
        *,
        kept: int,
        period: int,
        workers: int,
    ) -> None:
        self._make, self._keep, self._kept, self._period = make, keep, kept, period
        self._ahead = workers + 1
        self._workers = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        self._coming: dict[int, Future[Made]] = {}
        self._parts: dict[int, Kept] = {}

    def at(self, step: int) -> list[Kept]:
        """The parts of one step; asked for step by step."""
        first = step // self._period
        wanted = range(first, first + self._kept)
        if list(self._parts) != list(wanted):
            for i in range(first, wanted.stop + self._ahead):
                if i not in self._parts and i not in self._coming:
                    self._coming[i] = self._workers.submit(self._make, i)
            self._parts = {i: self._parts[i] if i in self._parts else self._finished(i) for i in wanted}
        return list(self._parts.values())

    def _finished(self, index: int) -> Kept:
        return self._keep(self._coming.pop(index).result())

    def close(self) -> None:
        """End the child processes."""
        self._workers.shutdown(cancel_futures=True)
