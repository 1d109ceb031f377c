"""One websocket: the library's sans-I/O protocol on Qt's socket, without a thread, a little at each turn.

The event loop that paints the interface also carries the pixels. So no more than `READ_BYTES` are taken in
one turn, and whoever has much to send waits for room before each piece.
"""

import contextlib
from typing import Final

from dreammix.protocol.codec import HEADER
from dreammix.protocol.limits import MAX_CHUNK_BYTES, MAX_TEXT_BYTES
from dreammix.protocol.messages import SUBPROTOCOL
from dreammix_krita.client.address import Address
from dreammix_krita.client.errors import NotConnected, Refused, lost, mismatch
from dreammix_krita.client.sockets import (
    READ_BYTES,
    SocketState,
    begin,
    failure,
    is_ready,
    make_socket,
    single_shot,
    wake,
)
from dreammix_krita.qt import QtCore
from dreammix_krita.vendor import (
    ClientProtocol,
    Frame,
    InvalidStatus,
    Opcode,
    Response,
    Subprotocol,
    WebSocketException,
    parse_uri,
)

MAX_MESSAGE_BYTES: Final = max(MAX_TEXT_BYTES, MAX_CHUNK_BYTES + HEADER.size)
"""A longer message ends the connection before anything is allocated for it."""
SEND_AHEAD_BYTES: Final = 512 * 1024
"""While more than these wait to leave, there is no room."""
OPEN_DEADLINE_MS: Final = 15_000
"""How long it may take until the websocket is open, in milliseconds."""
LISTEN_INTERVAL_MS: Final = 20_000
"""How often it is looked whether anything came; a backend pings as often."""
SILENT_INTERVALS: Final = 4
"""After so many of them in silence nobody is there. Intervals that Krita was too busy for are not counted."""
CLOSE_NORMAL: Final = 1000
_UNAUTHORISED: Final = (401, 403)
_BAD_REQUEST: Final = 400
_MESSAGES: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class Wire(QtCore.QObject):
    """A connection from its opening to its end.

    Signals:
        opened: the websocket is open.
        received: a message, str or bytes.
        roomy: there is room to send again.
        ended: a NotConnected, once, and nothing after it; not after `close`.
    """

    opened = QtCore.pyqtSignal()
    received = QtCore.pyqtSignal(object)
    roomy = QtCore.pyqtSignal()
    ended = QtCore.pyqtSignal(object)

    def __init__(self, address: Address, parent: QtCore.QObject) -> None:
        """Prepare a connection to a backend that is believed already. Raises Refused."""
        super().__init__(parent)
        self._address = address
        self._socket = make_socket(address, self)
        self._websocket = ClientProtocol(
            parse_uri(address.url), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=MAX_MESSAGE_BYTES
        )
        self._parts: list[bytes] = []
        self._text = False
        self._open = False
        self._over = False
        self._silence = 0
        self._greeted = False
        self._turn = single_shot(self, 0, self._take)
        self._deadline = single_shot(self, OPEN_DEADLINE_MS, self._give_up)
        self._ear = single_shot(self, LISTEN_INTERVAL_MS, self._listen)
        wake(self._socket, self._turn)

    def open(self) -> None:
        """Connect; `opened` or `ended` follows."""
        self._deadline.start()
        begin(self._socket, self._address)

    @property
    def has_room(self) -> bool:
        """Whether little enough waits to leave that more may be sent; if not, `roomy` follows."""
        return self._open and self._socket.bytesToWrite() < SEND_AHEAD_BYTES

    def send(self, message: str | bytes) -> None:
        """Send a message; nothing once the connection is over."""
        if not self._open:
            return
        if isinstance(message, str):
            self._websocket.send_text(message.encode())
        else:
            self._websocket.send_binary(message)
        self._flush()

    def close(self, code: int = CLOSE_NORMAL) -> None:
        """Hang up, without a further signal."""
        if self._over:
            return
        if self._open:
            with contextlib.suppress(WebSocketException):
                self._websocket.send_close(code)
                self._flush()
                self._socket.flush()
        self._finish()

    # --- what comes in ---

    def _greet(self) -> None:
        request = self._websocket.connect()
        request.headers["Authorization"] = f"Bearer {self._address.token}"
        self._websocket.send_request(request)
        self._greeted = True
        self._flush()

    def _take(self) -> None:
        """One turn: some bytes, or the end if there are none and none will come."""
        if self._over:
            return
        if not self._greeted and is_ready(self._socket):
            self._greet()
        # Of a socket that has failed Qt gives None.
        data = bytes(self._socket.read(READ_BYTES) or b"") if self._socket.isOpen() else b""
        if data:
            self._silence = 0
            self._websocket.receive_data(data)
        elif self._socket.state() == SocketState.UnconnectedState:
            if self._greeted:
                self._websocket.receive_eof()
                self._hear()
            self._end(self._reason())
            return
        self._hear()
        if self._socket.bytesAvailable() or self._socket.state() == SocketState.UnconnectedState:
            self._turn.start()
        if self.has_room:
            self.roomy.emit()

    def _hear(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Response):
                self._judge()
            elif isinstance(event, Frame) and event.opcode in _MESSAGES:
                self._collect(event)
            if self._over:
                return
        self._flush()
        if self._websocket.parser_exc is not None or self._websocket.close_rcvd is not None:
            self._end(self._reason())

    def _judge(self) -> None:
        if self._websocket.handshake_exc is not None:
            self._end(self._reason())
        elif self._websocket.subprotocol != SUBPROTOCOL:
            self._end(mismatch())
        else:
            self._open = True
            self._deadline.stop()
            self._ear.start()
            self.opened.emit()

    def _collect(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        whole = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        try:
            message = whole.decode() if self._text else whole
        except UnicodeDecodeError:
            self._end(lost("the backend sent a text that is none"))
            return
        self.received.emit(message)

    # --- what goes out ---

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:
                self._socket.write(data)
            else:  # The end of what this side says.
                self._socket.disconnectFromHost()

    # --- how it ends ---

    def _reason(self) -> NotConnected:
        refused = self._websocket.handshake_exc
        if isinstance(refused, InvalidStatus):
            status, body = refused.response.status_code, refused.response.body or b""
            said = bytes(body).decode("utf-8", "replace").strip()
            if status == _BAD_REQUEST:
                return mismatch(said)
            if status in _UNAUTHORISED:
                return Refused(
                    f"The backend at {self._address.text} does not let you in",
                    f"it answers {status}: {said[:200]}",
                    "Check the address and your token",
                )
        if refused is not None:
            return lost("what answers speaks no websocket, or not now")
        closed = self._websocket.close_rcvd
        if closed is not None:
            return lost(
                f"the backend closed it ({closed.code}{': ' if closed.reason else ''}{closed.reason})"
            )
        if self._websocket.parser_exc is not None:
            return lost(f"the backend broke the websocket's rules ({self._websocket.parser_exc})")
        if self._open:
            return lost("the backend is gone")
        return failure(self._socket, self._address)

    def _give_up(self) -> None:
        self._end(lost(f"the backend did not answer within {OPEN_DEADLINE_MS // 1000} seconds"))

    def _listen(self) -> None:
        self._silence += 1
        if self._silence > SILENT_INTERVALS and not self._socket.bytesAvailable():
            self._end(lost("nothing was heard of the backend for more than a minute"))
        else:
            self._ear.start()

    def _end(self, why: NotConnected) -> None:
        if not self._over:
            self._finish()
            self.ended.emit(why)

    def _finish(self) -> None:
        self._over = True
        self._open = False
        for timer in (self._turn, self._deadline, self._ear):
            timer.stop()
        self._socket.abort()
        self.deleteLater()
