"""What the next insert would be, as the backend says before: its plan, and what the words replace."""

from contextlib import suppress

from dreammix.protocol import Box, DreamMixError, Replacement, Size
from dreammix.protocol.services import InsertPlan, Matched, MatchWords, PlanInsert
from dreammix_krita.client.client import Client
from dreammix_krita.flow.newest import Newest
from dreammix_krita.flow.wish import Wish
from dreammix_krita.qt import QtCore


class Foresight(QtCore.QObject):
    """Asks whenever what is wished for changes, and again whenever the backend is another.

    Signals:
        changed: `plan`, or `replacements`.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._plan: Newest[InsertPlan] = Newest(client, self)
        self._matched: Newest[Matched] = Newest(client, self)
        self._plan.answered.connect(self.changed)
        self._matched.answered.connect(self.changed)
        client.arrived.connect(self._ask_again)

    @property
    def plan(self) -> InsertPlan | None:
        """How it would be painted; None while that is not known."""
        return self._plan.answer

    @property
    def matched(self) -> Matched | None:
        """What the backend says of the words; None while that is not known."""
        return self._matched.answer

    @property
    def replacements(self) -> tuple[Replacement, ...] | None:
        """What the words replace of the subject; None while that is not known."""
        return None if self.matched is None else self.matched.replacements

    def plan_for(self, question: PlanInsert) -> InsertPlan | None:
        """The plan, if it is the answer to exactly this."""
        return self.plan if question == self._plan.question else None

    def want(self, wish: Wish, canvas: Size | None, region: Box | None) -> None:
        """From now on this is wished for, there; None: nothing is open, or selected."""
        plan: PlanInsert | None = None
        if canvas is not None and region is not None:
            with suppress(DreamMixError):  # What cannot be asked is told at the click.
                plan = PlanInsert(
                    canvas=canvas,
                    region=region,
                    settings=wish.settings,
                    variants=wish.variants,
                    loras=wish.loras or None,
                )
        self._plan.want(plan)
        words = " ".join(wish.words.split())
        self._matched.want(MatchWords(wish.subject, words) if wish.subject is not None and words else None)

    def _ask_again(self) -> None:
        self._plan.again()
        self._matched.again()
