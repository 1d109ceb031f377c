"""The folder of one subject: read with suspicion, changed by writing new files first and the manifest last.

A file that stands in the manifest is never altered: its name is a hash of its content. So a subject changes
at one moment, when its new manifest is renamed into place; what only the old one needed is removed then.
"""

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dreammix.files import Disk, check_room, remove_tree, write_whole
from dreammix.protocol import OutputFailure, SubjectDamaged, SubjectNotFound
from dreammix.subjects.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    FileNote,
    Manifest,
    from_json,
    note_of,
    to_json,
)
from dreammix.subjects.subject import Subject

WORK: Final = "work"
"""In a subject's folder: checkpoints and caches, which are neither hashed nor exported."""
REGULAR: Final = "regular"
"""In the work folder: regular pictures that teachings have painted, a PNG file each, and one of its mask."""


def read_entry(folder: Path) -> Manifest:
    """Read a subject's manifest and see that its files are there, without hashing them.

    Raises SubjectNotFound, SubjectTooNew, SubjectDamaged (caused by an OSError where the disk is at fault).
    """
    if not os.path.lexists(folder):
        raise not_found(folder.name)
    manifest = from_json(_read(folder / MANIFEST, MAX_MANIFEST_BYTES + 1))
    if manifest.subject.id != folder.name:
        raise _damaged(folder, f"it is the folder of the subject {manifest.subject.id}")
    for name, note in manifest.files.items():
        if (size := _size(folder / name)) != note.size:
            raise _damaged(folder / name, f"it has {size} bytes instead of {note.size}")
    return manifest


def read_file(folder: Path, name: str, note: FileNote) -> bytes:
    """The content of a file, which is what the manifest promised. Raises SubjectDamaged."""
    content = _read(folder / name, note.size + 1)
    if note_of(content) != note:
        raise _damaged(folder / name, "its content was altered")
    return content


def contents(folder: Path, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """Every file's name and content, one at a time. Raises SubjectDamaged."""
    for name, note in sorted(manifest.files.items()):
        yield name, read_file(folder, name, note)


def change_entry(folder: Path, subject: Subject, fresh: Mapping[str, bytes], disk: Disk) -> None:
    """Make `subject` what the folder holds; `fresh` are the files that it has and the old one had not.

    Raises OutputFailure, StorageFull: then the folder holds what it held.
    """
    notes = dict(read_entry(folder).files) | {name: note_of(content) for name, content in fresh.items()}
    manifest = Manifest(subject, {name: notes[name] for name in subject.files})
    check_room(folder, sum(map(len, fresh.values())), disk)
    if fresh:
        write_whole({folder / name: content for name, content in fresh.items()}, disk)
    write_whole({folder / MANIFEST: to_json(manifest)}, disk)
    _sweep(folder, manifest, disk)


def remove_quietly(folder: Path, disk: Disk) -> None:
    """Remove a folder that nobody needs any more; what cannot be removed now is left for the next time."""
    with contextlib.suppress(OutputFailure):
        remove_tree(folder, disk)


def size_on_disk(folder: Path) -> int:
    """What all files below the folder take, in bytes."""
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sum(path.lstat().st_size for path in paths)


def not_found(name: str) -> SubjectNotFound:
    """There is no subject of that name or id."""
    return SubjectNotFound(
        f"There is no subject {name}", "the library has none of that name or id", "List the subjects"
    )


def _sweep(folder: Path, manifest: Manifest, disk: Disk) -> None:
    """Remove what an older state, or a write that was cut off, has left."""
    for path in folder.iterdir():
        if path.name not in (MANIFEST, WORK) and path.name not in manifest.files:
            with contextlib.suppress(OSError):
                disk.remove(path)


def _read(path: Path, most: int) -> bytes:
    _size(path)
    try:
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror})") from error


def _size(path: Path) -> int:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise _damaged(path, "it is missing") from None
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(status.st_mode):
        raise _damaged(path, "it is no plain file")
    return status.st_size


def _damaged(path: Path, why: str) -> SubjectDamaged:
    return SubjectDamaged(
        f"The subject's file {path} cannot be used", why, "Restore it from a copy, or teach the subject again"
    )
