"""The subject that is being made: a real one in the library from its first picture on, so nothing is lost."""

from collections.abc import Callable
from typing import Final

from dreammix.protocol import Attribute, DreamMixError, InvalidRequest
from dreammix.protocol.asking import Asks
from dreammix.protocol.attributes import MAX_ATTRIBUTES
from dreammix.protocol.library import CreateSubject, GetSubject, SubjectDetails, UpdateSubject
from dreammix.protocol.services import Described, DescribeSubject, GetHealth, Health
from dreammix_krita.client.client import Client
from dreammix_krita.client.line import Failed
from dreammix_krita.dialogs.turns import Done, Turns
from dreammix_krita.qt import QtCore

CLASS_TO_COME: Final = "thing"
"""The class word of a subject that nobody has named yet."""


def _nothing() -> None:
    """What follows where nothing must."""


class Draft(QtCore.QObject):
    """A subject on its way into the library, and what the artist has written of it so far.

    It has no owner in Qt: an answer may come after its window is gone.

    Attributes:
        details: the subject as the library has it; None before its first picture.
        name, class_word, attributes: as they are written; `save` brings them to the library.
        describer: who would suggest attributes, and where; None until it is known.
        describing: whether somebody looks at the pictures now.
        trouble: what went wrong last; None once something else went well.
        turns: changes of the subject, which must not overlap.

    Signals:
        changed: any of these.
        saved: the library has what was written.
    """

    changed = QtCore.pyqtSignal()
    saved = QtCore.pyqtSignal()

    def __init__(self, client: Client, first_name: str) -> None:
        super().__init__()
        self.details: SubjectDetails | None = None
        self.name = ""
        self.class_word = ""
        self.attributes: tuple[Attribute, ...] = ()
        self.describer: Health | None = None
        self.describing = False
        self.trouble: DreamMixError | None = None
        self.turns = Turns()
        self._client = client
        self._first_name = first_name

    @property
    def subject(self) -> str | None:
        """Its id."""
        return None if self.details is None else self.details.card.id

    @property
    def named(self) -> bool:
        """Whether it has all the words that teaching needs."""
        return bool(self.name.strip() and self.class_word.strip())

    # --- to and from the library ---

    def load(self, subject: str, loaded: Callable[[SubjectDetails], None]) -> None:
        """Go on with a subject of the library."""

        def show(details: SubjectDetails) -> None:
            card = details.card
            self.name = "" if card.name == self._first_name else card.name
            self.class_word = "" if card.class_word == CLASS_TO_COME else card.class_word
            self.attributes = details.attributes
            loaded(details)

        self._do(lambda: GetSubject(subject), show)

    def add(
        self,
        numbers: tuple[int, ...],
        add: Callable[[str], Asks[SubjectDetails]],
        answered: Callable[[SubjectDetails], None],
        failed: Failed,
    ) -> None:
        """Give the subject uploaded pictures; the first ones make it."""
        if self.subject is None:
            name = self.name.strip() or self._first_name
            word = self.class_word.strip() or CLASS_TO_COME
            create = CreateSubject(name=name, class_word=word, attributes=self.attributes, pictures=numbers)
            self.ask(create, answered, failed)
        else:
            self.ask(add(self.subject), answered, failed)

    def ask(
        self, body: Asks[SubjectDetails], answered: Callable[[SubjectDetails], None], failed: Failed
    ) -> None:
        """Ask for a change of the subject; what comes back is what it is now."""

        def take(details: SubjectDetails) -> None:
            self.details = details
            answered(details)
            self.changed.emit()

        self._client.ask(body, take, failed)

    def save(self, then: Callable[[], None] = _nothing) -> None:
        """Bring the words to the library, if it has a subject to bring them to by then."""

        def saved() -> None:
            then()
            self.saved.emit()

        self._do(self._changes, lambda _: saved(), saved)

    def _changes(self) -> UpdateSubject | None:
        """What the library does not know yet; None: nothing. Raises InvalidMessage."""
        details = self.details
        if details is None:
            return None
        card = details.card
        name, word = self.name.strip() or card.name, self.class_word.strip() or card.class_word
        if (name, word, self.attributes) == (card.name, card.class_word, details.attributes):
            return None
        return UpdateSubject(subject=card.id, name=name, class_word=word, attributes=self.attributes)

    # --- what it looks like ---

    def learn_describer(self) -> None:
        """Ask who would suggest attributes: before anything is sent there."""

        def told(health: Health) -> None:
            self.describer = health
            self.changed.emit()

        self._client.ask(GetHealth(), told, self.fail)

    def suggest(self) -> None:
        """Have the pictures described; what is found is added to what is there."""
        if self.subject is None or self.describing:
            return
        self.describing = True

        def told(found: Described) -> None:
            self.describing = False
            self.trouble = None
            new = tuple(attribute for attribute in found.attributes if attribute not in self.attributes)
            self.attributes = (self.attributes + new)[:MAX_ATTRIBUTES]
            self.changed.emit()

        def failed(error: DreamMixError) -> None:
            self.describing = False
            self.fail(error)

        self._client.ask(DescribeSubject(self.subject), told, failed)
        self.changed.emit()

    def add_attribute(self, attribute: Attribute) -> None:
        """Add one; nothing where it is there already."""
        if attribute in self.attributes:
            return
        if len(self.attributes) == MAX_ATTRIBUTES:
            self.fail(
                InvalidRequest(
                    "No further attribute can be added",
                    f"a subject has at most {MAX_ATTRIBUTES}",
                    "Keep those that tell it from others",
                )
            )
            return
        self.attributes += (attribute,)
        self.changed.emit()

    def remove_attribute(self, attribute: Attribute) -> None:
        """Take one away."""
        self.attributes = tuple(other for other in self.attributes if other != attribute)
        self.changed.emit()

    def fail(self, error: DreamMixError) -> None:
        """Something went wrong."""
        self.trouble = error
        self.changed.emit()

    def _do(
        self,
        body: Callable[[], Asks[SubjectDetails] | None],
        answered: Callable[[SubjectDetails], None],
        otherwise: Callable[[], None] = _nothing,
    ) -> None:
        """Ask something when it is its turn; where there is nothing to ask by then, do something else."""

        def turn(done: Done) -> None:
            def take(details: SubjectDetails) -> None:
                self.trouble = None
                answered(details)
                done()

            def failed(error: DreamMixError) -> None:
                self.fail(error)
                done()

            try:
                asked = body()
            except DreamMixError as error:  # What was written is no name, class word or attribute.
                failed(error)
                return
            if asked is None:
                otherwise()
                done()
            else:
                self.ask(asked, take, failed)

        self.turns.add(turn)
