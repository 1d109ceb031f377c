"""What waits to be sent to one client: bounded, in order, and of what outdates itself only the newest.

Two kinds wait here. Short messages (answers, events) must never wait for the reader of a long transfer, so
they go first; they are counted, and where there are too many the client is not reading. Chunks come one at a
time: who has the next one waits until this one is taken.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, TypeAlias

from dreammix.protocol.messages import AnyMessage

MAX_WAITING: Final = 512
"""Most short messages that wait for a client to read."""

Said: TypeAlias = AnyMessage | str | bytes
"""A message, or what travels for one."""


class Overflow(Exception):
    """The client does not read what it is sent."""


class Outbox:
    """The messages to one client, until one writer takes them."""

    def __init__(self, most: int = MAX_WAITING) -> None:
        self._most = most
        self._short: OrderedDict[Hashable, Said] = OrderedDict()
        self._long: Said | None = None
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._taken.set()

    def __len__(self) -> int:
        return len(self._short) + (self._long is not None)

    def put(self, said: Said, place: Hashable | None = None) -> None:
        """Add a short message. It takes the place of one that still waits in the same `place`.

        Raises Overflow: too many wait.
        """
        if place is not None:
            self._short.pop(place, None)
        if len(self._short) >= self._most:
            raise Overflow(f"{len(self._short)} messages wait")
        self._short[object() if place is None else place] = said
        self._arrived.set()

    async def put_long(self, said: Said) -> None:
        """Add a part of a transfer, as soon as the part before it is taken. One task at a time may do so."""
        await self._taken.wait()
        self._taken.clear()
        self._long = said
        self._arrived.set()

    async def take(self) -> Said:
        """The next to be sent, when there is one."""
        while not len(self):
            self._arrived.clear()
            await self._arrived.wait()
        if self._short:
            return self._short.popitem(last=False)[1]
        said, self._long = self._long, None
        self._taken.set()
        assert said is not None
        return said
