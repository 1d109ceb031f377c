"""The jobs under way, and what becomes of their pictures: staged to choose from, or a layer."""

from dreammix.protocol.services import InsertPlan
from dreammix_krita.canvas import CanvasFailure, Document, Layer
from dreammix_krita.client.client import Client
from dreammix_krita.flow.insertion import Commission, Insertion, changed_since
from dreammix_krita.flow.outcomes import Memory, Outcome, Outcomes
from dreammix_krita.qt import QtCore
from dreammix_krita.texts import Words


class Works(QtCore.QObject):
    """Begins jobs, ends them, and puts their results into their documents.

    Args:
        client: does them.
        memory: what documents remember of their results; None: nothing.
        parent: the owner.

    Attributes:
        jobs: what is being painted and what waits, in that order.
        outcomes: the results of all documents.

    Signals:
        changed: a job reports, begins or ends.
        arrived: a job's results, all of them: the document's key and the first one's id.
        placed: a Layer: one became this.
        failed: a DreamMixError.
        noticed: Words and what stands in their braces: something to know that stops nothing.
    """

    changed = QtCore.pyqtSignal()
    arrived = QtCore.pyqtSignal(str, str)
    placed = QtCore.pyqtSignal(object)
    failed = QtCore.pyqtSignal(object)
    noticed = QtCore.pyqtSignal(object, object)

    def __init__(self, client: Client, memory: Memory | None, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.jobs: tuple[Insertion, ...] = ()
        self.outcomes = Outcomes()
        self._client = client
        self._memory = memory
        self._documents: dict[str, Document] = {}

    def recall(self, document: Document) -> None:
        """A document is seen for the first time: what does it remember?"""
        if document.key not in self._documents:
            self._documents[document.key] = document
            self.outcomes.add(document.key, *(self._memory.recall(document) if self._memory else ()))

    def begin(self, commission: Commission, plan: InsertPlan | None) -> None:
        """Begin a job; with the plan for exactly this, where it is known. Raises CanvasFailure."""
        self._hide_replaced(commission, True)
        job = Insertion(self._client, commission)
        job.changed.connect(self._see)
        self.jobs += (job,)
        job.start(plan)
        self.changed.emit()

    def cancel(self, job: Insertion) -> None:
        """Stop a job; its place is free at once."""
        if job in self.jobs:
            job.cancel()
            self._give_up(job)

    def look(self) -> None:
        """Stop what is painted for documents that were closed, and forget their results."""
        closed = [key for key, document in self._documents.items() if not document.is_open]
        for key in closed:
            del self._documents[key]
            for unused in self.outcomes.forget(key):
                self._client.acknowledge(unused)
        for job in self.jobs:
            if job.commission.document.key in closed:
                job.cancel()
                self._remove(job)
                self.noticed.emit(Words.CLOSED_SINCE, {"document": job.commission.document.name})
        if closed:
            self.changed.emit()

    def place(self, document: Document, outcome: Outcome) -> None:
        """Make a layer of a result: one undo step."""
        if outcome.picture is None or outcome.used:
            return
        try:
            layer = document.add_layer(outcome.title, outcome.box, outcome.picture, outcome.above)
        except CanvasFailure as error:
            self.failed.emit(error)
            return
        used = self.outcomes.use(document.key, outcome.id, layer)
        self.placed.emit(layer)
        if self._memory is not None:
            self._memory.keep(document, used)
        self._let_go(document, outcome)
        self.changed.emit()

    def discard(self, document: Document, outcome: Outcome) -> None:
        """Throw a result away."""
        self.outcomes.drop(document.key, outcome.id)
        self._let_go(document, outcome)
        self.changed.emit()

    # --- what a job says ---

    def _see(self) -> None:
        for job in self.jobs:
            if job.over and job in self.jobs:
                if job.error is not None:
                    self.failed.emit(job.error)
                if job.outcomes:
                    self._finish(job)
                else:
                    self._give_up(job)
        self.changed.emit()

    def _finish(self, job: Insertion) -> None:
        self._remove(job)
        asked = job.commission
        document = asked.document
        if not document.is_open:
            self._client.acknowledge(job.outcomes[0].job)
            self.noticed.emit(Words.CLOSED_SINCE, {"document": document.name})
            return
        self._compare(job)
        self.outcomes.add(document.key, *job.outcomes)
        if len(job.outcomes) == 1:
            self.place(document, job.outcomes[0])
        self.arrived.emit(document.key, job.outcomes[0].id)

    def _compare(self, job: Insertion) -> None:
        """What was at the click is what counts; the artist is told where that is no longer so."""
        asked = job.commission
        try:
            if asked.document.size != asked.canvas:
                self.noticed.emit(Words.RESIZED_SINCE, {})
            elif changed_since(job):
                self.noticed.emit(Words.CHANGED_SINCE, {})
        except CanvasFailure:
            self.noticed.emit(Words.CHANGED_SINCE, {})  # What was the background is gone.

    def _give_up(self, job: Insertion) -> None:
        """There is no result: what it was to replace is there again."""
        self._remove(job)
        if job.commission.document.is_open:
            self._hide_replaced(job.commission, False)
        self.changed.emit()

    def _remove(self, job: Insertion) -> None:
        self.jobs = tuple(other for other in self.jobs if other is not job)

    def _hide_replaced(self, commission: Commission, hidden: bool) -> None:
        layer: Layer | None = commission.replaces.layer if commission.replaces else None
        if layer is not None:
            commission.document.set_visible(layer, not hidden)

    def _let_go(self, document: Document, outcome: Outcome) -> None:
        """The backend keeps a job's results until nobody needs any of them."""
        others = (one for one in self.outcomes.unused(document.key) if one.job == outcome.job)
        if outcome.job and next(others, None) is None:
            self._client.acknowledge(outcome.job)
