"""The jobs under way, and what becomes of their pictures: staged to choose from, or a layer."""

from dataclasses import replace

from dreammix.protocol.jobs import JobInfo
from dreammix.protocol.services import InsertPlan
from dreammix_krita.canvas import CanvasFailure, Document
from dreammix_krita.client.client import Client
from dreammix_krita.flow.insertion import Commission, Insertion, changed_since
from dreammix_krita.flow.outcomes import AWAY, Memory, Outcome, Outcomes
from dreammix_krita.flow.places import Places
from dreammix_krita.notes import Note, Notes
from dreammix_krita.qt import QtCore
from dreammix_krita.texts import Words


class Works(QtCore.QObject):
    """Begins jobs, ends them, and puts their results into their documents.

    Args:
        client: does them.
        memory: what documents remember of their results; None: nothing.
        notes: what is remembered of unfinished jobs, for another start of Krita.
        parent: the owner.

    Attributes:
        jobs: what is being painted and what waits, in that order.
        outcomes: the results of all documents.

    Signals:
        changed: a job reports, begins or ends.
        arrived: a job's results, all of them: the document's key and the first one's id.
        placed: one became a layer: the document's key and the Layer.
        failed: a DreamMixError.
        noticed: Words and what stands in their braces: something to know that stops nothing.
    """

    changed = QtCore.pyqtSignal()
    arrived = QtCore.pyqtSignal(str, str)
    placed = QtCore.pyqtSignal(str, object)
    failed = QtCore.pyqtSignal(object)
    noticed = QtCore.pyqtSignal(object, object)

    def __init__(self, client: Client, memory: Memory | None, notes: Notes, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.jobs: tuple[Insertion, ...] = ()
        self.outcomes = Outcomes()
        self._client = client
        self._memory = memory
        self._notes = notes
        self._adopted: dict[str, Note] = {}
        self._documents: dict[str, Document] = {}
        self._places = Places()

    def recall(self, document: Document) -> None:
        """A document is seen for the first time: what does it remember?"""
        if document.key not in self._documents:
            self._documents[document.key] = document
            self.outcomes.add(document.key, *(self._memory.recall(document) if self._memory else ()))
            for job, note in self._adopted.items():
                if note.is_of(document):
                    self._bring_home(job, document)

    def seen_with(self, document: Document | None) -> tuple[Outcome, ...]:
        """A document's results, then those whose own document is not open: they may be wanted here."""
        return () if document is None else (*self.outcomes.of(document.key), *self.outcomes.of(AWAY))

    def begin(self, commission: Commission, plan: InsertPlan | None) -> None:
        """Begin a job; with the plan for exactly this, where it is known. Raises CanvasFailure."""
        job = Insertion(self._client, commission)
        job.accepted.connect(self._note)
        self._follow(job)
        job.start(plan)
        self.changed.emit()

    def adopt(self, info: JobInfo, note: Note) -> None:
        """Go on with a job of an earlier start of Krita, in its document if that is open."""
        there = (one for one in self._documents.values() if note.is_of(one))
        job = Insertion(self._client, note.commission(next(there, None)))
        self._adopted[info.job] = note
        self._follow(job)
        job.adopt(info)
        self.changed.emit()

    def cancel(self, job: Insertion) -> None:
        """Stop a job; its place is free at once."""
        if job in self.jobs:
            job.cancel()
            self._give_up(job)

    def look(self) -> None:
        """Stop what is painted for documents that were closed; see what was undone in the others."""
        closed = [key for key, document in self._documents.items() if not document.is_open]
        for key in closed:
            document = self._documents.pop(key)
            self._places.forget(key)
            self._put_away(document.name, *self.outcomes.forget(key))
        for document in self._documents.values():
            self._places.look(document)
        for job in self.jobs:
            asked = job.commission.document
            if asked is not None and asked.key in closed:
                job.cancel()
                self._give_up(job)
                self.noticed.emit(Words.CLOSED_SINCE, {"document": asked.name})
        if closed:
            self.changed.emit()

    def place(self, document: Document, outcome: Outcome) -> None:
        """Make a layer of a result: one undo step."""
        if outcome.picture is None or outcome.used:
            return
        self.outcomes.move(outcome.job, document.key)
        try:
            layer = document.add_layer(
                outcome.title, outcome.box, outcome.picture, outcome.above, outcome.replaces
            )
        except CanvasFailure as error:
            self.failed.emit(error)
            return
        if outcome.replaces is not None:
            self._places.took(document.key, outcome.replaces, layer)
        used = self.outcomes.use(document.key, outcome.id, layer)
        self.placed.emit(document.key, layer)
        if self._memory is not None:
            self._memory.keep(document, used)
        self._let_go(document, outcome)
        self.changed.emit()

    def discard(self, document: Document, outcome: Outcome) -> None:
        """Throw a result away."""
        self.outcomes.move(outcome.job, document.key)
        self.outcomes.drop(document.key, outcome.id)
        self._let_go(document, outcome)
        self.changed.emit()

    # --- what a job says ---

    def _follow(self, job: Insertion) -> None:
        job.changed.connect(self._see)
        self.jobs += (job,)

    def _note(self, job: Insertion) -> None:
        """From now on Krita may end: another start of it finds the job again."""
        if job in self.jobs:
            try:
                self._notes.write(job.job, job.commission)
            except OSError as error:
                self.noticed.emit(Words.NOT_KEPT, {"reason": error.strerror or str(error)})

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
        document = job.commission.document
        if document is not None and not document.is_open:
            self._put_away(document.name, *job.outcomes)
            return
        if document is None or job.job in self._adopted:
            self._offer(job, document)
            return
        self._compare(job, document)
        self.outcomes.add(document.key, *job.outcomes)
        if len(job.outcomes) == 1:
            self.place(document, job.outcomes[0])
        self.arrived.emit(document.key, job.outcomes[0].id)

    def _offer(self, job: Insertion, document: Document | None) -> None:
        """Results of an earlier start: nothing in a picture changes by itself after so long."""
        self._put_away(self._adopted[job.job].document, *job.outcomes)
        if document is None:
            self.arrived.emit(AWAY, job.outcomes[0].id)
        else:
            self._bring_home(job.job, document)

    def _put_away(self, name: str, *outcomes: Outcome) -> None:
        """Their document is not open: they come back with it, and can be used elsewhere until then."""
        if not outcomes:
            return
        for job in {one.job for one in outcomes}:
            note = self._notes.read(job)
            if note is not None:
                self._adopted[job] = note
        self.outcomes.add(AWAY, *outcomes)
        values = {"title": outcomes[0].title, "document": name}
        self.noticed.emit(Words.WAITS_ELSEWHERE, values)

    def _bring_home(self, job: str, document: Document) -> None:
        """A job of an earlier start, or of a tab that was closed, belongs to this open document."""
        for one in self.jobs:
            if one.job == job:
                one.commission = replace(one.commission, document=document)
        moved = self.outcomes.move(job, document.key)
        if moved:
            self.noticed.emit(Words.WAITS_HERE, {"title": moved[0].title})
            self.arrived.emit(document.key, moved[0].id)

    def _compare(self, job: Insertion, document: Document) -> None:
        """What was at the click is what counts; the artist is told where that is no longer so."""
        asked = job.commission
        try:
            if document.size != asked.canvas:
                self.noticed.emit(Words.RESIZED_SINCE, {})
            elif changed_since(job):
                self.noticed.emit(Words.CHANGED_SINCE, {})
        except CanvasFailure:
            self.noticed.emit(Words.CHANGED_SINCE, {})  # What was the background is gone.

    def _give_up(self, job: Insertion) -> None:
        """There is no result."""
        self._remove(job)
        self._notes.forget(job.job)
        self.changed.emit()

    def _remove(self, job: Insertion) -> None:
        self.jobs = tuple(other for other in self.jobs if other is not job)

    def _let_go(self, document: Document, outcome: Outcome) -> None:
        """The backend keeps a job's results until nobody needs any of them."""
        others = (one for one in self.outcomes.unused(document.key) if one.job == outcome.job)
        if outcome.job and next(others, None) is None:
            self._release(outcome.job)

    def _release(self, job: str) -> None:
        self._notes.forget(job)
        self._adopted.pop(job, None)
        self._client.acknowledge(job)
