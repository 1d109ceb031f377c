"""One question over HTTP, and that its end may end everything else."""

from __future__ import annotations

import socket
import threading

import pytest

from dreammix_krita.client.address import Address
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
