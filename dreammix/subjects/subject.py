"""What a subject is: a thing of the artist's, its pictures, what is said of it, and what was learnt of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from dreammix.protocol import Attribute, InvalidSubject, Size
from dreammix.protocol.attributes import check_attributes, check_line
from dreammix.protocol.checks import check_instance, check_whole
from dreammix.protocol.library import MAX_CLASS_CHARACTERS, MAX_NAME_CHARACTERS, MAX_SUBJECT_VERSIONS
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES
from dreammix.protocol.pictures import check_picture_size

MAX_STEPS: Final = 1_000_000
"""Most training steps of a version."""
MAX_NOTE_CHARACTERS: Final = 128
"""Longest token, name or hash of a base model, in characters."""
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
"""How a time is written: UTC, to the second."""
_ID: Final = re.compile("[0-9a-f]{16}")


class FileKind(Enum):
    """What a file of a subject is; the value is the suffix of its name."""

    PICTURE = ".png"
    MASK = ".mask.png"
    THUMBNAIL = ".thumbnail.png"
    DIFFUSERS = ".safetensors"
    KOHYA = ".kohya.safetensors"

    def owns(self, name: object) -> bool:
        """Whether `name` is that of such a file: 32 digits of its content's hash, and the suffix."""
        return isinstance(name, str) and bool(re.fullmatch(f"[0-9a-f]{{32}}{re.escape(self.value)}", name))


@dataclass(frozen=True, slots=True)
class SubjectPicture:
    """A picture of the subject (PNG), and the mask (PNG, white: the subject), if there is one already."""

    file: str
    mask: str | None
    size: Size

    def __post_init__(self) -> None:
        _check_file("A picture", self.file, FileKind.PICTURE)
        if self.mask is not None:
            _check_file("A mask", self.mask, FileKind.MASK)
        check_picture_size(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraVersion:
    """What one training learnt of the subject.

    Attributes:
        version: its number, from 1; never given twice.
        base: the name in the manifest of the base model that it belongs to.
        base_hash: the hash of that model.
        diffusers: the file of its weights, in diffusers' keys.
        kohya: the same weights in kohya's SDXL keys.
        token: the rare token that stands for the subject.
        steps: how many steps it was trained.
        seed: the seed of the training.
        created: when, in `TIME_FORMAT`.
    """

    version: int
    base: str
    base_hash: str
    diffusers: str
    kohya: str
    token: str
    steps: int
    seed: int
    created: str

    def __post_init__(self) -> None:
        check_whole("A version", self.version, 1, None)
        for name in ("base", "base_hash", "token"):
            check_line(f"The {name} of a version", getattr(self, name), MAX_NOTE_CHARACTERS)
        _check_file("The weights", self.diffusers, FileKind.DIFFUSERS)
        _check_file("The weights for kohya", self.kohya, FileKind.KOHYA)
        check_whole("The steps of a version", self.steps, 0, MAX_STEPS)
        check_whole("The seed of a version", self.seed, 0, None)
        _check_time(self.created)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A thing that the artist has taught, or is about to teach. Raises InvalidRequest.

    Attributes:
        id: 16 random hexadecimal digits; also the name of its folder.
        name: what the artist calls it; never a path.
        class_word: what sort of thing it is.
        attributes: what is said of it.
        pictures: what it looks like.
        loras: what was learnt of it, oldest first.
        active: the number of the version that is used; None where nothing was learnt.
        favourite: whether it comes first.
        thumbnail: the file of a small picture of it; None without pictures.
        created: when, in `TIME_FORMAT`.
        modified: when it was last changed, in `TIME_FORMAT`.
    """

    id: str
    name: str
    class_word: str
    attributes: tuple[Attribute, ...] = ()
    pictures: tuple[SubjectPicture, ...] = ()
    loras: tuple[LoraVersion, ...] = ()
    active: int | None = None
    favourite: bool = False
    thumbnail: str | None = None
    created: str
    modified: str

    def __post_init__(self) -> None:
        if not is_id(self.id):
            raise _invalid("The id", "it is not 16 hexadecimal digits")
        check_line("The name", self.name, MAX_NAME_CHARACTERS)
        check_line("The class word", self.class_word, MAX_CLASS_CHARACTERS)
        check_attributes(self.attributes)
        _check_all("pictures", self.pictures, SubjectPicture, MAX_SUBJECT_PICTURES)
        _check_all("versions", self.loras, LoraVersion, MAX_SUBJECT_VERSIONS)
        numbers = [lora.version for lora in self.loras]
        if numbers != sorted(set(numbers)):
            raise _invalid("The versions", "their numbers do not rise")
        if self.active not in numbers and (numbers or self.active is not None):
            raise _invalid("The active version", f"there is no version {self.active}")
        check_instance("The favourite mark", self.favourite, bool)
        if self.thumbnail is not None:
            _check_file("The thumbnail", self.thumbnail, FileKind.THUMBNAIL)
        for time in (self.created, self.modified):
            _check_time(time)

    @property
    def files(self) -> frozenset[str]:
        """The names of all its files."""
        pictures = (name for picture in self.pictures for name in (picture.file, picture.mask))
        loras = (name for lora in self.loras for name in (lora.diffusers, lora.kohya))
        return frozenset(name for name in (*pictures, *loras, self.thumbnail) if name is not None)


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture to be added: a PNG file's bytes, and those of a mask of its size (white: the subject)."""

    picture: bytes = field(repr=False)
    mask: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LoraFiles:
    """What a training ends with: the same weights as two safetensors files, diffusers' and kohya's."""

    diffusers: bytes = field(repr=False)
    kohya: bytes = field(repr=False)


def is_id(text: object) -> bool:
    """Whether this can be the id of a subject, and so the name of its folder."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _check_file(name: str, file: object, kind: FileKind) -> None:
    if not kind.owns(file):
        raise _invalid(name, f"its file cannot be called {str(file)[:MAX_NAME_CHARACTERS]!r}")


def _check_all(name: str, values: Iterable[object], kind: type, most: int) -> None:
    counted = tuple(values)
    if len(counted) > most:
        raise InvalidSubject(
            f"There are {len(counted)} {name}", f"a subject has at most {most}", "Take some out"
        )
    for value in counted:
        check_instance(f"One of the {name}", value, kind)


def _check_time(text: object) -> None:
    try:
        datetime.strptime(str(text), TIME_FORMAT)
    except ValueError as error:
        raise _invalid("A time", "it is not written like 2031-05-17T09:30:00Z") from error


def _invalid(what: str, why: str) -> InvalidSubject:
    return InvalidSubject(f"{what} of the subject makes no sense", why, "Make the subject anew")
