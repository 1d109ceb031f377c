"""One question over HTTP, and that its end may end everything else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from dreammix.protocol.messages import SUBPROTOCOL
from dreammix_krita.client import inquiry, wire
from dreammix_krita.client.address import Address
from dreammix_krita.client.errors import NotConnected
from dreammix_krita.client.inquiry import Inquiry
from dreammix_krita.qt import QtCore, sip
from tests.krita_plugin.loop import until

ANSWER = b"HTTP/1.1 200 OK\r\n\r\nyes"
ROUNDS = 10
"""What a freed socket does is chance: so often it is tried."""


@pytest.mark.parametrize(("said", "heard"), [(ANSWER, "yes"), (b"", "The remote host closed the connection")])
def test_whoever_hears_the_answer_may_end_everything(said: bytes, heard: str) -> None:
    """The inquiry and its socket are gone before the answer was dealt with, and Qt does not mind."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(ROUNDS):
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        address = Address(host="127.0.0.1", port=server.getsockname()[1], token="t", pid=1)
        assert [ask_and_end(address) for _ in range(ROUNDS)] == [heard] * ROUNDS
        thread.join()


def test_nobody_there_may_be_the_end_of_everything_too() -> None:
    """Nothing listens at the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = Address(host="127.0.0.1", port=port, token="t", pid=1)
    assert [ask_and_end(address) for _ in range(ROUNDS)] == ["Connection refused"] * ROUNDS


def ask_and_end(address: Address) -> str:
    """The answer, or why there is none; whoever takes it ends the inquiry's owner."""
    owner, told = QtCore.QObject(), []

    def end(answer: object) -> None:
        told.append(getattr(answer, "why", answer))
        sip.delete(owner)

    Inquiry(address, "/", headers={}, answered=end, failed=end, parent=owner)
    until(lambda: bool(told))
    return str(told[0])


def test_a_backend_that_is_too_slow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection, and says nothing."""
    monkeypatch.setattr(inquiry, "ANSWER_DEADLINE_MS", 1000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address(host="127.0.0.1", port=server.getsockname()[1], token="t", pid=1)
        assert ask_and_end(address) == "nothing came within 1 seconds"


def test_a_websocket_that_does_not_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one waited for without end."""
    monkeypatch.setattr(wire, "OPEN_DEADLINE_MS", 1000)
    ended: list[NotConnected] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address(host="127.0.0.1", port=server.getsockname()[1], token="t", pid=1)
        owner = QtCore.QObject()
        line = wire.Wire(address, owner)
        line.ended.connect(ended.append)
        line.open()
        until(lambda: bool(ended))
    assert ended[0].why == "the backend did not answer within 1 seconds"


def test_a_backend_that_falls_silent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opened the websocket, and then not even a ping came."""
    monkeypatch.setattr(wire, "LISTEN_INTERVAL_MS", 50)
    ended: list[NotConnected] = []
    with connected_and_silent() as address:
        owner = QtCore.QObject()
        line = wire.Wire(address, owner)
        line.ended.connect(ended.append)
        line.open()
        until(lambda: bool(ended))
    assert ended[0].why == "nothing was heard of the backend for more than a minute"


@contextmanager
def connected_and_silent() -> Iterator[Address]:
    """A backend that opens websockets and says nothing on them."""

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            protocol = ServerProtocol(subprotocols=[Subprotocol(SUBPROTOCOL)])
            protocol.receive_data(connection.recv(65536))
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            connection.sendall(b"".join(protocol.data_to_send()))
            connection.recv(65536)  # Until the other end gives up.

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=[server])
        thread.start()
        yield Address(host="127.0.0.1", port=server.getsockname()[1], token="t", pid=1)
        thread.join()
