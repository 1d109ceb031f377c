"""The library beyond the docker's shelf: details of one subject, its versions, the trash, archives."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from dreammix.protocol import ArchiveRejected, DreamMixError
from dreammix.protocol.asking import Asks
from dreammix.protocol.library import (
    GetSubject,
    ImportSubject,
    ListSubjects,
    PurgeTrash,
    RestoreSubject,
    SubjectCard,
    SubjectDetails,
    Subjects,
    UpdateSubject,
)
from dreammix.protocol.services import GetHealth, Health
from dreammix.protocol.words import Word
from dreammix_krita.client.client import Client
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.qt import QtCore

MAX_ARCHIVE_BYTES: Final = 1024 * 1024 * 1024
"""A larger archive is not read."""
SUFFIX: Final = ".zip"
UPKEEP: Final = "upkeep"
"""The capability of a backend that removes for ever."""

AnswerT = TypeVar("AnswerT")


class Doing(Word):
    """What is under way."""

    NOTHING = "nothing"
    EXPORTING = "exporting"
    IMPORTING = "importing"


class LibraryModel(QtCore.QObject):
    """What the library dialog shows beside the shelf. It has no owner in Qt.

    Attributes:
        details: of the chosen subject; None: none is chosen, or it is not there yet.
        trash: what was thrown away, the last first.
        damaged: how many subjects cannot be read and were set aside.
        health: how much room is left; None until it is known.
        doing: an export or import.
        exported: the file that the last export wrote.
        trouble: what went wrong last.

    Signals:
        changed: any of these.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client, shelf: Shelf) -> None:
        super().__init__()
        self.details: SubjectDetails | None = None
        self.trash: tuple[SubjectCard, ...] = ()
        self.damaged = 0
        self.health: Health | None = None
        self.doing = Doing.NOTHING
        self.exported: Path | None = None
        self.trouble: DreamMixError | None = None
        self._client = client
        self._shelf = shelf
        self._chosen: str | None = None
        shelf.changed.connect(self._see)
        shelf.failed.connect(self._fail)

    @property
    def chosen(self) -> SubjectCard | None:
        """The chosen subject's card."""
        return self._shelf.card(self._chosen)

    # --- what is shown ---

    def refresh(self) -> None:
        """Ask for all that may have changed."""
        self._shelf.refresh()
        self._client.ask(ListSubjects(trashed=True), self._take_trash, self._fail)
        self._client.ask(ListSubjects(), self._take_damaged, self._fail)
        self._client.ask(GetHealth(), self._take_health, self._fail)

    def choose(self, subject: str | None) -> None:
        """Show the details of this one."""
        if subject != self._chosen:
            self._chosen, self.details = subject, None
            self._ask_details()
            self.changed.emit()

    # --- what is done ---

    def rename(self, name: str) -> None:
        """Give the chosen subject another name."""
        card = self.chosen
        if card is not None and name.strip() and name.strip() != card.name:
            self._change(lambda: UpdateSubject(subject=card.id, name=name.strip()))

    def favour(self, favourite: bool) -> None:
        """Let the chosen subject stand first, or not."""
        card = self.chosen
        if card is not None and favourite != card.favourite:
            self._change(lambda: UpdateSubject(subject=card.id, favourite=favourite))

    def use_version(self, version: int) -> None:
        """Insert with what that teaching learned."""
        details = self.details
        if details is not None and version != details.active:
            self._change(lambda: UpdateSubject(subject=details.card.id, active=version))

    def duplicate(self) -> None:
        """Make another subject with the same content."""
        if self._chosen is not None:
            self._shelf.duplicate(self._chosen)

    def throw_away(self) -> None:
        """Move the chosen subject to the trash."""
        if self._chosen is not None:
            self._shelf.trash(self._chosen)

    def restore(self, subject: str) -> None:
        """Take one out of the trash."""
        self._change(lambda: RestoreSubject(subject))

    @property
    def can_empty(self) -> bool:
        """Whether there is anything to remove for ever, and a backend that does."""
        return bool(self.trash) and self._client.can(UPKEEP)

    def empty_trash(self) -> None:
        """Remove for ever what was thrown away."""
        self._change(PurgeTrash)

    def export(self, path: Path) -> None:
        """Write the chosen subject as one file."""
        if self._chosen is None or self.doing is not Doing.NOTHING:
            return
        self._set_doing(Doing.EXPORTING)

        def written() -> None:
            self.exported = path
            self._set_doing(Doing.NOTHING)

        self._shelf.export(self._chosen, path, written)

    def import_(self, path: Path) -> None:
        """Make a subject of an exported file."""
        if self.doing is not Doing.NOTHING:
            return
        try:
            content = _read_archive(path)
        except ArchiveRejected as error:
            self._fail(error)
            return
        self._set_doing(Doing.IMPORTING)

        def imported(details: SubjectDetails) -> None:
            self._set_doing(Doing.NOTHING)
            self.refresh()
            self.choose(details.card.id)

        self._client.upload(
            content,
            lambda number: self._client.ask(ImportSubject(number), imported, self._fail),
            self._fail,
        )

    # --- answers ---

    def _change(self, body: Callable[[], Asks[AnswerT]]) -> None:
        try:
            asked = body()
        except DreamMixError as error:  # A name that is none.
            self._fail(error)
            return
        self._client.ask(asked, self._changed, self._fail)

    def _changed(self, _: object) -> None:
        self.trouble = None
        self.refresh()
        self._ask_details()

    def _ask_details(self) -> None:
        subject = self._chosen
        if subject is None:
            return

        def take(details: SubjectDetails) -> None:
            if subject == self._chosen:
                self.details = details
                self.changed.emit()

        self._client.ask(GetSubject(subject), take, self._fail)

    def _see(self) -> None:
        card = self.chosen
        if self._chosen is not None and card is None and self._shelf.cards:
            self._chosen = self.details = None
        elif card is not None and (self.details is None or self.details.card != card):
            self._ask_details()
        self.changed.emit()

    def _take_trash(self, subjects: Subjects) -> None:
        self.trash = subjects.cards
        self.changed.emit()

    def _take_damaged(self, subjects: Subjects) -> None:
        self.damaged = subjects.damaged
        self.changed.emit()

    def _take_health(self, health: Health) -> None:
        self.health = health
        self.changed.emit()

    def _set_doing(self, doing: Doing) -> None:
        self.doing, self.trouble = doing, None
        if doing is not Doing.NOTHING:
            self.exported = None
        self.changed.emit()

    def _fail(self, error: DreamMixError) -> None:
        self.doing, self.trouble = Doing.NOTHING, error
        self.changed.emit()


def _read_archive(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise ArchiveRejected(
                f"{path.name} is too large", "no exported subject is", "Choose an exported subject"
            )
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "the file system says no"
        raise ArchiveRejected(f"{path.name} cannot be read", reason, "Choose another file") from error
    if not content:
        raise ArchiveRejected(f"{path.name} is empty", "there is nothing in it", "Choose another file")
    return content
