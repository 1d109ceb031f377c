"""One of many: a subject by its name, a picture or a version by its number."""

from collections.abc import Iterable

from dreammix.protocol import InvalidRequest
from dreammix.protocol.library import MAX_SUBJECT_VERSIONS
from dreammix.subjects.entry import not_found
from dreammix.subjects.subject import LoraVersion, Subject, SubjectPicture


def named(subjects: Iterable[Subject], words: str) -> Subject:
    """The one of `subjects` that has this id, or else this name, in whatever case.

    Raises SubjectNotFound, and InvalidRequest where several have that name.
    """
    among = tuple(subjects)
    for known in (
        [it for it in among if it.id == words],
        [it for it in among if it.name == words],
        [it for it in among if it.name.casefold() == words.casefold()],
    ):
        if len(known) > 1:
            ids = ", ".join(it.id for it in known)
            raise InvalidRequest(
                f"{len(known)} subjects are called {words}", f"their ids are {ids}", "Give the id"
            )
        if known:
            return known[0]
    raise not_found(words)


def ordered(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Favourites first, then by name."""
    return tuple(sorted(subjects, key=lambda it: (not it.favourite, it.name.casefold(), it.created, it.id)))


def picture_at(subject: Subject, index: int) -> SubjectPicture:
    """A picture by its number, from 0. Raises InvalidRequest."""
    if not 0 <= index < len(subject.pictures):
        count = len(subject.pictures)
        raise InvalidRequest(
            f"{subject.name} has no picture {index + 1}", f"it has {count}", "Choose one of them"
        )
    return subject.pictures[index]


def lora_at(subject: Subject, version: int | None) -> LoraVersion:
    """What was learnt, by the number of the version; None: the active one. Raises InvalidRequest."""
    wanted = subject.active if version is None else version
    for lora in subject.loras:
        if lora.version == wanted:
            return lora
    if version is None:
        raise InvalidRequest(f"{subject.name} was not taught yet", "it has no version", "Teach it first")
    raise InvalidRequest(
        f"{subject.name} has no version {version}", "it was not taught, or was removed", "Choose another"
    )


def check_room(subject: Subject) -> None:
    """Refuse, before any work, to teach a subject that has all the versions it can. Raises InvalidRequest."""
    if len(subject.loras) >= MAX_SUBJECT_VERSIONS:
        raise InvalidRequest(
            f"{subject.name} cannot be taught again",
            f"it has {len(subject.loras)} versions, the most that a subject can have",
            "Forget one of them (dreammix subjects forget)",
        )
