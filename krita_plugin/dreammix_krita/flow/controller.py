"""The one controller: what the artist does in, what the docker shows out. It knows no widget and no Krita."""

from dataclasses import replace
from typing import Any, Final

from dreammix.protocol import Box, DreamMixError, Replacement
from dreammix.protocol.services import InsertPlan
from dreammix_krita.canvas import Background, Region, Unselected
from dreammix_krita.facts import Facts
from dreammix_krita.flow.foresight import Foresight
from dreammix_krita.flow.insertion import Commission, Insertion, native_side
from dreammix_krita.flow.outcomes import AWAY, Memory, Outcome
from dreammix_krita.flow.sight import Editing, Sight, look
from dreammix_krita.flow.stage import Stage
from dreammix_krita.flow.unfinished import Unfinished
from dreammix_krita.flow.vitals import Vitals
from dreammix_krita.flow.wish import Wish, draw_seed
from dreammix_krita.flow.works import Works
from dreammix_krita.notes import Notes
from dreammix_krita.qt import QtCore
from dreammix_krita.services import Services
from dreammix_krita.state import UNSELECTED, Shown, can_insert, shown
from dreammix_krita.texts import Words

LOOK_INTERVAL_MS: Final = 300
"""How often Krita is looked at while the docker can be seen, in milliseconds."""


