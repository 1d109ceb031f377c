"""The artist's subjects as the docker shows them: cards, thumbnails, which one is chosen, whose they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from dreammix.protocol import DreamMixError, OutputFailure, Picture
from dreammix.protocol.asking import Asks
from dreammix.protocol.library import (
    Artists,
    DeleteSubject,
    DuplicateSubject,
    ListArtists,
    ListSubjects,
    SubjectCard,
    Subjects,
    UpdateSubject,
)
from dreammix.protocol.payloads import SubjectArchive, SubjectThumbnail
from dreammix_krita.client.client import Client
from dreammix_krita.files import write_whole
from dreammix_krita.qt import QtCore
from dreammix_krita.settings import Settings

MAX_PAGES: Final = 10
"""Most lists that are asked for, one after the other: two thousand cards are searched, not leafed through."""

AnswerT = TypeVar("AnswerT")


class Shelf(QtCore.QObject):
    """What is on the artist's shelf, asked anew at each connection and whenever `refresh` is called.

    Attributes:
        artist: whose it is.
        artists: who else has one here.
        cards: all subjects, favourites first.
        thumbnails: PNG files of those that have arrived, by subject.
        chosen: the subject that an insert is for; None: words alone.

    Signals:
        changed: any of these.
        failed: a DreamMixError: what the artist asked for was not done.
    """

    changed = QtCore.pyqtSignal()
    failed = QtCore.pyqtSignal(object)

    def __init__(self, client: Client, settings: Settings, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.artist = settings.value.artist
        self.artists: tuple[str, ...] = (self.artist,)
        self.cards: tuple[SubjectCard, ...] = ()
        self.thumbnails: dict[str, bytes] = {}
        self.chosen: str | None = None
        self._client = client
        self._settings = settings
        self._asked = 0
        client.arrived.connect(self.refresh)

    @property
    def chosen_card(self) -> SubjectCard | None:
        """The chosen subject's card."""
        return self.card(self.chosen)

    def card(self, subject: str | None) -> SubjectCard | None:
        """A subject's card; None: it is not on the shelf (any more)."""
        return next((card for card in self.cards if card.id == subject), None)

    def found(self, search: str) -> tuple[SubjectCard, ...]:
        """The cards whose name or class word holds all these words."""
        words = search.casefold().split()

        def holds(card: SubjectCard) -> bool:
            told = f"{card.name} {card.class_word}".casefold()
            return all(word in told for word in words)

        return tuple(card for card in self.cards if holds(card))

    # --- what the artist does ---

    def choose(self, subject: str | None) -> None:
        """Insert this one next."""
        if subject != self.chosen:
            self.chosen = subject
            self.changed.emit()

    def use_artist(self, artist: str) -> None:
        """Open another artist's library."""

        def opened() -> None:
            self.artist = artist
            self.cards, self.chosen = (), None
            self._settings.change(artist=artist)
            self.refresh()

        if artist != self.artist:
            self._client.use_artist(artist, opened, self._fail)

    def rename(self, subject: str, name: str) -> None:
        """Give it another name."""
        self._do(UpdateSubject(subject=subject, name=name))

    def favour(self, subject: str, favourite: bool) -> None:
        """Let it stand first, or not."""
        self._do(UpdateSubject(subject=subject, favourite=favourite))

    def duplicate(self, subject: str) -> None:
        """Make another one with the same content."""
        self._do(DuplicateSubject(subject))

    def trash(self, subject: str) -> None:
        """Move it to the trash, from where it can be brought back."""
        self._do(DeleteSubject(subject))

    def export(self, subject: str, path: Path, written: Callable[[], None] = lambda: None) -> None:
        """Write it as one file, and say so; `failed` where that is not possible, and an older file stays."""

        def take(content: Picture | bytes) -> None:
            assert isinstance(content, bytes)
            try:
                write_whole(path, content)
            except OSError as error:
                reason = error.strerror or "the file system says no"
                self._fail(OutputFailure(f"{path.name} cannot be written", reason, "Choose another place"))
            else:
                written()

        self._client.fetch(SubjectArchive(subject), take, self._fail)

    # --- what the backend says ---

    def refresh(self) -> None:
        """Ask for everything again: something has changed."""
        self._asked += 1
        self._ask_page((), self._asked, 0)
        self._client.ask(ListArtists(), self._take_artists, self._quiet)

    def _do(self, body: Asks[AnswerT]) -> None:
        self._client.ask(body, lambda _: self.refresh(), self._fail)

    def _ask_page(self, before: tuple[SubjectCard, ...], asked: int, page: int) -> None:
        def take(subjects: Subjects) -> None:
            if asked != self._asked:
                return  # Somebody has asked anew since.
            cards = before + subjects.cards
            if subjects.cards and len(cards) < subjects.total and page + 1 < MAX_PAGES:
                self._ask_page(cards, asked, page + 1)
            else:
                self._take_cards(cards)

        self._client.ask(ListSubjects(first=len(before)), take, self._quiet)

    def _take_cards(self, cards: tuple[SubjectCard, ...]) -> None:
        before = {card.id: card.modified for card in self.cards}
        self.cards = cards
        ids = {card.id for card in cards}
        self.thumbnails = {subject: data for subject, data in self.thumbnails.items() if subject in ids}
        if self.chosen not in ids:
            taught = [card.id for card in cards if card.taught]
            # With a single subject there is nothing to choose.
            self.chosen = taught[0] if len(taught) == 1 else None
        for card in cards:
            if before.get(card.id) != card.modified or card.id not in self.thumbnails:
                self._fetch_thumbnail(card.id)
        self.changed.emit()

    def _fetch_thumbnail(self, subject: str) -> None:
        def take(content: Picture | bytes) -> None:
            if isinstance(content, bytes) and self.card(subject) is not None:
                self.thumbnails[subject] = content
                self.changed.emit()

        self._client.fetch(SubjectThumbnail(subject), take, self._quiet)

    def _take_artists(self, artists: Artists) -> None:
        self.artists = tuple(sorted({*artists.names, self.artist}))
        self.changed.emit()

    def _fail(self, error: DreamMixError) -> None:
        self.failed.emit(error)
        self.refresh()

    def _quiet(self, error: DreamMixError) -> None:
        """What nobody clicked for is not complained about: it is asked again at the next connection."""
