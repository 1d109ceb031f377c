"""The library on the wire: an artist's subjects, seen and changed.

Every request is about the library of the artist that the connection works for: the one named in `Hello`, or
by the last `UseArtist`. Pictures, masks and archives come as uploads, named by their numbers.
"""

from dataclasses import dataclass
from typing import Annotated

from dreammix.protocol.asking import Asks, Done, ErrorReport
from dreammix.protocol.attributes import MAX_ATTRIBUTES, Attribute
from dreammix.protocol.boxes import Size
from dreammix.protocol.jobs import MAX_TIME_CHARACTERS
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES, Number, PictureIndex
from dreammix.protocol.rules import Id, Line, Most, Text, Whole
from dreammix.protocol.shapes import Message

MAX_NAME_CHARACTERS = 80
"""Longest name of a subject or an artist, in characters."""
MAX_CLASS_CHARACTERS = 40
"""Longest class word ("teapot"), in characters."""
MAX_SEARCH_CHARACTERS = 200
"""Longest text to search subjects for, in characters."""
MAX_LISTED_SUBJECTS = 200
"""Most subjects in one list; ask for the next ones with `first`."""
MAX_SUBJECT_VERSIONS = 32
"""Most versions of what was learned of a subject."""
MAX_LISTED_ARTISTS = 200
"""Most artists in one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectCard(Message):
    """A subject as its card shows it.

    Attributes:
        id: random; it never changes.
        name: the artist's name for it.
        class_word: what kind of thing it is.
        pictures: how many pictures it has.
        taught: whether it can be inserted.
        favourite: whether it stands first.
        modified: when it was last changed, ISO 8601 in UTC.
    """

    id: Annotated[str, Id()]
    name: Annotated[str, Line(MAX_NAME_CHARACTERS)]
    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    pictures: Annotated[int, Whole(0, MAX_SUBJECT_PICTURES)]
    taught: bool
    favourite: bool
    modified: Annotated[str, Line(MAX_TIME_CHARACTERS)]


@dataclass(frozen=True, slots=True)
class Subjects(Message):
    """Some subjects, favourites first, then the last changed.

    Attributes:
        cards: those from the asked one on.
        total: how many there are in all.
        damaged: how many more there are that cannot be read and were set aside.
    """

    cards: Annotated[tuple[SubjectCard, ...], Most(MAX_LISTED_SUBJECTS)]
    total: Annotated[int, Whole(0)]
    damaged: Annotated[int, Whole(0)] = 0


@dataclass(frozen=True, slots=True)
class DamagedSubject(Message):
    """A subject that cannot be read; it can be deleted, and restored where it is whole again.

    Attributes:
        id: as it was.
        error: what is wrong with it.
    """

    id: Annotated[str, Id()]
    error: ErrorReport


@dataclass(frozen=True, slots=True)
class Damaged(Message):
    """The subjects that no list of subjects shows."""

    subjects: Annotated[tuple[DamagedSubject, ...], Most(MAX_LISTED_SUBJECTS)]


@dataclass(frozen=True, slots=True)
class TaughtPicture(Message):
    """One picture of a subject.

    Attributes:
        size: in pixels.
        masked: whether its mask is known.
    """

    size: Size
    masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtVersion(Message):
    """What was once learned of a subject.

    Attributes:
        version: its number, from 1.
        base: the base model that learned it, and the only one that can use it.
        steps: for how many steps.
        created: when, ISO 8601 in UTC.
    """

    version: Annotated[int, Whole(1)]
    base: Annotated[str, Id()]
    steps: Annotated[int, Whole(1)]
    created: Annotated[str, Line(MAX_TIME_CHARACTERS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDetails(Message):
    """Everything that an artist sees of a subject.

    Attributes:
        card: as in the list.
        attributes: its dictionary.
        pictures: what it is taught from.
        versions: what was learned, oldest first.
        active: the version that is inserted; None before the first.
        created: when it was made, ISO 8601 in UTC.
        disk_bytes: what it takes on disk.
    """

    card: SubjectCard
    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)]
    pictures: Annotated[tuple[TaughtPicture, ...], Most(MAX_SUBJECT_PICTURES)]
    versions: Annotated[tuple[TaughtVersion, ...], Most(MAX_SUBJECT_VERSIONS)]
    active: Annotated[int, Whole(1)] | None = None
    created: Annotated[str, Line(MAX_TIME_CHARACTERS)]
    disk_bytes: Annotated[int, Whole(0)]


@dataclass(frozen=True, slots=True)
class Artists(Message):
    """Who has a library here, sorted."""

    names: Annotated[tuple[Annotated[str, Line(MAX_NAME_CHARACTERS)], ...], Most(MAX_LISTED_ARTISTS)]


@dataclass(frozen=True, slots=True)
class ListArtists(Asks[Artists]):
    """Who has a library here?"""


@dataclass(frozen=True, slots=True)
class UseArtist(Asks[Done]):
    """From now on this connection works for another artist; their library begins with a first subject."""

    artist: Annotated[str, Line(MAX_NAME_CHARACTERS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubjects(Asks[Subjects]):
    """Which subjects are there?

    Attributes:
        search: words that their names, class words or attributes hold; empty: all.
        first: how many to pass over.
        trashed: those in the trash, instead of the others.
    """

    search: Annotated[str, Text(MAX_SEARCH_CHARACTERS)] = ""
    first: Annotated[int, Whole(0)] = 0
    trashed: bool = False


@dataclass(frozen=True, slots=True)
class ListDamaged(Asks[Damaged]):
    """Which subjects cannot be read, and why? Of servers with the capability `upkeep`."""


@dataclass(frozen=True, slots=True)
class GetSubject(Asks[SubjectDetails]):
    """Show a subject."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubject(Asks[SubjectDetails]):
    """Make a subject; it may be given its pictures later."""

    name: Annotated[str, Line(MAX_NAME_CHARACTERS)]
    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)] = ()
    pictures: Annotated[tuple[Number, ...], Most(MAX_SUBJECT_PICTURES)] = ()

    @property
    def uploads(self) -> tuple[int, ...]:
        return self.pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSubject(Asks[SubjectDetails]):
    """Change what is given; what is not stays.

    Attributes:
        subject: which.
        name: its new name.
        class_word: its new class word.
        attributes: its new dictionary, whole.
        favourite: whether it stands first.
        active: the version to insert.
    """

    subject: Annotated[str, Id()]
    name: Annotated[str, Line(MAX_NAME_CHARACTERS)] | None = None
    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)] | None = None
    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)] | None = None
    favourite: bool | None = None
    active: Annotated[int, Whole(1)] | None = None