class Controller(QtCore.QObject):
    """Joins backend, canvas and subjects into inserts.

    Args:
        services: what it joins.
        memory: what documents remember of their results; None: nothing.
        parent: the owner.

    Attributes:
        wish: what the docker's fields hold.
        trouble: what went wrong last, until it was read.
        notice: something to know that stops nothing, with what stands in its braces.
        picked: the result that is looked at, by its id.

    Signals:
        changed: anything that the docker shows.
        began: the artist has asked for an insert, and it is under way.
    """

    changed = QtCore.pyqtSignal()
    began = QtCore.pyqtSignal()

    def __init__(
        self, services: Services, memory: Memory | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.wish = Wish(subject=services.shelf.chosen, background=services.settings.value.background)
        self.trouble: DreamMixError | None = None
        self.notice: tuple[Words, dict[str, object]] | None = None
        self.picked: str | None = None
        self._services = services
        self._sight = Sight()
        self._editing = Editing()
        self._before: Wish | None = None
        self._stage = Stage()
        self._aimed = self._seen = False
        self._vitals = Vitals(services.client, self)
        self._vitals.changed.connect(self._tell)
        notes = Notes(services.settings.folder)
        self._works = Works(services.client, memory, notes, self)
        self._works.changed.connect(self._tell)
        self._works.arrived.connect(self._arrive)
        self._works.placed.connect(self._editing.placed)
        self._works.failed.connect(self._fail)
        self._works.noticed.connect(self._notice)
        self._unfinished = Unfinished(services.client, notes, self)
        self._unfinished.found.connect(self._works.adopt)
        self._unfinished.failed.connect(self._fail)
        self._unfinished.noticed.connect(self._notice)
        self._foresight = Foresight(services.client, self)
        self._foresight.changed.connect(self._tell)
        services.client.changed.connect(self._tell)
        services.keeper.changed.connect(self._tell)
        services.shelf.changed.connect(self._see_shelf)
        services.shelf.failed.connect(self._fail)
        services.settings.failed.connect(lambda reason: self._notice(Words.NOT_KEPT, {"reason": reason}))
        self._looking = QtCore.QTimer(self)
        self._looking.setInterval(LOOK_INTERVAL_MS)
        self._looking.timeout.connect(self.look)

    # --- what the docker shows ---

    @property
    def facts(self) -> Facts:
        """All that what is shown depends on."""
        services, sight, card = self._services, self._sight, self._services.shelf.chosen_card
        trouble = self.trouble or services.keeper.trouble
        box = self._target
        first = self.jobs[0] if self.jobs else None
        return Facts(
            backend=services.keeper.state,
            step=services.keeper.step,
            model=self._vitals.model,
            device=self._vitals.device,
            document=sight.document is not None,
            region=min(box.width, box.height) if box else None,
            unselected=Unselected.NONE if isinstance(sight.selected, Box) else sight.selected,
            everything=box is not None and sight.size is not None and box == Box.of(sight.size),
            native=native_side(self.plan),
            asked=self.wish.asks,
            untaught=card.name if card is not None and not card.taught else "",
            editing=self.editing is not None,
            running=first is not None,
            progress=first.progress if first else None,
            waiting=max(0, len(self.jobs) - 1),
            results=sum(not outcome.used for outcome in self.outcomes),
            trouble=services.texts.tell(trouble) if trouble else None,
        )

    @property
    def drafts(self) -> bool:
        """Whether the backend's model can paint drafts by a LoRA for few steps."""
        return self._vitals.drafts

    @property
    def loras(self) -> tuple[str, ...]:
        """The names of other people's LoRAs that the backend has."""
        return self._vitals.loras

    @property
    def shown(self) -> Shown:
        """What the docker shows."""
        return shown(self.facts)

    @property
    def jobs(self) -> tuple[Insertion, ...]:
        """What is being painted and what waits, in that order."""
        return self._works.jobs

    @property
    def editing(self) -> Outcome | None:
        """The earlier result that is being edited."""
        return self._editing.outcome

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The current document's results, newest first; then those of pictures that are not open."""
        return self._works.seen_with(self._sight.document)

    @property
    def picked_outcome(self) -> Outcome | None:
        """The result that is looked at."""
        return next((outcome for outcome in self.outcomes if outcome.id == self.picked), None)

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """What the words replace of the subject."""
        return self._foresight.replacements or ()

    @property
    def plan(self) -> InsertPlan | None:
        """What the next insert would be."""
        return self._foresight.plan

    # --- what the artist does ---

    def open(self) -> None:
        """The docker can be seen: look at Krita from now on."""
        self._seen = True
        self._looking.start()
        self.look()

    @property
    def watching(self) -> bool:
        """Whether it looks by itself."""
        return self._looking.isActive()

    def rest(self) -> None:
        """It cannot: look on only while something is being painted."""
        self.aim(False)
        self._seen = False
        self.look()

    def close(self) -> None:
        """Krita ends: leave nothing behind."""
        self._looking.stop()
        self._stage.clear()

    def change(self, **fields: Any) -> None:
        """Fill in fields of the wish, by their names."""
        wish = replace(self.wish, **fields)
        if wish != self.wish:
            self.wish = wish
            if self.editing is None:
                self._services.settings.change(background=wish.background)
            self._ask()
            self._tell()

    def keep_original(self, replacement: Replacement, kept: bool) -> None:
        """Do not let the words replace this after all, or do."""
        one = {(replacement.kind, replacement.old)}
        self.change(kept=self.wish.kept | one if kept else self.wish.kept - one)

    def aim(self, aimed: bool) -> None:
        """The artist is about to insert: show what it would see. The click ends it, until they come again."""
        if aimed != self._aimed:
            self._aimed = aimed
            self._draw()

    def insert(self) -> None:
        """Insert what is wished for where it is selected; of a result that is edited, its successor."""
        self.look()
        facts, document, edited = self.facts, self._sight.document, self.editing
        if document is None or not can_insert(facts):
            self._put_aside()
            return
        # A layer that is a result has no ground of its own: what it was painted on is taken.
        on = edited or self._works.outcomes.with_layer(document.key, self._sight.layer)
        wish = self.wish if on is None else on.readable(self.wish)
        covered = on.layer if on and (edited or wish.background is Background.LAYER) else None
        try:
            region = document.selection() if edited is None else edited.region
            if isinstance(region, Region):
                commission = Commission(
                    document=document,
                    canvas=document.size,
                    region=region,
                    wish=wish,
                    seed=draw_seed() if wish.seed is None else wish.seed,
                    name=self._name(wish.subject),
                    matched=self._foresight.matched,
                    origin=on.origin if on else None,
                    above=covered,
                    replaces=edited.layer if edited else None,
                )
                self._remember(wish.words)
                self._begin(commission)
            else:  # Only now its pixels were looked at.
                self._put_aside()
                self._notice(UNSELECTED[region], {})
        except DreamMixError as error:
            self._fail(error)

    def try_out(self, subject: str) -> None:
        """Insert a subject as something new, where it is selected: the result that is edited stays."""
        self.look()
        if self._editing.end():
            self._fill_in()
        self._services.shelf.choose(subject)
        self.insert()

    def cancel(self, job: Insertion | None = None) -> None:
        """Stop one job; the one that is being painted, where none is named."""
        job = job or (self.jobs[0] if self.jobs else None)
        if job is not None:
            self._works.cancel(job)

    def pick(self, outcome: str | None) -> None:
        """Look at a result; None: at none."""
        self.picked = outcome
        self._tell()

    def apply(self) -> None:
        """Make a layer of the result that is looked at."""
        outcome, document = self.picked_outcome, self._sight.document
        if outcome is not None and document is not None:
            self._works.place(document, outcome)

    def discard(self) -> None:
        """Throw away the result that is looked at, and look at the next one."""
        outcome, document = self.picked_outcome, self._sight.document
        if outcome is not None and document is not None and not outcome.used:
            left = [one.id for one in self.outcomes if one is not outcome and not one.used]
            self.picked = left[0] if left else None
            self._works.discard(document, outcome)

    def try_again(self) -> None:
        """The result that is looked at once more, with another seed; a used one makes place for it."""
        outcome, document = self.picked_outcome, self._sight.document
        if outcome is None or document is None:
            return
        try:
            commission = Commission(
                document=document,
                canvas=document.size,
                region=outcome.region,
                wish=outcome.readable(outcome.wish),
                seed=draw_seed(),
                name=outcome.name,
                origin=outcome.origin,
                above=outcome.layer or outcome.above,
                replaces=outcome.layer,
            )
            self._begin(commission)
        except DreamMixError as error:
            self._fail(error)

    def dismiss(self) -> None:
        """What went wrong was read."""
        self.trouble = self.notice = None
        self._tell()

    def _put_aside(self) -> None:
        """What is missing for an insert is said in the place of what went wrong before."""
        if self.trouble is not None:
            self.trouble = None
            self._tell()

    # --- what is seen ---

    def look(self) -> None:
        """See what the artist works on now."""
        before = self._sight
        self._sight = look(self._services.canvas)
        if self._sight.key != before.key:
            self.picked = None
        if self._sight.document is not None:
            self._works.recall(self._sight.document)
        if not self._services.canvas.is_closing:
            self._works.look()
        if not self._seen and not self.jobs:
            self._looking.stop()
        if self._editing.see(self._sight, self._works.outcomes):
            self._fill_in()
        if self._sight != before:
            self._ask()
            self._tell()

    def _fill_in(self) -> None:
        """The fields hold what the edited result was asked for; after that, what they held before."""
        edited = self._editing.outcome
        if edited is None:
            wish, self._before = self._before or self.wish, None
        else:
            self._before = self._before or self.wish
            wish = edited.wish
            self.picked = edited.id
        self.wish = wish
        self._services.shelf.choose(wish.subject)
        self._ask()
        self._tell()

    def _see_shelf(self) -> None:
        chosen = self._services.shelf.chosen
        if chosen != self.wish.subject:
            self.change(subject=chosen, kept=frozenset())
        self._tell()

    def _arrive(self, document: str, outcome: str) -> None:
        if document in (AWAY, self._sight.key):
            self.picked = outcome
            self._aimed = (
                False  # What is looked at now is the result; the next insert's outline would lie on it.
            )
        self._vitals.refresh()
        self._tell()

    # --- what is asked ---

    @property
    def _target(self) -> Box | None:
        """Where the next insert goes."""
        if self.editing is not None:
            return self.editing.region.box
        return self._sight.selected if isinstance(self._sight.selected, Box) else None

    def _ask(self) -> None:
        """What would it be, and what do the words replace?"""
        self._foresight.want(self.wish, self._sight.size, self._target)

    def _begin(self, commission: Commission) -> None:
        self.trouble = self.notice = None
        self._aimed = False
        self._works.begin(commission, self._foresight.plan_for(commission.plan))
        self._looking.start()
        self.began.emit()

    def _name(self, subject: str | None) -> str:
        card = self._services.shelf.card(subject)
        return card.name if card else ""

    def _remember(self, words: str) -> None:
        settings = self._services.settings
        if words.strip():
            said = (*(old for old in settings.value.said if old != words), words)
            settings.change(said=said)

    # --- what is told ---

    def _fail(self, error: DreamMixError) -> None:
        self.trouble = error
        self._tell()

    def _notice(self, words: Words, values: dict[str, object]) -> None:
        self.notice = (words, values)
        self._tell()

    def _tell(self) -> None:
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        """Show over each document what belongs there."""
        here, picked = self._sight.document, self.picked_outcome
        aimed = self.plan.crop if self._aimed and self.plan is not None else None
        for document in self._stage.draw(self.jobs, here, picked, aimed):
            self.notice = (Words.UNSEEN, {"document": document.name})
