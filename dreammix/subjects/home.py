"""An artist's folder: a subject's folder comes in, moves and goes here, at once, and under the lock."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from dreammix.files import Disk, check_room, make_folder, move, write_whole
from dreammix.protocol import (
    DreamMixError,
    LibraryBusy,
    OutputFailure,
    SubjectDamaged,
    SubjectNotFound,
    SubjectTooNew,
)
from dreammix.subjects.entry import contents, not_found, read_entry, remove_quietly
from dreammix.subjects.lock import locked
from dreammix.subjects.manifest import MANIFEST, Manifest, to_json
from dreammix.subjects.places import ARTIST, artist_json, artist_of
from dreammix.subjects.subject import Subject, is_id

LOCK: Final = ".lock"
TRASH: Final = ".trash"
"""Deleted subjects, which can be restored."""
DAMAGED: Final = ".damaged"
"""The quarantine: subjects that were found damaged."""
STAGING: Final = ".staging"
"""Subjects on their way in, and purged ones on their way out; whatever is left there is swept."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one artist's library; it need not exist before something is written."""

    folder: Path
    artist: str
    disk: Disk
    patience_s: float

    def ids(self, place: str = "") -> tuple[str, ...]:
        """The ids of the subjects in a place: none for the library itself, or one of the names above."""
        try:
            return tuple(sorted(path.name for path in (self.folder / place).iterdir() if is_id(path.name)))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def entry(self, subject: str) -> Path:
        """The folder of a subject. What is no id is never made a path.

        Raises SubjectNotFound; of a subject in the quarantine, what is wrong with it.
        """
        folder = self.folder / subject if is_id(subject) else None
        if folder is None or folder.is_symlink() or not folder.is_dir():
            raise self.damage(subject) if subject in self.ids(DAMAGED) else not_found(subject)
        return folder

    def damage(self, subject: str) -> DreamMixError:
        """What is wrong with a subject in the quarantine."""
        try:
            read_entry(self.folder / DAMAGED / subject)
        except DreamMixError as error:
            return error
        return SubjectDamaged(f"The subject {subject} was damaged", "it is whole again", "Restore it")

    @contextlib.contextmanager
    def writing(self, patience_s: float | None = None) -> Iterator[None]:
        """Hold the library's lock; sweep what an interrupted writer left, and what this one leaves.

        Args:
            patience_s: how long to wait for it; None: as long as this home usually does.

        Raises LibraryBusy, OutputFailure, StorageFull.
        """
        make_folder(self.folder, self.disk)
        with locked(self.folder / LOCK, self.patience_s if patience_s is None else patience_s):
            if artist_of(self.folder) is None:
                write_whole({self.folder / ARTIST: artist_json(self.artist)}, self.disk)
            self._sweep()
            try:
                yield
            finally:
                self._sweep()

    def publish(self, manifest: Manifest, files: Iterable[tuple[str, bytes]]) -> Subject:
        """Add a subject: its folder is filled where nobody looks, then moved into its place.

        Raises OutputFailure, StorageFull, and what `files` raises.
        """
        staged = self.folder / STAGING / manifest.subject.id
        check_room(self.folder, manifest.total, self.disk)
        make_folder(staged, self.disk)
        for name, content in files:
            write_whole({staged / name: content}, self.disk)
        write_whole({staged / MANIFEST: to_json(manifest)}, self.disk)
        move(staged, self.folder / manifest.subject.id, self.disk)
        return manifest.subject

    def move(self, subject: str, sources: Iterable[str], target: str, *, whole: bool = False) -> None:
        """Move a subject from the first of `sources` that has it; `whole`: only if all of it is sound.

        Raises SubjectNotFound, OutputFailure; with `whole` also SubjectDamaged, SubjectTooNew.
        """
        if not is_id(subject) or not self.folder.is_dir():
            raise not_found(subject)
        with self.writing():
            for folder in (self.folder / source / subject for source in sources):
                if folder.is_dir():
                    if whole:
                        _check_whole(folder)
                    make_folder(self.folder / target, self.disk)
                    return move(folder, self.folder / target / subject, self.disk)
        raise not_found(subject)

    def seen(self, subject: str) -> Subject | None:
        """The subject, if it is sound; if it is damaged, it is moved into the quarantine."""
        folder = self.folder / subject
        try:
            return read_entry(folder).subject
        except (SubjectNotFound, SubjectTooNew):
            return None
        except SubjectDamaged:
            pass  # Or it seemed so.
        with contextlib.suppress(LibraryBusy, OutputFailure, SubjectNotFound, SubjectTooNew), self.writing():
            try:
                return read_entry(folder).subject  # A writer was at work when it looked damaged.
            except SubjectDamaged as error:
                if not isinstance(error.__cause__, OSError):  # A disk that cannot be read proves nothing.
                    make_folder(self.folder / DAMAGED, self.disk)
                    move(folder, self.folder / DAMAGED / subject, self.disk)
        return None

    def read(self, subject: str, look: Callable[[Path], T]) -> T:
        """Look at a subject; what seems damaged is looked at once more while nobody writes.

        Raises SubjectNotFound, and what `look` raises.
        """
        folder = self.entry(subject)
        try:
            return look(folder)
        except SubjectDamaged as error:
            try:
                with self.writing():
                    return look(folder)
            except (LibraryBusy, OutputFailure):
                raise error from error.__cause__

    def _sweep(self) -> None:
        for id_ in self.ids(STAGING):
            remove_quietly(self.folder / STAGING / id_, self.disk)


def _check_whole(folder: Path) -> None:
    for _ in contents(folder, read_entry(folder)):
        pass  # Reading hashes.
