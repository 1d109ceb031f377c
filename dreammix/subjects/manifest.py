"""A subject's manifest: all that its folder must hold, and the hash of every file. JSON, strictly parsed."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, NoReturn

from dreammix.protocol import (
    Attribute,
    AttributeKind,
    DreamMixError,
    InvalidSubject,
    Size,
    SubjectDamaged,
    SubjectTooNew,
)
from dreammix.subjects.subject import FileKind, LoraVersion, Subject, SubjectPicture

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1
MAX_MANIFEST_BYTES: Final = 1 << 18
"""Largest manifest that is read, in bytes: a few times what the fullest subject needs."""
MAX_SUBJECT_FILE_BYTES: Final = 1 << 29
"""Largest file of a subject, in bytes: a LoRA of SDXL at the largest rank, in fp32, is smaller."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """What a file must be: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A subject, and a note of each of its files by name. Raises InvalidSubject where they do not match."""

    subject: Subject
    files: Mapping[str, FileNote]

    def __post_init__(self) -> None:
        for name in self.files.keys() ^ self.subject.files:
            raise InvalidSubject(
                "The subject and its files do not match", f"{name} stands in one list only", "Make it anew"
            )
        for name, note in self.files.items():
            if not name.startswith(note.sha256[:32]) or not 0 < note.size <= MAX_SUBJECT_FILE_BYTES:
                raise InvalidSubject(
                    f"The file {name} cannot belong to a subject",
                    f"its size is {note.size} bytes, or its hash does not match its name",
                    "Make it anew",
                )

    @property
    def total(self) -> int:
        """The size of all files, in bytes."""
        return sum(note.size for note in self.files.values())


def note_of(content: bytes) -> FileNote:
    """What this content is."""
    return FileNote(len(content), hashlib.sha256(content).hexdigest())


def file_name(kind: FileKind, content: bytes) -> str:
    """The name of the file with this content: the same content, the same name."""
    return note_of(content).sha256[:32] + kind.value


def to_json(manifest: Manifest) -> bytes:
    """The manifest's file."""
    content = {
        "schema": SCHEMA,
        "subject": asdict(manifest.subject),
        "files": {name: asdict(note) for name, note in sorted(manifest.files.items())},
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def from_json(data: bytes) -> Manifest:
    """Parse a manifest's file, which may hold anything.

    Raises SubjectTooNew, or SubjectDamaged if it makes no sense.
    """
    try:
        if len(data) > MAX_MANIFEST_BYTES:
            raise ValueError(f"it is larger than {MAX_MANIFEST_BYTES >> 10} KiB")
        content = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
        schema = content["schema"]
        if type(schema) is not int or schema < 1:
            raise ValueError(f"its schema is {str(schema)[:20]}")
        if schema > SCHEMA:
            raise SubjectTooNew(
                "The subject cannot be read",
                f"a newer version of DreamMix wrote it (schema {str(schema)[:20]}, this one reads {SCHEMA})",
                "Update DreamMix",
            )
        return _manifest(content)
    except SubjectTooNew:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, DreamMixError) as error:
        raise SubjectDamaged(
            "The subject is damaged",
            f"its {MANIFEST} makes no sense ({error})",
            "Restore it from a copy, or teach it again",
        ) from error


def _manifest(content: object) -> Manifest:
    top = _record(content, {"schema", "subject", "files"})
    told = _record(top["subject"], {field.name for field in fields(Subject)})
    told["attributes"] = tuple(_attribute(each) for each in _list(told["attributes"]))
    told["pictures"] = tuple(_picture(each) for each in _list(told["pictures"]))
    told["loras"] = tuple(
        LoraVersion(**_record(each, {field.name for field in fields(LoraVersion)}))
        for each in _list(told["loras"])
    )
    notes = {name: _note(each) for name, each in top["files"].items()}
    return Manifest(Subject(**told), notes)


def _attribute(content: object) -> Attribute:
    told = _record(content, {"kind", "words"})
    return Attribute(AttributeKind(told["kind"]), told["words"])


def _picture(content: object) -> SubjectPicture:
    told = _record(content, {"file", "mask", "size"})
    return SubjectPicture(told["file"], told["mask"], Size(**_record(told["size"], {"width", "height"})))


def _note(content: object) -> FileNote:
    told = _record(content, {"size", "sha256"})
    size, digest = told["size"], told["sha256"]
    if type(size) is not int or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError("a note of a file makes no sense")
    return FileNote(size, digest)


def _record(content: object, keys: set[str]) -> dict[str, Any]:
    if not isinstance(content, dict) or content.keys() != keys:
        raise ValueError(f"it should say {', '.join(sorted(keys))}")
    return content


def _list(content: object) -> list[object]:
    if not isinstance(content, list):
        raise TypeError("a list is none")
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
