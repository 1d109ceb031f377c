"""The client: finds the backend, keeps a line to it, and carries jobs over every break of that line.

What a caller asks for with `ask` or `upload` ends with the line that it was asked on. Jobs and fetches do
not: they are asked for again on the next line, jobs by the key that makes them one and the same, events by
"since n".
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from dreammix.protocol import DreamMixError, JobNotFound, Picture
from dreammix.protocol.asking import Asks, Done
from dreammix.protocol.jobs import AcknowledgeJob, ControlJob, FollowJob, JobInfo, Order
from dreammix.protocol.library import UseArtist
from dreammix.protocol.messages import DEFAULT_ARTIST, Hello, JobEvent, Welcome
from dreammix.protocol.payloads import Abandon, Source
from dreammix.protocol.words import Word
from dreammix_krita.client.address import Find
from dreammix_krita.client.errors import NotConnected, Refused
from dreammix_krita.client.jobs import Lesson, Listener, Painting, Watch, Work
from dreammix_krita.client.line import Failed, Line, stopped
from dreammix_krita.qt import QtCore
from dreammix_krita.version import VERSION

BACK_OFF_MS: Final = (250, 500, 1000, 2000, 4000, 8000, 15_000)
"""How long to wait after the first, second, ... failed attempt; the last one from then on. Milliseconds."""
KEY_BYTES: Final = 12
"""Randomness of a job's key."""
PROGRAM: Final = "krita"

AnswerT = TypeVar("AnswerT")


class Phase(Word):
    """How it stands with the backend."""

    IDLE = "idle"
    """Nobody asked for one."""
    SEEKING = "seeking"
    """Not found yet; it is tried again and again."""
    READY = "ready"
    """Connected."""
    LOST = "lost"
    """It was connected; it is tried again and again."""
    REFUSED = "refused"
    """Found, but of no use before somebody has done something: `Client.error` says what."""


@dataclass(frozen=True, slots=True)
class _Fetching:
    source: Source
    answered: Callable[[Picture | bytes], None]
    failed: Failed


