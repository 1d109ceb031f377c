"""Work that is done to its end, also where who asked for it has gone."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

_R = TypeVar("_R")


class Chores:
    """The tasks that are under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def begin(self, work: Coroutine[object, object, _R]) -> asyncio.Task[_R]:
        """Start one."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def whole(self, work: Coroutine[object, object, _R]) -> _R:
        """Wait for one; who gives up waiting does not end it."""
        return await asyncio.shield(self.begin(work))

    async def done(self) -> None:
        """Wait until none is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)
