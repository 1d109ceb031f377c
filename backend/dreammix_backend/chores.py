"""Work that is done to its end, also where who asked for it has gone."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TypeVar

from dreammix.protocol import DreamMixError

_R = TypeVar("_R")
_log = logging.getLogger(__name__)


class Chores:
    """The tasks that are under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def begin(self, work: Coroutine[object, object, _R]) -> asyncio.Task[_R]:
        """Start one."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    async def whole(self, work: Coroutine[object, object, _R]) -> _R:
        """Wait for one; who gives up waiting does not end it."""
        return await asyncio.shield(self.begin(work))

    async def done(self) -> None:
        """Wait until none is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _end(self, task: asyncio.Task[object]) -> None:
        """What went wrong is told here too: perhaps nobody waits any more."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DreamMixError):
            _log.warning("%s", error)
        elif error is not None:
            _log.error("a chore broke off", exc_info=error)
