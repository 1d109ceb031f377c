"""An artist's library, as the wire asks for it. Blocks: to be called in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from dreammix.files import decode_mask, decode_scene, png
from dreammix.protocol import InvalidRequest, Picture
from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.library import (
    MAX_LISTED_ARTISTS,
    MAX_LISTED_SUBJECTS,
    AddPictures,
    Artists,
    CreateSubject,
    Damaged,
    DamagedSubject,
    DeleteSubject,
    DuplicateSubject,
    ForgetVersion,
    GetSubject,
    ImportSubject,
    ListDamaged,
    ListSubjects,
    PurgeTrash,
    RemovePicture,
    RestoreSubject,
    SetMask,
    SubjectCard,
    SubjectDetails,
    Subjects,
    TaughtPicture,
    TaughtVersion,
    UpdateSubject,
)
from dreammix.protocol.payloads import SubjectMask, SubjectPicture, SubjectThumbnail
from dreammix.segmentation.faults import check_fit
from dreammix.subjects import Library, NewPicture, Subject

LibraryAsk: TypeAlias = (
    ListSubjects
    | ListDamaged
    | GetSubject
    | CreateSubject
    | UpdateSubject
    | ForgetVersion
    | DuplicateSubject
    | AddPictures
    | RemovePicture
    | SetMask
    | DeleteSubject
    | RestoreSubject
    | PurgeTrash
    | ImportSubject
)
"""What can be asked of a library."""
LibraryAnswer: TypeAlias = Subjects | Damaged | SubjectDetails | Done
"""What answers that."""
LibrarySource: TypeAlias = SubjectThumbnail | SubjectPicture | SubjectMask
"""What can be fetched of it as it lies there."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"


class Uploads(Protocol):
    """What a client has sent, by the numbers of its uploads. Raises TransferRejected for any other number."""

    def content(self, number: int) -> Picture | bytes:
        """Raw pixels as a picture, or a file's bytes."""
        ...

    def path(self, number: int) -> Path:
        """A file's bytes, as a file."""
        ...


def listed(names: Sequence[str]) -> Artists:
    """The artists, as many as a list holds."""
    return Artists(tuple(names[:MAX_LISTED_ARTISTS]))


def answer(ask: LibraryAsk, library: Library, uploads: Uploads) -> LibraryAnswer:
    """Do what was asked. Raises what the library raises, and TransferRejected."""
    match ask:
        case ListSubjects():
            return _subjects(ask, library)
        case ListDamaged():
            return _damaged(library)
        case GetSubject():
            return _details(library, library.get(ask.subject))
        case CreateSubject():
            pictures = [_new(uploads.content(number)) for number in ask.pictures]
            return _details(library, library.create(ask.name, ask.class_word, ask.attributes, pictures))
        case UpdateSubject():
            changed = library.update(
                ask.subject,
                name=ask.name,
                class_word=ask.class_word,
                attributes=ask.attributes,
                favourite=ask.favourite,
                active=ask.active,
            )
            return _details(library, changed)
        case ForgetVersion():
            return _details(library, library.remove_lora(ask.subject, ask.version))
        case DuplicateSubject():
            return _details(library, library.duplicate(ask.subject))
        case AddPictures():
            pictures = [_new(uploads.content(number)) for number in ask.pictures]
            return _details(library, library.add_pictures(ask.subject, pictures))
        case RemovePicture():
            return _details(library, library.remove_picture(ask.subject, ask.picture))
        case SetMask():
            assert ask.mask is not None, "to find a mask is asked of an aide"
            mask = _png(uploads.content(ask.mask))
            return set_mask(library, ask.subject, ask.picture, mask)
        case DeleteSubject():
            library.delete(ask.subject)
            return Done()
        case RestoreSubject():
            return _details(library, library.restore(ask.subject))
        case PurgeTrash():
            library.purge(ask.subject)
            return Done()
        case ImportSubject():
            return _details(library, library.import_(uploads.path(ask.archive)))


def set_mask(library: Library, subject: str, index: int, mask: bytes) -> SubjectDetails:
    """Give a picture its mask, a PNG file. Raises InvalidSubject: nothing could be learned from it."""
    check_fit(decode_scene(library.read_picture(subject, index)).picture, decode_mask(mask))
    return _details(library, library.set_mask(subject, index, mask))


def source(wanted: LibrarySource, library: Library) -> bytes:
    """The file that is fetched. Raises InvalidRequest: there is none; what the library raises."""
    match wanted:
        case SubjectThumbnail():
            content = library.thumbnail(wanted.subject)
        case SubjectPicture():
            content = library.read_picture(wanted.subject, wanted.picture)
        case SubjectMask():
            content = library.read_mask(wanted.subject, wanted.picture)
    if content is None:
        raise InvalidRequest(
            "There is no such picture", "the subject has none yet", "Add a picture, or find its mask"
        )
    return content


def _subjects(ask: ListSubjects, library: Library) -> Subjects:
    found = [
        subject for subject in (library.trash() if ask.trashed else library.list()) if _is_like(subject, ask)
    ]
    found.sort(key=lambda subject: subject.modified, reverse=True)
    found.sort(key=lambda subject: not subject.favourite)
    shown = found[ask.first : ask.first + MAX_LISTED_SUBJECTS]
    damaged = 0 if ask.trashed else len(library.problems())
    return Subjects(tuple(_card(subject) for subject in shown), total=len(found), damaged=damaged)


def _damaged(library: Library) -> Damaged:
    found = library.problems()[:MAX_LISTED_SUBJECTS]
    return Damaged(tuple(DamagedSubject(problem.id, ErrorReport.of(problem.error)) for problem in found))


def _is_like(subject: Subject, ask: ListSubjects) -> bool:
    words = (subject.name, subject.class_word, *(attribute.words for attribute in subject.attributes))
    text = " ".join(words).casefold()
    return all(word in text for word in ask.search.casefold().split())


def _card(subject: Subject) -> SubjectCard:
    return SubjectCard(
        id=subject.id,
        name=subject.name,
        class_word=subject.class_word,
        pictures=len(subject.pictures),
        taught=subject.active is not None,
        favourite=subject.favourite,
        modified=subject.modified,
    )


def _details(library: Library, subject: Subject) -> SubjectDetails:
    return SubjectDetails(
        card=_card(subject),
        attributes=subject.attributes,
        pictures=tuple(TaughtPicture(picture.size, picture.mask is not None) for picture in subject.pictures),
        versions=tuple(
            TaughtVersion(version=lora.version, base=lora.base, steps=lora.steps, created=lora.created)
            for lora in subject.loras
        ),
        active=subject.active,
        created=subject.created,
        disk_bytes=library.disk_use(subject.id),
    )


def _new(content: Picture | bytes) -> NewPicture:
    return NewPicture(_png(content))


def _png(content: Picture | bytes) -> bytes:
    """A picture as the PNG file that the library keeps. Raises InvalidPicture."""
    if isinstance(content, Picture):
        return png(content)
    return content if content.startswith(_PNG) else png(decode_scene(content).picture)
