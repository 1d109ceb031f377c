"""A subject as one zip archive. Written plainly; read as what it may be: a stranger's attack.

Before anything is unpacked, the archive's own tables are held against limits and against the manifest; then
each file is read within the size that the manifest promised, hashed, and, if it is a picture, decoded. No
name becomes a path but those that a subject's files can have.
"""

import contextlib
import io
import itertools
import stat
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dreammix.files import picture_size
from dreammix.protocol import ArchiveRejected, Size, SubjectTooNew
from dreammix.protocol.library import MAX_SUBJECT_VERSIONS
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES
from dreammix.subjects.manifest import MANIFEST, MAX_MANIFEST_BYTES, Manifest, from_json, note_of, to_json
from dreammix.subjects.pictures import THUMBNAIL_SIDE_PX

MAX_ARCHIVE_BYTES: Final = 1 << 30
"""Largest archive, in bytes, and most that its files may hold together once unpacked."""
MAX_ENTRIES: Final = 2 + 2 * MAX_SUBJECT_PICTURES + 2 * MAX_SUBJECT_VERSIONS
"""Most files in an archive: the manifest, a thumbnail, pictures with masks, and two files a version."""
MAX_DIRECTORY_BYTES: Final = MAX_ENTRIES * 512
"""Largest table of contents, in bytes."""
_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = b"PK\x06\x07"
_END_64_BYTES: Final = 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 1
_MODE: Final = 0o644


def pack(manifest: Manifest, contents: Iterable[tuple[str, bytes]], stream: BinaryIO) -> None:
    """Write a subject's archive; the same subject gives the same bytes. Raises OSError."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in itertools.chain([(MANIFEST, to_json(manifest))], contents):
            info = zipfile.ZipInfo(name)
            info.external_attr = _MODE << 16
            archive.writestr(info, content)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An open archive whose tables are in order."""

    manifest: Manifest
    _zip: zipfile.ZipFile

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Every file's name and content, one at a time, in order. Raises ArchiveRejected."""
        sizes = _picture_sizes(self.manifest)
        for name, note in sorted(self.manifest.files.items()):
            with _judging():
                content = _content(self._zip, name, note.size)
                if note_of(content) != note:
                    raise ValueError(f"the content of {name} is not what its hash promised")
                if name in sizes and sizes[name] != {picture_size(content, ("PNG",))}:
                    raise ValueError(f"{name} has not the size that it should have")
                if name == self.manifest.subject.thumbnail and not _is_small(picture_size(content, ("PNG",))):
                    raise ValueError(f"{name} is larger than a thumbnail is")
            yield name, content


@contextlib.contextmanager
def unpacking(path: Path) -> Iterator[Unpacked]:
    """Open an archive that may be anything. Raises ArchiveRejected, SubjectTooNew."""
    with contextlib.ExitStack() as stack:
        with _judging():
            if not path.is_file():
                raise ValueError(f"there is no file {path}")
            stream = stack.enter_context(path.open("rb"))
            _check_tables(stream)
            archive = stack.enter_context(zipfile.ZipFile(stream))
            for info in archive.infolist():
                _check_entry(info)
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if len(sizes) < len(archive.infolist()):
                raise ValueError("a name stands in it twice")
            if sizes.get(MANIFEST, MAX_MANIFEST_BYTES + 1) > MAX_MANIFEST_BYTES:
                raise ValueError(f"it has no {MANIFEST}, or one that is too large")
            manifest = from_json(_content(archive, MANIFEST, MAX_MANIFEST_BYTES))
            del sizes[MANIFEST]
            if sizes != {name: note.size for name, note in manifest.files.items()}:
                raise ValueError(f"its files are not those of its {MANIFEST}")
            if manifest.total > MAX_ARCHIVE_BYTES:
                raise ValueError(f"its files are larger than {MAX_ARCHIVE_BYTES >> 20} MiB together")
        yield Unpacked(manifest, archive)


def _check_tables(stream: BinaryIO) -> None:
    """Refuse an archive by its size and the record at its end, before `zipfile` believes that record.

    Only the plain record at the very end is accepted: without comment and without its 64-bit extension, which
    no archive within the limits needs, there is no second reading of where the table of contents lies.
    """
    size = stream.seek(0, io.SEEK_END)
    if size > MAX_ARCHIVE_BYTES:
        raise ValueError(f"it is larger than {MAX_ARCHIVE_BYTES >> 20} MiB")
    tail = _END.size + _END_64_BYTES
    stream.seek(max(0, size - tail))
    end = stream.read(tail)
    signature, *disks, here, entries, table, _offset, comment = _END.unpack(end[-_END.size :])
    if signature != b"PK\x05\x06" or any(disks) or comment or end.startswith(_END_64):
        raise ValueError("it is no zip archive, or of an unusual kind")
    if not here == entries <= MAX_ENTRIES or table > MAX_DIRECTORY_BYTES:
        raise ValueError(f"it has more than {MAX_ENTRIES} files, or a table of contents that is too large")


def _check_entry(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.filename != info.orig_filename or info.is_dir() or kind not in (0, stat.S_IFREG):
        raise ValueError("one of its entries is no plain file")
    if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
        raise ValueError("one of its entries is encrypted, or packed in an unusual way")


def _content(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Unpack an entry, but no more than a byte above `most`: what its tables say of its size may be a lie."""
    with archive.open(name) as stream:
        return stream.read(most + 1)


def _picture_sizes(manifest: Manifest) -> dict[str, set[Size]]:
    """The sizes that each picture and mask is said to have, by file name: one, in a sound manifest."""
    sizes: dict[str, set[Size]] = {}
    for picture in manifest.subject.pictures:
        for name in (picture.file, picture.mask):
            if name is not None:
                sizes.setdefault(name, set()).add(picture.size)
    return sizes


def _is_small(size: Size) -> bool:
    return max(size.width, size.height) <= THUMBNAIL_SIDE_PX


@contextlib.contextmanager
def _judging() -> Iterator[None]:
    """Turn whatever a broken archive runs into, into ArchiveRejected."""
    try:
        yield
    except (SubjectTooNew, MemoryError):
        raise
    except Exception as error:  # `zipfile` answers a malformed archive with whatever it stumbles over.
        raise ArchiveRejected(
            "The archive cannot be imported", str(error) or "it is damaged", "Export the subject again"
        ) from error
