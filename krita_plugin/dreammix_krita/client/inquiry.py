"""One question over plain HTTP, `GET` and nothing else: how a backend is asked for its proof, or to stop."""

from collections.abc import Callable, Mapping
from typing import Final

from dreammix.protocol.proof import PROOF_PATH, fresh_challenge, proves
from dreammix_krita.client.address import Address
from dreammix_krita.client.errors import NotConnected
from dreammix_krita.client.sockets import (
    SocketState,
    begin,
    failure,
    is_ready,
    make_socket,
    single_shot,
    wake,
)
from dreammix_krita.qt import QtCore

ANSWER_DEADLINE_MS: Final = 10_000
"""How long a backend may take to answer, in milliseconds."""
MAX_ANSWER_BYTES: Final = 64 * 1024
"""Longest answer, with its headers."""
STOP_PATH: Final = "/stop"
_OK: Final = b"200"


class Inquiry(QtCore.QObject):
    """Asks, and calls one of two functions once; never before the constructor has returned.

    Args:
        address: a backend on this machine.
        path: what is asked for.
        headers: what is told beside the host's name.
        answered: takes the body of an answer with status 200.
        failed: takes why there is none.
        parent: the owner; `abort` ends the inquiry without a word.
    """

    def __init__(
        self,
        address: Address,
        path: str,
        *,
        headers: Mapping[str, str],
        answered: Callable[[str], None],
        failed: Callable[[NotConnected], None],
        parent: QtCore.QObject,
    ) -> None:
        super().__init__(parent)
        self._address = address
        self._answered = answered
        self._failed = failed
        self._over = False
        self._data = bytearray()
        lines = (f"GET {path} HTTP/1.1", f"Host: {address.text}", *(f"{k}: {v}" for k, v in headers.items()))
        self._asked = False
        self._question = "\r\n".join((*lines, "Connection: close", "", "")).encode("ascii")
        self._socket = make_socket(address, self)
        self._turn = single_shot(self, 0, self._look)
        wake(self._socket, self._turn)
        self._deadline = single_shot(self, ANSWER_DEADLINE_MS, self._give_up)
        self._deadline.start()
        QtCore.QTimer.singleShot(0, self._begin)

    def abort(self) -> None:
        """Ask no more, and call nobody."""
        self._over = True
        self._deadline.stop()
        self._socket.abort()
        self.deleteLater()

    def _begin(self) -> None:
        if not self._over:
            begin(self._socket, self._address)

    def _look(self) -> None:
        """One turn: ask, and take what there is, until the other end hangs up."""
        if self._over:
            return
        if not self._asked and is_ready(self._socket):
            self._asked = True
            self._socket.write(self._question)
        if self._socket.isOpen():
            self._data += bytes(self._socket.read(MAX_ANSWER_BYTES) or b"")
        if len(self._data) > MAX_ANSWER_BYTES:
            self._end(None, _strange(self._address))
        elif self._socket.state() == SocketState.UnconnectedState:
            self._finish()

    def _give_up(self) -> None:
        self._end(
            None,
            NotConnected(
                f"The backend at {self._address.text} does not answer",
                f"nothing came within {ANSWER_DEADLINE_MS // 1000} seconds",
                "It is tried again by itself",
            ),
        )

    def _finish(self) -> None:
        if not self._data:
            self._end(None, failure(self._socket, self._address))
            return
        head, found, body = bytes(self._data).partition(b"\r\n\r\n")
        status = head.split(b"\r\n")[0].split(b" ")[1:2]
        if not found or status != [_OK]:
            self._end(None, _strange(self._address))
        else:
            self._end(body.decode("utf-8", "replace").strip(), None)

    def _end(self, body: str | None, error: NotConnected | None) -> None:
        if self._over:
            return
        self.abort()
        if error is not None:
            self._failed(error)
        elif body is not None:
            self._answered(body)


def ask_for_proof(
    address: Address,
    believed: Callable[[], None],
    failed: Callable[[NotConnected], None],
    parent: QtCore.QObject,
) -> Inquiry:
    """Let whoever listens there prove that it knows the token, without telling it."""
    challenge = fresh_challenge()

    def judge(answer: str) -> None:
        if proves(answer, address.token, address.text, challenge):
            believed()
        else:
            failed(_strange(address))

    return Inquiry(address, PROOF_PATH + challenge, headers={}, answered=judge, failed=failed, parent=parent)


def ask_to_stop(
    address: Address,
    stopping: Callable[[], None],
    failed: Callable[[NotConnected], None],
    parent: QtCore.QObject,
) -> Inquiry:
    """Let a backend on this machine end, once it is believed; its jobs are kept."""

    def ask() -> None:
        headers = {"Authorization": f"Bearer {address.token}"}
        Inquiry(
            address, STOP_PATH, headers=headers, answered=lambda _: stopping(), failed=failed, parent=parent
        )

    return ask_for_proof(address, ask, failed, parent)


def _strange(address: Address) -> NotConnected:
    return NotConnected(
        f"What listens at {address.text} is not the backend",
        "it does not prove that it knows this start's token",
        "Start the backend again",
    )
