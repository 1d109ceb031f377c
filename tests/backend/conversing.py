"""A conversation over a real websocket with a server in this process, whose house a test may furnish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from dreammix_backend.connection import GuardedConnection
from dreammix_backend.conversation import Conversation
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.house import Furniture, House
from dreammix_backend.workers import WorkerSettings
from tests.backend.serving import FAKE_TOOLS, Client


@asynccontextmanager
async def conversing(
    folder: Path, built: Callable[[Engine, Furniture], House] = House, **deadlines: float
) -> AsyncIterator[tuple[Engine, Client, asyncio.Event]]:
    """A client in a conversation: the engine behind it, and what is set at the conversation's end.

    Args:
        folder: of library, jobs and uploads.
        built: what makes the house.
        deadlines: other ones than usual, see `Conversation`.
    """
    furniture = Furniture(library=folder / "library", uploads=folder / "uploads", chosen=folder / "model.txt")
    settings = EngineSettings(workers=WorkerSettings(tools=FAKE_TOOLS))
    ended = asyncio.Event()
    async with Engine(folder / "jobs", settings) as engine:
        house = built(engine, furniture)

        async def converse(connection: ServerConnection) -> None:
            assert isinstance(connection, GuardedConnection)
            await Conversation(house, connection, "local", **deadlines).run()
            ended.set()

        async with serve(
            converse, "127.0.0.1", 0, create_connection=GuardedConnection, compression=None
        ) as server:
            host, port = next(iter(server.sockets)).getsockname()
            async with connect(f"ws://{host}:{port}", compression=None, max_size=None, proxy=None) as socket:
                client = Client(socket)
                async with client.listening():
                    await client.greet()
                    yield engine, client, ended
