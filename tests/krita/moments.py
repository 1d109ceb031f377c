"""Cancels an insert at a chosen moment, from within Krita: no hand would meet it.

Imported by Krita's Python alone; answers are plain values.
"""

from collections.abc import Callable

from dreammix.protocol import Picture
from dreammix.protocol.payloads import Source
from dreammix_krita.client.client import Client
from dreammix_krita.client.jobs import Lesson, Listener, Painting
from dreammix_krita.client.line import Failed
from dreammix_krita.flow.controller import Controller
from dreammix_krita.plugin import plugin
from dreammix_krita.qt import QtCore

UPLOAD, PAINTING, DOWNLOAD, ARRIVAL = "upload", "painting", "download", "arrival"
"""Nothing was sent but a piece; a step is done; the layer is fetched; it is there and nobody has seen it."""

Answered = Callable[[Picture | bytes], None]


class Moment(QtCore.QObject):
    """Waits for it, and cancels then, once.

    In painting that is the first report of this step or a later one. A slow Krita is not told of every step:
    at the latest it is where the layer is fetched.

    Attributes:
        met: whether that was done.
    """

    def __init__(self, name: str, step: int, client: Client, controller: Controller) -> None:
        super().__init__()
        self.met = False
        self._name = name
        self._step = step
        self._client = client
        self._controller = controller
        self._start, self._fetch = client.start, client.fetch
        # The plugin's parts ask the client by these names, wherever it is.
        vars(client).update(start=self._started, fetch=self._fetched)
        controller.changed.connect(self._look)

    def _started(self, work: Painting | Lesson, listener: Listener) -> str:
        key = self._start(work, listener)
        if self._name == UPLOAD:
            QtCore.QTimer.singleShot(0, self._cancel)
        return key

    def _look(self) -> None:
        for job in self._controller.jobs[:1]:
            if self._name == PAINTING and job.progress is not None and job.progress.step >= self._step:
                self._cancel()

    def _fetched(self, source: Source, answered: Answered, failed: Failed) -> None:
        def arrived(content: Picture | bytes) -> None:
            if self._name == ARRIVAL:
                self._cancel()
            answered(content)

        # By its name: the installed plugin has its own copy of the protocol.
        if type(source).__name__ != "ResultPicture":
            self._fetch(source, answered, failed)
            return
        self._fetch(source, arrived, failed)
        if self._name in (PAINTING, DOWNLOAD):
            QtCore.QTimer.singleShot(0, self._cancel)

    def _cancel(self) -> None:
        if self.met:
            return
        self.met = True
        self._controller.changed.disconnect(self._look)
        for name in ("start", "fetch"):
            del vars(self._client)[name]
        assert self._controller.jobs, self._name
        self._controller.cancel()


_waiting: list[Moment] = []


def cancel_at(name: str, step: int = 0) -> None:
    """Cancel the next insert at this moment, and in painting at this step."""
    made = plugin()
    assert made.services is not None and made.controller is not None
    _waiting[:] = [Moment(name, step, made.services.client, made.controller)]


def met() -> bool:
    """Whether it was."""
    return _waiting[0].met
