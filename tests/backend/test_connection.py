"""The connection's own guards, with deadlines short enough to wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

from dreammix.files import png
from dreammix.protocol import Picture, SampleFormat, Size, TransferRejected
from dreammix.protocol.jobs import JobState
from dreammix.protocol.payloads import Fetch, PixelForm, SubjectPicture, Upload
from dreammix.protocol.services import DescribePictures, Ping
from dreammix.protocol.transfer import chunks
from dreammix.subjects import Library, NewPicture
from dreammix_backend.connection import MAX_SOCKETS, MAX_UNREAD_BYTES, GuardedConnection
from dreammix_backend.outbox import Outbox, Said
from tests.backend.conversing import conversing
from tests.backend.serving import PATIENCE_S, plain


class Impatient(GuardedConnection):
    """Gives a message a quarter of a second."""

    message_deadline = 0.25


@asynccontextmanager
async def echoing(kind: type[GuardedConnection]) -> AsyncIterator[str]:
    """A server that says back what it hears; its address."""

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, create_connection=kind, compression=None) as server:
        host, port = next(iter(server.sockets)).getsockname()
        yield f"ws://{host}:{port}"


def write(socket: ClientConnection, frame: Frame) -> None:
    """Send a frame beside the library's back."""
    socket.transport.write(frame.serialize(mask=True))


async def test_row_13_half_a_message_is_given_up() -> None:
    """Row 13: a fragment and then pongs, as if all were well: closed, without its other half."""
    async with echoing(Impatient) as address, connect(address, proxy=None) as socket:
        write(socket, Frame(Opcode.TEXT, b"half", fin=False))
        closed = asyncio.create_task(socket.wait_closed())
        while not closed.done():
            with suppress(RuntimeError):  # The server has closed, and this end is closing too.
                write(socket, Frame(Opcode.PONG, b""))
            await asyncio.wait([closed], timeout=0.05)


async def test_row_13_a_dripped_frame_is_given_up() -> None:
    """Row 13: a frame of which a byte comes now and then is no message that is on its way."""
    async with echoing(Impatient) as address, connect(address, proxy=None) as socket:
        drops = iter(Frame(Opcode.TEXT, b"x" * 100_000).serialize(mask=True))
        closed = asyncio.create_task(socket.wait_closed())
        while not closed.done():
            with suppress(RuntimeError):  # As above.
                socket.transport.write(bytes([next(drops)]))
            await asyncio.wait([closed], timeout=0.05)


async def test_messages_one_after_the_other_have_their_own_time() -> None:
    """Fragments, pings between them and whole messages, for longer than one message may take."""
    async with echoing(Impatient) as address, connect(address, proxy=None) as socket:
        for number in range(8):
            write(socket, Frame(Opcode.TEXT, b"frag", fin=False))
            write(socket, Frame(Opcode.PING, b""))
            await asyncio.sleep(0.05)
            write(socket, Frame(Opcode.CONT, f"ment {number}".encode()))
            assert await asyncio.wait_for(socket.recv(), PATIENCE_S) == f"fragment {number}"


async def test_row_13_there_are_not_more_sockets_than_allowed() -> None:
    """Row 13: one more than the cap is turned away, and the others stay."""
    async with echoing(GuardedConnection) as address:
        host, port = address.removeprefix("ws://").split(":")
        lines = [await asyncio.open_connection(host, int(port)) for _ in range(MAX_SOCKETS)]
        reader, writer = await asyncio.open_connection(host, int(port))
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        for _, each in (*lines, (reader, writer)):
            each.close()


async def test_row_14_who_only_asks_is_disconnected() -> None:
    """Row 14: pings without end, whose pongs nobody reads, do not fill the memory."""
    async with echoing(GuardedConnection) as address, connect(address, proxy=None) as socket:
        socket.transport.pause_reading()
        ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 1000
        written = 0
        while not socket.transport.is_closing() and written < 100 * MAX_UNREAD_BYTES:
            socket.transport.write(ping)
            written += len(ping)
            await asyncio.sleep(0)
        assert written < 100 * MAX_UNREAD_BYTES
        socket.transport.abort()


async def test_row_14_a_stalled_reader_is_disconnected_and_its_job_is_done(tmp_path: Path) -> None:
    """Row 14: a client stops reading in the middle of a transfer: it is let go, and its job goes on."""
    noise = bytes(range(251)) * (4 * 1600 * 1600 // 251 + 1)
    big = Picture(Size(1600, 1600), SampleFormat.RGBA8, noise[: 4 * 1600 * 1600])
    subject = Library(tmp_path / "library", "default").create("Pip", "mug", pictures=[NewPicture(png(big))])
    async with conversing(tmp_path, send_deadline=0.5) as (engine, client, ended):
        job = await client.insert(prompt="slow 20")
        client.socket.transport.pause_reading()
        for _ in range(60):
            await client.begin(Fetch(SubjectPicture(subject.id, 0)))
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
        client.socket.transport.abort()
        owner = f"local:{client.welcome.session}"
        while not engine.info(owner, job).state.final:
            await asyncio.sleep(0.05)
        assert engine.info(owner, job).state is JobState.SUCCEEDED


async def test_a_transfer_that_is_left_half_way_is_given_up(tmp_path: Path) -> None:
    """Its memory is given back and its client told, while the connection goes on."""
    async with conversing(tmp_path, idle=0.2) as (_, client, _):
        picture = plain(64, SampleFormat.RGBA8)
        number = await client.begin(Upload(PixelForm(picture.size, picture.format)))
        await client.socket.send(client.session.send(next(chunks(number, picture.data, 1000))))
        with pytest.raises(TransferRejected, match="given up"):
            await client.answer(number)
        await client.ask(Ping())


async def test_an_upload_that_nobody_uses_is_forgotten(tmp_path: Path) -> None:
    """A file goes from the disk, too; who names it later is told that there is none."""
    async with conversing(tmp_path, idle=0.2) as (_, client, _):
        number = await client.upload(png(plain(8, SampleFormat.RGBA8)))
        while list((tmp_path / "uploads").iterdir()):
            await asyncio.sleep(0.05)
        with pytest.raises(TransferRejected, match="no upload"):
            await client.ask(DescribePictures("mug", (number,)))


async def test_a_conversation_ends_where_its_writer_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that nobody would answer any more is let go, and the log says why."""

    async def broken(_: Outbox) -> Said:
        raise ZeroDivisionError("a defect")

    async with conversing(tmp_path) as (_, client, ended):
        monkeypatch.setattr(Outbox, "take", broken)
        await client.begin(Ping())
        await client.begin(Ping())
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
    assert "a conversation broke off" in caplog.text
    assert "a defect" in caplog.text
