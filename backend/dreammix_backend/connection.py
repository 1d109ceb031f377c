"""One client's websocket: what the library guards already, and what it does not know of.

The library bounds a message's size, a handshake's time, and the silence of a peer (it pings). Added here: how
many sockets there may be, how long one message may take to arrive, and how much may wait for a client
that does not read.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Request

from dreammix.protocol.limits import MAX_CHUNK_BYTES, MAX_TEXT_BYTES

MAX_SOCKETS: Final = 64
"""Most TCP connections at once; a further one is closed unheard."""
OPEN_DEADLINE_S: Final = 5.0
"""How long a handshake may take, TLS and HTTP each, in seconds."""
MESSAGE_DEADLINE_S: Final = 30.0
"""How long a message may take from its first byte to its last, in seconds: 1 MiB at 35 kB/s."""
PING_INTERVAL_S: Final = 20.0
"""How often a silent client is asked whether it is there, in seconds."""
PING_DEADLINE_S: Final = 40.0
"""How long it may take to answer, in seconds: Krita may be saving a large file."""
CLOSE_DEADLINE_S: Final = 3.0
"""How long a client may take to say goodbye, in seconds."""
CHUNK_HEADER_BYTES: Final = 64
"""Room for what stands before a chunk's data."""
MAX_MESSAGE_BYTES: Final = max(MAX_TEXT_BYTES, MAX_CHUNK_BYTES + CHUNK_HEADER_BYTES)
"""Largest message; the header of a larger one closes the connection (1009) before anything is allocated."""
MAX_QUEUED_FRAMES: Final = 4
"""How many frames wait for the server before it stops reading the socket."""

MAX_UNREAD_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""How much may wait to be read by a client that goes on asking (the library answers pings by itself)."""

_log = logging.getLogger(__name__)


class GuardedConnection(ServerConnection):
    """A websocket whose messages have a deadline, among no more than `MAX_SOCKETS`."""

    message_deadline = MESSAGE_DEADLINE_S

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._upgraded = False
        self._received = 0
        self._framed = 0
        self._fragmented = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self.server.handler_tasks) > MAX_SOCKETS:
            _log.warning("too many connections: one is turned away")
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # The handshake has a deadline of its own; nothing may follow it until it is answered.
        if self._upgraded:
            self._received += len(data)
        super().data_received(data)
        self._upgraded = self.request is not None
        if self.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            _log.warning("a client asks and does not read: it is disconnected")
            self.transport.abort()
        elif self._timer is None and (self._received != self._framed or self._fragmented):
            self._timer = self.loop.call_later(self.message_deadline, self._late)

    def process_event(self, event: Request | Frame | Any) -> None:
        super().process_event(event)
        if isinstance(event, Frame):
            self._framed += _wire_bytes(event)
            if event.opcode in DATA_OPCODES:
                self._fragmented = not event.fin
            if not self._fragmented:
                # A whole message, or a control frame between messages: the next one has its own time.
                self._rest()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self.transport.is_reading():
            _log.warning("a message did not end in time: its client is disconnected")
            self.transport.abort()
        else:  # It is the server that does not read.
            self._timer = self.loop.call_later(self.message_deadline, self._late)


def _wire_bytes(frame: Frame) -> int:
    """How many bytes a client's frame has on the wire: head, longer length, mask, data."""
    length = len(frame.data)
    return 2 + (0 if length < 126 else 2 if length < 65536 else 8) + 4 + length
