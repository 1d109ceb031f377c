"""One conversation with a backend: proof, websocket, hello, then questions and answers until it ends.

Nothing here survives the connection; what must is the client's business.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from dreammix.protocol import Cancelled, DreamMixError, Picture
from dreammix.protocol.asking import Asks, Done, ErrorReport
from dreammix.protocol.messages import Failure, Goodbye, Hello, JobEvent, Reply, Request, Side, Welcome
from dreammix.protocol.payloads import Begin, Chunk, Fetch, FileForm, PixelForm, Source, Upload
from dreammix.protocol.session import VIOLATION_CODE, Close, Deliver, Session
from dreammix.protocol.transfer import Collector, chunks
from dreammix_krita.client.address import Address
from dreammix_krita.client.errors import NotConnected, Refused, VersionMismatch, lost, mismatch
from dreammix_krita.client.inquiry import Inquiry, ask_for_proof
from dreammix_krita.client.wire import Wire
from dreammix_krita.qt import QtCore

UPLOAD_CHUNK_BYTES: Final = 256 * 1024
"""Bytes sent in one turn of the event loop: masking them in Python takes some milliseconds."""
_UNREADABLE: Final = ("invalid_message", "unexpected_message")

AnswerT = TypeVar("AnswerT")
ErrorT = TypeVar("ErrorT", bound=DreamMixError)
Failed = Callable[[DreamMixError], None]
"""Takes why something asked for was not done."""


@dataclass(frozen=True, slots=True)
class _Pending:
    answered: Callable[[object], None]
    failed: Failed


class Line(QtCore.QObject):
    """A conversation from its beginning to its end.

    Of the two functions that go with a question one is called, once, and never before `ask` has returned.
    When the line ends, all that wait are called with the reason, after `ended`.

    Signals:
        welcomed: a Welcome; questions may be asked.
        happened: a JobEvent.
        ended: a NotConnected, once; not after `close`.
    """

    welcomed = QtCore.pyqtSignal(object)
    happened = QtCore.pyqtSignal(object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, address: Address, hello: Hello, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._address = address
        self._hello = hello
        self._session = Session(Side.CLIENT)
        self._pending: dict[int, _Pending] = {}
        self._outgoing: deque[tuple[int, Iterator[Chunk]]] = deque()
        self._collectors: dict[int, Collector] = {}
        self._wire: Wire | None = None
        self._inquiry: Inquiry | None = None
        self._over = False
        self._welcome: Welcome | None = None
        self._turn = QtCore.QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._send_chunk)

    def open(self) -> None:
        """Begin; `welcomed` or `ended` follows."""
        if self._address.secure:
            self._connect()
        else:
            self._inquiry = ask_for_proof(self._address, self._connect, self._end, self)

    @property
    def is_open(self) -> bool:
        """Whether questions may be asked."""
        return self._welcome is not None and not self._over

    def ask(self, body: Asks[AnswerT], answered: Callable[[AnswerT], None], failed: Failed) -> int:
        """Ask something; its number, 0 where it could not even be asked."""
        number = self._session.next_number
        try:
            if self._wire is None or not self.is_open:
                raise lost("it has ended")
            data = self._session.send(Request(number, cast("Asks[object]", body)))  # type: ignore[arg-type]
        except DreamMixError as error:
            _soon(failed, error)
            return 0
        self._pending[number] = _Pending(cast("Callable[[object], None]", answered), failed)
        self._wire.send(data)
        return number

    def upload(self, content: Picture | bytes, answered: Callable[[int], None], failed: Failed) -> None:
        """Send a picture's pixels or a file, a piece at a turn; it is answered with the upload's number."""
        form = (
            PixelForm(content.size, content.format)
            if isinstance(content, Picture)
            else FileForm(len(content))
        )
        number = self._session.next_number

        def done(_: Done) -> None:
            answered(number)

        if self.ask(Upload(form), done, failed):
            data = content.data if isinstance(content, Picture) else content
            size = min(UPLOAD_CHUNK_BYTES, self._session.limits.chunk_bytes)
            self._outgoing.append((number, chunks(number, data, size)))
            self._turn.start(0)

    def fetch(self, source: Source, answered: Callable[[Picture | bytes], None], failed: Failed) -> None:
        """Ask for a picture's pixels or a file."""
        number = self._session.next_number

        def done(_: Done) -> None:
            collector = self._collectors.pop(number)
            answered(collector.picture() if isinstance(collector.form, PixelForm) else collector.data())

        self.ask(Fetch(source), done, failed)

    def close(self) -> None:
        """Hang up, without a further signal or call."""
        self._pending.clear()
        self._finish()

    # --- its beginning and its end ---

    def _connect(self) -> None:
        self._inquiry = None
        if self._over:
            return
        try:
            self._wire = Wire(self._address, self)
        except NotConnected as error:
            _soon(self._end, error)
            return
        self._wire.opened.connect(self._greet)
        self._wire.received.connect(self._receive)
        self._wire.roomy.connect(self._turn_soon)
        self._wire.ended.connect(self._end)
        self._wire.open()

    def _greet(self) -> None:
        if self._wire is not None:
            self._wire.send(self._session.send(self._hello))

    def _end(self, why: NotConnected) -> None:
        if self._over:
            return
        waiting = tuple(self._pending.values())
        self._pending.clear()
        self._finish()
        self.ended.emit(why)
        for pending in waiting:
            pending.failed(why)

    def _finish(self) -> None:
        self._over = True
        self._turn.stop()
        self._outgoing.clear()
        self._collectors.clear()
        if self._inquiry is not None:
            self._inquiry.abort()
            self._inquiry = None
        if self._wire is not None:
            self._wire.close()
        self.deleteLater()

    # --- what comes in ---

    def _receive(self, data: str | bytes) -> None:
        for action in self._session.receive(data):
            if isinstance(action, Deliver):
                self._hear(action.message)
            elif isinstance(action, Close):
                if self._wire is not None:
                    self._wire.close(VIOLATION_CODE)
                self._end(self._misunderstood(action.error))

    def _hear(self, message: object) -> None:
        match message:
            case Welcome():
                self._welcome = message
                self.welcomed.emit(message)
            case Reply(number, body):
                self._pending.pop(number).answered(body)
            case Failure(number, error):
                self._fail(number, error.error())
            case Begin(number, form):
                self._collectors[number] = Collector(form)
            case Chunk():
                self._collectors[message.number].take(message)
            case JobEvent():
                self.happened.emit(message)
            case Goodbye(error):
                self._end(self._farewell(error))

    def _fail(self, number: int, error: DreamMixError) -> None:
        self._collectors.pop(number, None)
        self._outgoing = deque(upload for upload in self._outgoing if upload[0] != number)
        self._pending.pop(number).failed(error)

    def _farewell(self, error: ErrorReport) -> NotConnected:
        if error.code in _UNREADABLE:
            return self._misunderstood(error)
        if self._welcome is None:
            return Refused(error.what, error.why, error.remedy)
        return NotConnected(error.what, error.why, error.remedy)

    def _misunderstood(self, error: ErrorReport) -> NotConnected:
        """Of one version, and yet one end says what the other does not know."""
        if self._welcome is None:
            return mismatch()
        return VersionMismatch(
            "The plugin and the backend do not understand each other",
            f"{error.what}: {error.why}",
            f"Update the older of plugin and backend (version {self._welcome.version})",
        )

    # --- what goes out ---

    def _turn_soon(self) -> None:
        if self._outgoing:
            self._turn.start(0)

    def _send_chunk(self) -> None:
        """One turn: one chunk of the oldest upload, if there is room for it."""
        if self._wire is None or not self._outgoing or not self._wire.has_room:
            return  # `roomy` comes again.
        number, rest = self._outgoing[0]
        chunk = next(rest, None)
        if chunk is None:
            self._outgoing.popleft()
        else:
            try:
                self._wire.send(self._session.send(chunk))
            except DreamMixError as error:
                self._fail(number, error)
        self._turn_soon()


def stopped() -> Cancelled:
    """What becomes of a job that was cancelled before the backend knew of it."""
    return Cancelled("The job was stopped", "you asked for it", "Start it again")


def _soon(failed: Callable[[ErrorT], None], error: ErrorT) -> None:
    QtCore.QTimer.singleShot(0, lambda: failed(error))