class Client(QtCore.QObject):
    """The one connection of a plugin, and all that hangs on it.

    Args:
        parent: the owner.
        session: the session of an earlier start, to find its jobs again.
        artist: whose library.

    Attributes:
        phase: how it stands.
        error: why it is not ready; None while nothing went wrong.
        welcome: what the backend said of itself, last.

    Signals:
        changed: the phase, or the error.
        arrived: there is a connection, and there was none before.
    """

    changed = QtCore.pyqtSignal()
    arrived = QtCore.pyqtSignal()

    def __init__(
        self,
        parent: QtCore.QObject | None = None,
        *,
        session: str | None = None,
        artist: str = DEFAULT_ARTIST,
    ) -> None:
        super().__init__(parent)
        self.phase = Phase.IDLE
        self.error: NotConnected | None = None
        self.welcome: Welcome | None = None
        self._session = session
        self._artist = artist
        self._find: Find | None = None
        self._line: Line | None = None
        self._attempts = 0
        self._watches: dict[str, Watch] = {}
        self._fetches: dict[int, _Fetching] = {}
        self._fetched = 0
        self._again = QtCore.QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._attempt)

    @property
    def session(self) -> str | None:
        """The session's name, a secret: keep it to find its jobs again after Krita was closed."""
        return self._session

    def can(self, capability: str) -> bool:
        """Whether the backend that is connected, or was last, has a capability."""
        return self.welcome is not None and capability in self.welcome.capabilities

    # --- the connection ---

    def connect_to(self, find: Find) -> None:
        """Connect to what `find` finds, and stay connected."""
        self._drop_line()
        self._find = find
        self._attempts = 0
        self._set(Phase.SEEKING, None)
        self._again.start(0)

    def close(self) -> None:
        """End everything: no timer, no socket, and no call remains. What the backend computes goes on."""
        self._find = None
        self._drop_line()
        self._watches.clear()
        self._fetches.clear()
        self._set(Phase.IDLE, None)

    # --- questions that end with the line ---

    def ask(self, body: Asks[AnswerT], answered: Callable[[AnswerT], None], failed: Failed) -> None:
        """Ask something; one of the two functions is called, later. At a lost connection it has failed."""
        if self._line is None:
            self._fail_soon(failed)
        else:
            self._line.ask(body, answered, failed)

    def upload(self, content: Picture | bytes, answered: Callable[[int], None], failed: Failed) -> None:
        """Send a picture's pixels, or a file; `answered` takes the number by which questions name it."""
        if self._line is None:
            self._fail_soon(failed)
        else:
            self._line.upload(content, answered, failed)

    def use_artist(self, artist: str, answered: Callable[[], None], failed: Failed) -> None:
        """Work in another artist's library, also after a lost connection."""

        def done(_: Done) -> None:
            self._artist = artist
            answered()

        self.ask(UseArtist(artist), done, failed)

    # --- what outlives the line ---

    def fetch(self, source: Source, answered: Callable[[Picture | bytes], None], failed: Failed) -> None:
        """Get a picture or file; one of the two functions is called, however often the connection is lost."""
        self._fetched += 1
        self._fetches[self._fetched] = _Fetching(source, answered, failed)
        self._send_fetch(self._fetched)

    def start(self, work: Painting | Lesson, listener: Listener) -> str:
        """Ask for a job; its key. It is asked for as soon as there is a connection."""
        watch = self._watch(Watch(secrets.token_hex(KEY_BYTES), work, listener))
        self._resume(watch, known=True)
        return watch.key

    def adopt(self, info: JobInfo, listener: Listener, after: int = 0) -> str:
        """Follow a job of an earlier start, from its event number `after` on; its key."""
        watch = Watch(info.key, None, listener)
        watch.job, watch.last = info.job, after
        self._resume(self._watch(watch), known=True)
        return watch.key

    def tell(self, key: str, order: Order) -> None:
        """Tell a job something; nothing where it has ended."""
        watch = self._watches.get(key)
        if watch is None or watch.over:
            return
        watch.order = order
        if watch.job is not None:
            self._send_order(watch)
        elif order is Order.CANCEL:
            watch.fail(stopped())  # The rest of the way it is only cleared away.

    def acknowledge(self, job: str) -> None:
        """The results of a job, by its id, are no longer needed."""
        self.ask(AcknowledgeJob(job), _nothing, _nothing)

    # --- one attempt after the other ---

    def _attempt(self) -> None:
        if self._find is None:
            return
        try:
            address = self._find()
        except NotConnected as error:
            self._lose(error)
            return
        hello = Hello(client=PROGRAM, version=VERSION, session=self._session, artist=self._artist)
        self._line = Line(address, hello, self)
        self._line.welcomed.connect(self._arrive)
        self._line.happened.connect(self._hear)
        self._line.ended.connect(self._lose)
        self._line.open()

    def _arrive(self, welcome: Welcome) -> None:
        known = welcome.resumed or self._session is None
        self._attempts = 0
        self._session = welcome.session
        self.welcome = welcome
        self._set(Phase.READY, None)
        for watch in tuple(self._watches.values()):
            self._resume(watch, known=known)
        for fetch in tuple(self._fetches):
            self._send_fetch(fetch)

    def _lose(self, why: NotConnected) -> None:
        self._line = None
        if isinstance(why, Refused):
            self._set(Phase.REFUSED, why)
            self._fail_all(why)
            return
        self._again.start(BACK_OFF_MS[min(self._attempts, len(BACK_OFF_MS) - 1)])
        self._attempts += 1
        been_there = self.phase in (Phase.READY, Phase.LOST)
        self._set(Phase.LOST if been_there else Phase.SEEKING, why)

    def _drop_line(self) -> None:
        self._again.stop()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _set(self, phase: Phase, error: NotConnected | None) -> None:
        changed = (phase, error) != (self.phase, self.error)
        arrived = phase is Phase.READY and phase is not self.phase
        self.phase, self.error = phase, error
        if changed:
            self.changed.emit()
        if arrived:
            self.arrived.emit()

    def _fail_all(self, why: NotConnected) -> None:
        watches, fetches = tuple(self._watches.values()), tuple(self._fetches.values())
        self._watches.clear()
        self._fetches.clear()
        for watch in watches:
            watch.fail(why)
        for fetch in fetches:
            fetch.failed(why)

    def _fail_soon(self, failed: Failed) -> None:
        error = self.error or NotConnected(
            "There is no backend", "none is connected yet", "Start the backend"
        )
        QtCore.QTimer.singleShot(0, lambda: failed(error))

    # --- jobs ---

    def _watch(self, watch: Watch) -> Watch:
        self._watches[watch.key] = watch
        return watch

    def _hear(self, event: JobEvent) -> None:
        watch = next((watch for watch in self._watches.values() if watch.job == event.job), None)
        if watch is not None:
            watch.hear(event.sequence, event.event)
            if watch.over:
                self._watches.pop(watch.key, None)

    def _resume(self, watch: Watch, *, known: bool) -> None:
        """Bring a job and this line together. `known`: the backend still knows the jobs it was asked for."""
        line = self._line
        if line is None or not line.is_open:
            return
        if watch.job is None and not watch.over and watch.work is not None:
            _Beginning(line, watch, watch.work, self._begun, self._not_begun).upload()
        elif watch.job is not None and known:
            follow = FollowJob(watch.job, watch.last)
            line.ask(
                follow, lambda info: self._begun(watch, info), lambda error: self._not_begun(watch, error)
            )
        else:
            self._not_begun(
                watch,
                JobNotFound(
                    "The job is lost", "the backend has ended since and does not know it", "Start it again"
                ),
            )

    def _begun(self, watch: Watch, info: JobInfo) -> None:
        watch.begin(info)
        if watch.over:  # It was cancelled before the backend knew of it: nobody waits for it.
            self._watches.pop(watch.key, None)
            self.ask(ControlJob(info.job, Order.CANCEL), lambda _: self.acknowledge(info.job), _nothing)
        else:
            self._send_order(watch)

    def _not_begun(self, watch: Watch, error: DreamMixError) -> None:
        if isinstance(error, NotConnected) and not isinstance(error, Refused):
            return  # It is asked for again on the next line.
        self._watches.pop(watch.key, None)
        watch.fail(error)

    def _send_order(self, watch: Watch) -> None:
        """Tell the backend what the artist said. Lost on the way, it is said again on the next line."""
        if self._line is None or not self._line.is_open or watch.job is None or watch.order is None:
            return
        order = watch.order

        def heard(_: JobInfo) -> None:
            if watch.order is order:
                watch.order = None

        self._line.ask(ControlJob(watch.job, order), heard, _nothing)

    # --- fetches ---

    def _send_fetch(self, number: int) -> None:
        if self._line is None or not self._line.is_open:
            return
        fetching = self._fetches[number]

        def answered(content: Picture | bytes) -> None:
            if self._fetches.pop(number, None) is not None:
                fetching.answered(content)

        def failed(error: DreamMixError) -> None:
            if isinstance(error, NotConnected) and not isinstance(error, Refused):
                return
            if self._fetches.pop(number, None) is not None:
                fetching.failed(error)

        self._line.fetch(fetching.source, answered, failed)


