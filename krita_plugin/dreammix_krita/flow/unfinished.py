"""What an earlier start of Krita left with the backend: asked once, as soon as there is a connection."""

from dreammix.protocol import DreamMixError
from dreammix.protocol.jobs import ControlJob, JobInfo, JobKind, Jobs, JobState, ListJobs, Order
from dreammix.protocol.library import GetSubject
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.notes import Notes
from dreammix_krita.qt import QtCore
from dreammix_krita.texts import Words


class Unfinished(QtCore.QObject):
    """Finds its jobs again, and clears away those that nobody needs.

    Args:
        client: is asked.
        notes: say what the jobs are for.
        parent: the owner.

    Signals:
        found: a JobInfo and its Note: an insert that waits, runs, or that nobody has looked at yet.
        noticed: Words and what stands in their braces: what became of a teaching.
        failed: a DreamMixError: why one failed.
    """

    found = QtCore.pyqtSignal(object, object)
    noticed = QtCore.pyqtSignal(object, object)
    failed = QtCore.pyqtSignal(object)

    def __init__(self, client: Client, notes: Notes, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._notes = notes
        self._asked = False
        client.changed.connect(self._see)

    def _see(self) -> None:
        if self._client.phase is not Phase.READY or self._asked:
            return
        self._asked = True
        self._client.ask(ListJobs(), self._take, self._ask_again)

    def _ask_again(self, _: DreamMixError) -> None:
        self._asked = False  # At the next connection.

    def _take(self, jobs: Jobs) -> None:
        self._notes.keep_only({info.job for info in jobs.jobs})
        for info in jobs.jobs:
            if info.kind is JobKind.TEACH:
                self._take_lesson(info)
                continue
            note = self._notes.read(info.job)
            if note is None:
                self._clear_away(info)
            else:
                self.found.emit(info, note)

    def _take_lesson(self, info: JobInfo) -> None:
        """The dialog shows one that goes on; one that has ended is only told."""
        if info.state.final:
            self._client.acknowledge(info.job)
        if info.error is not None:
            self.failed.emit(info.error.error())
        elif info.state is not JobState.CANCELLED and info.subject is not None:
            words = Words.TAUGHT_AWAY if info.state.final else Words.STILL_TAUGHT
            self._client.ask(
                GetSubject(info.subject),
                lambda details: self.noticed.emit(words, {"subject": details.card.name}),
                lambda _: None,
            )

    def _clear_away(self, info: JobInfo) -> None:
        """It was cancelled, or used, and the backend did not hear of it."""
        self._client.ask(
            ControlJob(info.job, Order.CANCEL),
            lambda _: self._client.acknowledge(info.job),
            lambda _: None,
        )
