"""A question that changes faster than it is answered: only the newest one counts."""

from typing import Final, Generic, TypeVar

from dreammix.protocol import DreamMixError
from dreammix.protocol.asking import Asks
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.qt import QtCore

DELAY_MS: Final = 250
"""How long a question must stand before it is asked, in milliseconds: the artist may still be typing."""

AnswerT = TypeVar("AnswerT")


class Newest(QtCore.QObject, Generic[AnswerT]):
    """Asks one question at a time.

    Args:
        client: whom.
        parent: the owner.

    Signals:
        answered: `answer` is another.
    """

    answered = QtCore.pyqtSignal()

    def __init__(self, client: Client, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._wanted: Asks[AnswerT] | None = None
        self._known: tuple[Asks[AnswerT], AnswerT] | None = None
        self._delay = QtCore.QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.timeout.connect(self._send)

    @property
    def question(self) -> Asks[AnswerT] | None:
        """The one that stands."""
        return self._wanted

    @property
    def answer(self) -> AnswerT | None:
        """The answer to the question that stands; None while it is not there."""
        known = self._known
        return known[1] if known is not None and known[0] == self._wanted else None

    def want(self, question: Asks[AnswerT] | None) -> None:
        """From now on this is the question; None: there is none."""
        if question == self._wanted:
            return
        had = self.answer
        self._wanted = question
        self._delay.start(DELAY_MS)
        if had is not None:
            self.answered.emit()

    def again(self) -> None:
        """The backend may say otherwise now: it is another one, or another model."""
        self._known = None
        self._delay.start(DELAY_MS)

    def _send(self) -> None:
        question = self._wanted
        if question is None or self.answer is not None or self._client.phase is not Phase.READY:
            return

        def take(answer: AnswerT) -> None:
            self._known = (question, answer)
            if question == self._wanted:
                self.answered.emit()

        self._client.ask(question, take, _nothing)


def _nothing(_: DreamMixError) -> None:
    """What is only shown as a hint is not complained about when it does not come."""