class _Beginning:
    """One way of a job to the backend: its pictures, then the request that names them."""

    def __init__(
        self,
        line: Line,
        watch: Watch,
        work: Work,
        begun: Callable[[Watch, JobInfo], None],
        failed: Callable[[Watch, DreamMixError], None],
    ) -> None:
        self._line = line
        self._watch = watch
        self._work = work
        self._begun = begun
        self._failed = failed
        self._uploads: tuple[int, ...] = ()

    def upload(self) -> None:
        """Send the next picture; after the last, ask."""
        pictures = self._work.pictures
        if self._watch.over:
            self._fail(stopped())
        elif len(self._uploads) < len(pictures):
            self._line.upload(pictures[len(self._uploads)], self._uploaded, self._fail)
        else:
            request = self._work.request(self._watch.key, self._uploads)
            self._line.ask(request, lambda info: self._begun(self._watch, info), self._fail)

    def _uploaded(self, number: int) -> None:
        self._uploads += (number,)
        self.upload()

    def _fail(self, error: DreamMixError) -> None:
        if not isinstance(error, NotConnected):
            for number in self._uploads:
                self._line.ask(Abandon(number), _nothing, _nothing)
        self._failed(self._watch, error)


def _nothing(_: object) -> None:
    """What is done about an answer that nobody needs."""
