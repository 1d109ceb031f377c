"""The pictures that a subject is taught from: on their way into the library, there, or refused, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from dreammix.protocol import DreamMixError, InvalidRequest, Picture, Size
from dreammix.protocol.library import AddPictures, RemovePicture, SetMask, SubjectDetails
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES, SubjectMask, SubjectPicture
from dreammix.protocol.words import Word
from dreammix_krita.canvas import Canvas
from dreammix_krita.client.client import Client
from dreammix_krita.dialogs.aside import Aside
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.sources import (
    Place,
    Source,
    read_file,
    read_layer,
    read_mask,
    read_selection,
)
from dreammix_krita.dialogs.turns import Done
from dreammix_krita.images import image_of, picture_of, shaded, thumbnail
from dreammix_krita.qt import QtCore, QtGui

FEW: Final = 3
"""Fewer pictures than these teach badly."""


class Stage(Word):
    """Where a picture stands."""

    READING = "reading"
    SENDING = "sending"
    FINDING = "finding"
    READY = "ready"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of the subject.

    Attributes:
        number: names it as long as the dialog is there.
        name: what the artist knows it as.
        stage: where it stands.
        image: it, small; null where it cannot be shown, or not yet.
        mask: where the subject is in it; None: not known.
        size: its own, in pixels; None until the library has it.
        place: where on a document it was taken.
        held: whether the library has it.
        trouble: what is wrong with it; with `Stage.BAD` and only then.
        source: what is to be sent, until it was.
    """

    number: int
    name: str
    stage: Stage
    image: QtGui.QImage
    mask: QtGui.QImage | None = None
    size: Size | None = None
    place: Place | None = None
    held: bool = False
    trouble: DreamMixError | None = None
    source: Source | None = None

    @property
    def shown(self) -> QtGui.QImage:
        """The picture with its ground in the dark."""
        return shaded(self.image, self.mask)


