"""Models fetched, checked and removed for clients. A fetch goes on when who asked for it has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from dreammix.models.keeping import check, remove
from dreammix.models.pull import Hub, PullProgress, pull, usual_hub
from dreammix.models.registry import named
from dreammix.protocol import Cancelled, InvalidRequest
from dreammix.protocol.services import ManageModel, ModelInfo, ModelOrder
from dreammix_backend.chores import Chores


@dataclass(slots=True)
class _Fetch:
    """One that is under way."""

    task: asyncio.Task[None] | None = None
    progress: PullProgress | None = None
    stopped: bool = False

    def hear(self, progress: PullProgress) -> None:
        """In the fetching thread: note how far it is, and end it where that was asked for."""
        self.progress = progress
        if self.stopped:
            raise Cancelled("The fetch was stopped", "that was asked for", "What has come is kept")


class Fetches:
    """All fetches of a server, one a model at most.

    Args:
        hub: says whom to ask, each time anew.
    """

    def __init__(self, hub: Callable[[], Hub] = usual_hub) -> None:
        self._hub = hub
        self._running: dict[str, _Fetch] = {}
        self._chores = Chores()

    async def manage(self, ask: ManageModel, loaded: Collection[str]) -> None:
        """Do what is asked; returns when it is done.

        Raises what `pull`, `check` and `remove` raise; InvalidRequest: the model is in use.
        """
        model = await asyncio.to_thread(named, ask.model)
        match ask.order:
            case ModelOrder.PULL:
                await self._fetch(ask.model)
            case ModelOrder.STOP:
                await self._stop(ask.model)
            case ModelOrder.VERIFY:
                await asyncio.to_thread(check, model)
            case ModelOrder.REMOVE:
                if ask.model in loaded or ask.model in self._running:
                    raise InvalidRequest(
                        f"{ask.model} cannot be removed now",
                        "it is in use",
                        "Load another, or stop its fetch",
                    )
                await asyncio.to_thread(remove, model)

    def shown(self, info: ModelInfo) -> ModelInfo:
        """The same, with how far its fetch has come, if there is one."""
        fetch = self._running.get(info.model)
        if fetch is None:
            return info
        progress = fetch.progress or PullProgress("", 0, 0)
        return replace(info, fetched_bytes=progress.done_bytes, fetching_bytes=progress.total_bytes)

    async def end(self) -> None:
        """End all fetches; what has come is kept."""
        for name in list(self._running):
            await self._stop(name)

    async def _fetch(self, name: str) -> None:
        fetch = self._running.get(name)
        if fetch is None:
            fetch = self._running[name] = _Fetch()
            fetch.task = self._chores.begin(self._run(name, fetch))
        assert fetch.task is not None
        await asyncio.shield(fetch.task)

    async def _run(self, name: str, fetch: _Fetch) -> None:
        try:
            await asyncio.to_thread(lambda: pull(named(name), self._hub(), fetch.hear))
        finally:
            del self._running[name]

    async def _stop(self, name: str) -> None:
        fetch = self._running.get(name)
        if fetch is not None and fetch.task is not None:
            fetch.stopped = True
            await asyncio.wait([fetch.task])