@dataclass(frozen=True, slots=True)
class ForgetVersion(Asks[SubjectDetails]):
    """Remove what was once learned, for ever; the newest of the others is inserted then, if it was active.

    Of servers with the capability `upkeep`.
    """

    subject: Annotated[str, Id()]
    version: Annotated[int, Whole(1)]


@dataclass(frozen=True, slots=True)
class DuplicateSubject(Asks[SubjectDetails]):
    """Make another subject with the same content."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class AddPictures(Asks[SubjectDetails]):
    """Append uploaded pictures, raw pixels or files, to a subject's."""

    subject: Annotated[str, Id()]
    pictures: Annotated[tuple[Number, ...], Most(MAX_SUBJECT_PICTURES)]

    @property
    def uploads(self) -> tuple[int, ...]:
        return self.pictures


@dataclass(frozen=True, slots=True)
class RemovePicture(Asks[SubjectDetails]):
    """Take one picture out; those behind it move up."""

    subject: Annotated[str, Id()]
    picture: PictureIndex


@dataclass(frozen=True, slots=True)
class SetMask(Asks[SubjectDetails]):
    """Say where the subject is in one of its pictures.

    Attributes:
        subject: which.
        picture: which of its pictures.
        mask: number of the upload, of the picture's size; None: to be found anew.
    """

    subject: Annotated[str, Id()]
    picture: PictureIndex
    mask: Number | None = None

    @property
    def uploads(self) -> tuple[int, ...]:
        return () if self.mask is None else (self.mask,)


@dataclass(frozen=True, slots=True)
class DeleteSubject(Asks[Done]):
    """Move a subject to the trash."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class RestoreSubject(Asks[SubjectDetails]):
    """Take a subject out of the trash."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class PurgeTrash(Asks[Done]):
    """Remove what is in the trash, for ever. Of servers with the capability `upkeep`.

    Attributes:
        subject: which; None: all.
    """

    subject: Annotated[str, Id()] | None = None


@dataclass(frozen=True, slots=True)
class ImportSubject(Asks[SubjectDetails]):
    """Make a subject of an uploaded archive; a `SubjectArchive` is fetched to export one."""

    archive: Number

    @property
    def uploads(self) -> tuple[int, ...]:
        return (self.archive,)