class Shots(QtCore.QObject):
    """All pictures of a draft, in the order in which the library has them.

    Attributes:
        shots: they.
        trouble: why the last one could not even be taken.

    Signals:
        changed: either of these.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client, canvas: Canvas, draft: Draft) -> None:
        super().__init__()
        self.shots: tuple[Shot, ...] = ()
        self.trouble: DreamMixError | None = None
        self._client = client
        self._canvas = canvas
        self._draft = draft
        self._aside = Aside()
        self._unread: Callable[[], None] | None = None
        self._numbers = 0

    @property
    def ready(self) -> int:
        """How many can be learned from."""
        return sum(shot.stage is Stage.READY for shot in self.shots)

    def shot(self, number: int) -> Shot | None:
        """The picture of that number; None: it was removed."""
        return next((shot for shot in self.shots if shot.number == number), None)

    # --- taking pictures ---

    def add_files(self, paths: Sequence[Path]) -> None:
        """Take picture files; one that cannot be read does not keep the others away."""
        self._complain(None)
        for path in paths:
            self._take(path.name, partial(read_file, path))

    def add_image(self, image: QtGui.QImage | bytes, name: str) -> None:
        """Take a picture of the clipboard, or one that was dropped: its pixels, or the bytes of a file."""
        self._complain(None)
        self._take(
            name, lambda: Source(name=name, content=image if isinstance(image, bytes) else picture_of(image))
        )

    def add_layer(self) -> None:
        """Take the current layer."""
        self._take_from_canvas(read_layer)

    def add_selection(self) -> None:
        """Take what is selected, with the selection as its mask."""
        self._take_from_canvas(read_selection)

    def load(self, details: SubjectDetails) -> None:
        """Show the pictures that a subject has already."""
        for index, told in enumerate(details.pictures):
            stage = Stage.READY if told.masked else Stage.FINDING
            number = self._append(
                name=str(index + 1), stage=stage, image=QtGui.QImage(), size=told.size, held=True
            )
            self._fetch_picture(details.card.id, index, number)
            if told.masked:
                self._fetch_mask(details.card.id, index, number)
            else:
                self.find_mask(number)

    # --- changing them ---

    def remove(self, number: int) -> None:
        """Take one out, wherever it stands."""

        def turn(done: Done) -> None:
            shot, subject = self.shot(number), self._draft.subject
            if shot is None or not shot.held or subject is None:
                self._drop(number)
                done()
                return

            def removed(_: SubjectDetails) -> None:
                self._drop(number)
                done()

            self._draft.ask(RemovePicture(subject, self._index(number)), removed, self._broken(number, done))

        self._draft.turns.add(turn)

    def send_again(self, number: int) -> None:
        """Try one again that could not be sent."""
        shot = self.shot(number)
        if shot is not None and shot.source is not None:
            self._set(number, stage=Stage.SENDING, trouble=None)
            self._draft.turns.add(lambda done: self._send(number, done))

    def find_mask(self, number: int) -> None:
        """Have the mask found anew."""
        self._set(number, stage=Stage.FINDING, trouble=None)
        self._draft.turns.add(lambda done: self._mask(number, None, done))

    def mask_from_selection(self, number: int) -> None:
        """Replace the mask by what is selected in the open document."""
        shot = self.shot(number)
        if shot is None or shot.size is None:
            return
        try:
            mask = read_mask(self._canvas, shot.size, shot.place)
        except DreamMixError as error:
            self._complain(error)
            return
        self._complain(None)
        self._set(number, stage=Stage.FINDING, trouble=None)
        self._draft.turns.add(lambda done: self._mask(number, mask, done))

    # --- the way into the library ---

    def _take_from_canvas(self, read: Callable[[Canvas], Source]) -> None:
        try:
            source = read(self._canvas)  # Krita answers in the interface's thread alone.
        except DreamMixError as error:
            self._complain(error)
            return
        self._complain(None)
        self._take(source.name, lambda: source)

    def _take(self, name: str, read: Callable[[], Source]) -> None:
        """Read a picture beside the interface, and send it; one that cannot be read leaves the list again."""
        if len(self.shots) >= MAX_SUBJECT_PICTURES:
            self._complain(
                InvalidRequest(
                    "No further picture can be added",
                    f"a subject has at most {MAX_SUBJECT_PICTURES}",
                    "Three to ten are plenty",
                )
            )
            return
        number = self._append(name=name, stage=Stage.READING, image=QtGui.QImage())

        def look() -> tuple[Source, QtGui.QImage]:
            source = read()
            return source, thumbnail(source.content)

        def seen(found: tuple[Source, QtGui.QImage]) -> None:
            source, image = found
            self._set(number, stage=Stage.SENDING, image=image, place=source.place, source=source)
            self._go_on()

        def failed(error: DreamMixError) -> None:
            self._drop(number)
            self._complain(error)
            self._go_on()

        self._aside.do(look, seen, failed)
        # All are read as they come, whatever their turns wait for; what is asked later comes behind.
        self._draft.turns.add(lambda done: self._send_once_read(number, done))

    def _send_once_read(self, number: int, done: Done) -> None:
        shot = self.shot(number)
        if shot is not None and shot.stage is Stage.READING:
            self._unread = lambda: self._send_once_read(number, done)
        else:
            self._send(number, done)

    def _go_on(self) -> None:
        """One was read: perhaps that for which its turn waits."""
        unread, self._unread = self._unread, None
        if unread is not None:
            unread()

    def _send(self, number: int, done: Done) -> None:
        shot = self.shot(number)
        if shot is None or shot.source is None:  # Removed meanwhile.
            done()
            return
        source, failed = shot.source, self._broken(number, done)

        def held(details: SubjectDetails) -> None:
            self._line_up(number)
            size = details.pictures[self._index(number)].size
            self._set(number, held=True, size=size, source=None, stage=Stage.FINDING)
            self._mask(number, source.mask, done)

        def sent(upload: int) -> None:
            self._draft.add((upload,), lambda subject: AddPictures(subject, (upload,)), held, failed)

        self._client.upload(source.content, sent, failed)

    def _mask(self, number: int, mask: Picture | None, done: Done) -> None:
        subject, failed = self._draft.subject, self._broken(number, done)
        if subject is None or self.shot(number) is None:
            done()
            return
        owner = subject

        def masked(_: SubjectDetails) -> None:
            if mask is None:
                self._fetch_mask(owner, self._index(number), number)
            else:
                self._set(number, stage=Stage.READY, mask=image_of(mask))
            done()

        def ask(upload: int | None) -> None:
            self._draft.ask(SetMask(owner, self._index(number), upload), masked, failed)

        if mask is None:
            ask(None)
        else:
            self._client.upload(mask, ask, failed)

    def _fetch_picture(self, subject: str, index: int, number: int) -> None:
        def take(content: Picture | bytes) -> None:
            self._decode(content, lambda image: self._set(number, image=image))

        self._client.fetch(SubjectPicture(subject, index), take, self._broken(number))

    def _fetch_mask(self, subject: str, index: int, number: int) -> None:
        def take(content: Picture | bytes) -> None:
            self._decode(content, lambda mask: self._set(number, stage=Stage.READY, mask=mask))

        self._client.fetch(SubjectMask(subject, index), take, self._broken(number))

    def _decode(self, content: Picture | bytes, shown: Callable[[QtGui.QImage], None]) -> None:
        self._aside.do(lambda: thumbnail(content), shown, self._complain)

    # --- the list ---

    def _index(self, number: int) -> int:
        """Which picture of the subject it is, or will be: the library has them in this order."""
        before = self.shots[: [shot.number for shot in self.shots].index(number)]
        return sum(shot.held for shot in before)

    def _line_up(self, number: int) -> None:
        """The library has it behind all others, which came there before it: so must the list."""
        shot = next(shot for shot in self.shots if shot.number == number)
        others = [other for other in self.shots if other is not shot]
        place = self.shots.index(shot)
        behind = max((index for index, other in enumerate(others, 1) if other.held), default=0)
        place = max(place, behind)
        self.shots = (*others[:place], shot, *others[place:])

    def _append(self, **fields: Any) -> int:
        self._numbers += 1
        self.shots += (Shot(number=self._numbers, **fields),)
        self.changed.emit()
        return self._numbers

    def _set(self, number: int, **changes: Any) -> None:
        self.shots = tuple(replace(shot, **changes) if shot.number == number else shot for shot in self.shots)
        self.changed.emit()

    def _drop(self, number: int) -> None:
        self.shots = tuple(shot for shot in self.shots if shot.number != number)
        self.changed.emit()

    def _broken(self, number: int, done: Done | None = None) -> Callable[[DreamMixError], None]:
        def failed(error: DreamMixError) -> None:
            self._set(number, stage=Stage.BAD, trouble=error)
            if done is not None:
                done()

        return failed

    def _complain(self, error: DreamMixError | None) -> None:
        self.trouble = error
        self.changed.emit()
