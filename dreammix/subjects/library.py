"""An artist's library: every subject a folder, every change whole or absent, one writer at a time."""

import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dreammix.files import DISK, Disk, check_room, check_writable, make_folder, write_whole
from dreammix.protocol import (
    Attribute,
    DreamMixError,
    InvalidRequest,
    OutputFailure,
    SubjectDamaged,
    SubjectNotFound,
    SubjectTooNew,
)
from dreammix.protocol.attributes import check_line
from dreammix.protocol.library import MAX_NAME_CHARACTERS
from dreammix.subjects.archive import MAX_ARCHIVE_BYTES, pack, unpacking
from dreammix.subjects.choosing import lora_at, named, ordered, picture_at
from dreammix.subjects.entry import (
    REGULAR,
    WORK,
    change_entry,
    contents,
    read_entry,
    read_file,
    size_on_disk,
)
from dreammix.subjects.home import DAMAGED, STAGING, TRASH, Home
from dreammix.subjects.lock import PATIENCE_S
from dreammix.subjects.manifest import Manifest, file_name, note_of
from dreammix.subjects.pictures import mask_file, take_in, with_thumbnail
from dreammix.subjects.places import DEFAULT_ARTIST, artist_folder
from dreammix.subjects.subject import (
    TIME_FORMAT,
    FileKind,
    LoraFiles,
    LoraVersion,
    NewPicture,
    Subject,
)

LEARNED_PATIENCE_S: Final = 300.0
"""How long what was learned waits for the lock, in seconds: somebody may be exporting to a slow stick."""
_COPY: Final = " (copy)"


@dataclass(frozen=True, slots=True)
class Problem:
    """A subject that is not listed: its id, its folder, and what is wrong with it."""

    id: str
    folder: Path
    error: DreamMixError


class Library:
    """The subjects of one artist.

    Whatever interrupts a change (a full disk, a crash, a power cut), the library is afterwards as before it
    or as after it. Reading takes no lock. Every method may raise SubjectNotFound, SubjectDamaged or
    SubjectTooNew about the subject it is asked for; those that write, also LibraryBusy, OutputFailure and
    StorageFull.

    Args:
        root: the folder of all libraries; made when something is first written.
        artist: whose library; free text of one line.
        disk: the operations that writes are made of.
        clock: gives the time, in UTC.
        new_id: gives a fresh id, of 16 hexadecimal digits.
        patience_s: how long to wait for another writer, in seconds.
    """

    def __init__(
        self,
        root: Path,
        artist: str = DEFAULT_ARTIST,
        *,
        disk: Disk = DISK,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
        patience_s: float = PATIENCE_S,
    ) -> None:
        check_line("The artist's name", artist, MAX_NAME_CHARACTERS)
        self.artist = artist
        self._home = Home(artist_folder(root, artist), artist, disk, patience_s)
        self._clock = clock
        self._new_id = new_id

    # Reading.

    def list(self) -> tuple[Subject, ...]:
        """All sound subjects: favourites first, then by name. Damaged ones are moved out of the way.

        They are kept, see `problems`. A folder that only cannot be read just now stays where it is.
        """
        return ordered(it for id_ in self._home.ids() if (it := self._home.seen(id_)) is not None)

    def problems(self) -> tuple[Problem, ...]:
        """The subjects that `list` leaves out, and those that it moved out of the way before."""
        found = []
        for id_ in self._home.ids():
            try:
                self.get(id_)
            except SubjectNotFound:
                continue
            except DreamMixError as error:
                found.append(Problem(id_, self._home.folder / id_, error))
        for id_ in self._home.ids(DAMAGED):
            found.append(Problem(id_, self._home.folder / DAMAGED / id_, self._home.damage(id_)))
        return tuple(found)

    def id_of(self, words: str, *, trashed: bool = False) -> str:
        """The id of the subject that `words` name.

        An id stays what it is, wherever that subject lies and even if it cannot be read; a name is looked for
        among those that `list`, or `trash`, gives.

        Raises SubjectNotFound, and InvalidRequest where several have that name.
        """
        if any(words in self._home.ids(place) for place in ("", DAMAGED, TRASH)):
            return words
        try:
            return named(self.trash() if trashed else self.list(), words).id
        except SubjectNotFound:
            unread = len(self.trash_problems() if trashed else self.problems())
            if not unread:
                raise
        raise SubjectNotFound(
            f"There is no subject {words} that can be read",
            f"of {unread} other{'' if unread == 1 else 's'} the name cannot be told",
            f"Look at dreammix subjects {'trash' if trashed else 'list'}, and give an id",
        )

    def find(self, words: str) -> Subject:
        """The subject of that id, or else of that name. Raises as `id_of` and `get` do."""
        return self.get(self.id_of(words))

    def get(self, subject: str) -> Subject:
        """The subject of that id."""
        return self._home.read(subject, lambda folder: read_entry(folder).subject)

    def read_picture(self, subject: str, index: int) -> bytes:
        """The PNG file of a picture. Raises InvalidRequest where there is none of that number (from 0)."""
        return self._content(subject, lambda it: picture_at(it, index).file)

    def read_mask(self, subject: str, index: int) -> bytes | None:
        """The PNG file of a picture's mask; None where it has none yet. Raises InvalidRequest."""
        return self._content(subject, lambda it: picture_at(it, index).mask) or None

    def thumbnail(self, subject: str) -> bytes | None:
        """The PNG file of a small picture of the subject; None where it has no picture."""
        return self._content(subject, lambda it: it.thumbnail) or None

    def lora_path(self, subject: str, version: int | None = None) -> Path:
        """The weights of a version (the active one) in diffusers' keys, a file that was just hashed.

        Raises InvalidRequest where there is no such version.
        """
        self._content(subject, lambda it: lora_at(it, version).diffusers)
        return self.folder(subject) / lora_at(self.get(subject), version).diffusers

    def folder(self, subject: str) -> Path:
        """The folder of a subject that is not in the trash."""
        return self._home.entry(subject)

    def disk_use(self, subject: str) -> int:
        """What the subject takes, its work folder included, in bytes."""
        return size_on_disk(self.folder(subject))

    # Writing.

    def create(
        self,
        name: str,
        class_word: str,
        attributes: tuple[Attribute, ...] = (),
        pictures: Sequence[NewPicture] = (),
    ) -> Subject:
        """Add a subject. Raises InvalidRequest: a name, picture or mask that cannot be."""
        taken, fresh = take_in(pictures)
        now = self._now()
        subject = Subject(
            id=self._new_id(),
            name=name,
            class_word=class_word,
            attributes=attributes,
            pictures=taken,
            created=now,
            modified=now,
        )
        subject, small = with_thumbnail(subject, fresh.__getitem__)
        files = fresh | small
        notes = {name: note_of(content) for name, content in files.items()}
        with self._home.writing():
            return self._home.publish(Manifest(subject, notes), files.items())

    def rename(self, subject: str, name: str) -> Subject:
        """Give it another name. Raises InvalidRequest."""
        return self.update(subject, name=name)

    def update(
        self,
        subject: str,
        *,
        name: str | None = None,
        class_word: str | None = None,
        attributes: tuple[Attribute, ...] | None = None,
        favourite: bool | None = None,
        active: int | None = None,
    ) -> Subject:
        """Change what is given. Raises InvalidRequest, InvalidSubject."""
        given: dict[str, Any] = {
            "name": name,
            "class_word": class_word,
            "attributes": attributes,
            "favourite": favourite,
            "active": active,
        }
        changes = {field: value for field, value in given.items() if value is not None}
        return self._change(subject, lambda old: replace(old, **changes))

    def add_pictures(self, subject: str, pictures: Sequence[NewPicture]) -> Subject:
        """Add pictures after those that it has. Raises InvalidRequest."""
        taken, fresh = take_in(pictures)
        return self._change(subject, lambda old: replace(old, pictures=(*old.pictures, *taken)), fresh)

    def remove_picture(self, subject: str, index: int) -> Subject:
        """Take a picture and its mask out. Raises InvalidRequest."""

        def without(old: Subject) -> Subject:
            picture_at(old, index)
            return replace(old, pictures=old.pictures[:index] + old.pictures[index + 1 :])

        return self._change(subject, without)

    def set_mask(self, subject: str, index: int, mask: bytes) -> Subject:
        """Give a picture a mask: a PNG file of its size, white: the subject. Raises InvalidRequest."""

        def masked(old: Subject) -> Subject:
            picture = picture_at(old, index)
            picture = replace(picture, mask=mask_file(mask, picture.size))
            return replace(old, pictures=(*old.pictures[:index], picture, *old.pictures[index + 1 :]))

        return self._change(subject, masked, {file_name(FileKind.MASK, mask): mask})

    def add_lora(
        self, subject: str, files: LoraFiles, *, base: str, base_hash: str, token: str, steps: int, seed: int
    ) -> LoraVersion:
        """Add what a training learnt, as a new version that is used from now on. Raises InvalidRequest."""
        fresh = {
            file_name(FileKind.DIFFUSERS, files.diffusers): files.diffusers,
            file_name(FileKind.KOHYA, files.kohya): files.kohya,
        }
        diffusers, kohya = fresh

        def taught(old: Subject) -> Subject:
            version = LoraVersion(
                version=1 + max((lora.version for lora in old.loras), default=0),
                base=base,
                base_hash=base_hash,
                diffusers=diffusers,
                kohya=kohya,
                token=token,
                steps=steps,
                seed=seed,
                created=self._now(),
            )
            return replace(old, loras=(*old.loras, version), active=version.version)

        return self._change(subject, taught, fresh, LEARNED_PATIENCE_S).loras[-1]

    def remove_lora(self, subject: str, version: int) -> Subject:
        """Forget a version; if it was the active one, the newest of the others is. Raises InvalidRequest."""

        def without(old: Subject) -> Subject:
            gone = lora_at(old, version)
            kept = tuple(lora for lora in old.loras if lora != gone)
            newest = kept[-1].version if kept else None
            return replace(old, loras=kept, active=newest if old.active == version else old.active)

        return self._change(subject, without)

    def duplicate(self, subject: str, name: str | None = None) -> Subject:
        """Add a copy, without the work folder; its name is `name`, or says that it is a copy."""
        folder = self.folder(subject)
        with self._home.writing():
            old = read_entry(folder)
            given = name or old.subject.name[: MAX_NAME_CHARACTERS - len(_COPY)] + _COPY
            now = self._now()
            copy = replace(old.subject, id=self._new_id(), name=given, created=now, modified=now)
            return self._home.publish(Manifest(copy, old.files), contents(folder, old))

    def work_folder(self, subject: str) -> Path:
        """The subject's folder for checkpoints and caches; it is neither hashed nor exported nor copied."""
        work = self.folder(subject) / WORK
        make_folder(work, self._home.disk)
        return work

    def regular_folder(self, subject: str) -> Path:
        """Where its regular pictures are, once one was painted."""
        return self.folder(subject) / WORK / REGULAR

    def delete(self, subject: str) -> None:
        """Put it into the trash, also where it is damaged."""
        self._home.move(subject, ("", DAMAGED), TRASH)

    # The trash.

    def trash(self) -> tuple[Subject, ...]:
        """The subjects that can be restored, by name."""
        found = []
        for id_ in self._home.ids(TRASH):
            with contextlib.suppress(SubjectNotFound, SubjectDamaged, SubjectTooNew):
                found.append(read_entry(self._home.folder / TRASH / id_).subject)
        return ordered(found)

    def trash_problems(self) -> tuple[Problem, ...]:
        """The subjects in the trash that `trash` leaves out."""
        found = []
        for id_ in self._home.ids(TRASH):
            folder = self._home.folder / TRASH / id_
            try:
                read_entry(folder)
            except SubjectNotFound:
                continue
            except DreamMixError as error:
                found.append(Problem(id_, folder, error))
        return tuple(found)

    def restore(self, subject: str) -> Subject:
        """Bring it back from the trash, or from among the damaged ones if it is whole again.

        Raises InvalidRequest where it never left.
        """
        try:
            self._home.move(subject, (TRASH, DAMAGED), "", whole=True)
        except SubjectNotFound:
            here = self.get(subject)  # What is there may be unreadable: then that is what is said.
            raise InvalidRequest(
                f"{here.name} cannot be restored", "it is not in the trash", "Use it as it is"
            ) from None
        return self.get(subject)

    def purge(self, subject: str | None = None) -> tuple[str, ...]:
        """Remove one subject of the trash, or everything in it, for ever; the ids of what was removed."""
        ids = self._home.ids(TRASH) if subject is None else (subject,)
        for id_ in ids:
            self._home.move(id_, (TRASH,), STAGING)
        return ids

    # Archives.

    def export(self, subject: str, path: Path) -> None:
        """Write the subject to one archive, which the same subject always gives the bytes of."""
        check_writable(path)
        folder = self.folder(subject)
        with self._home.writing():
            manifest = read_entry(folder)
            if manifest.total > MAX_ARCHIVE_BYTES:
                raise OutputFailure(
                    f"Cannot write {path}",
                    f"an archive holds at most {MAX_ARCHIVE_BYTES >> 20} MiB",
                    "Remove old versions of the subject",
                )
            check_room(path.parent, manifest.total, self._home.disk)
            files = contents(folder, manifest)
            write_whole({path: lambda stream: pack(manifest, files, stream)}, self._home.disk)

    def import_(self, path: Path) -> Subject:
        """Add the subject of an archive, under an id of its own. Raises ArchiveRejected."""
        with unpacking(path) as unpacked, self._home.writing():
            subject = replace(unpacked.manifest.subject, id=self._new_id())
            return self._home.publish(Manifest(subject, unpacked.manifest.files), unpacked.contents())

    # Behind the doors.

    def _now(self) -> str:
        return self._clock().astimezone(UTC).strftime(TIME_FORMAT)

    def _change(
        self,
        subject: str,
        revise: Callable[[Subject], Subject],
        fresh: Mapping[str, bytes] | None = None,
        patience_s: float | None = None,
    ) -> Subject:
        folder, files = self.folder(subject), dict(fresh or {})
        with self._home.writing(patience_s):
            old = read_entry(folder)
            new = replace(revise(old.subject), modified=self._now())
            if new.pictures[:1] != old.subject.pictures[:1]:
                new, small = with_thumbnail(
                    new,
                    lambda name: files[name] if name in files else read_file(folder, name, old.files[name]),
                )
                files |= small
            change_entry(folder, new, files, self._home.disk)
        return new

    def _content(self, subject: str, name_of: Callable[[Subject], str | None]) -> bytes:
        """The file that `name_of` names; nothing where it names none, since no file of a subject is empty."""

        def look(folder: Path) -> bytes:
            manifest = read_entry(folder)
            name = name_of(manifest.subject)
            return b"" if name is None else read_file(folder, name, manifest.files[name])

        return self._home.read(subject, look)
