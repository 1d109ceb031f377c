"""Durable writes: whatever ends one early, a full disk or a power cut, leaves the old file or the new one.

A file is written beside its place, forced to the disk, renamed into its place, and then the rename is forced
to the disk too. Every step is a method of `Disk`, so that tests can let each of them fail in turn.
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from dreammix.protocol import OutputFailure, StorageFull

Content = bytes | Callable[[BinaryIO], object]
"""What a file is to hold: its bytes, or what writes them to the open file."""

SPARE_BYTES: Final = 16 << 20
"""What stays free on the disk after a write, in bytes: room for manifests, and for others."""
STALE_SECONDS: Final = 3600.0
"""What stands beside its place for so long is nobody's any more: no write takes an hour."""
_PART: Final = ".part"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_OURS: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_UNSYNCABLE: Final = frozenset({errno.EINVAL, errno.ENOTSUP})


class Disk:
    """The operations that a durable write is made of. Each raises OSError."""

    def create(self, path: Path) -> BinaryIO:
        """Open a file that must not exist yet."""
        return path.open("xb")

    def sync(self, stream: BinaryIO) -> None:
        """Force what was written to the disk."""
        stream.flush()
        os.fsync(stream.fileno())

    def replace(self, source: Path, target: Path) -> None:
        """Give a file or a folder another name, at once; an old file of that name is gone."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Force the names in a folder to the disk, where the system can (Windows does by itself)."""
        if os.name == "nt":
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _UNSYNCABLE:  # Some network file systems know no such thing.
                raise
        finally:
            os.close(handle)

    def make_folder(self, folder: Path) -> None:
        """Make one folder."""
        folder.mkdir(exist_ok=True)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def remove_folder(self, folder: Path) -> None:
        """Remove an empty folder."""
        folder.rmdir()

    def free_bytes(self, folder: Path) -> int:
        """How much can still be written there, in bytes."""
        return shutil.disk_usage(folder).free


DISK: Final = Disk()
"""The real one."""


def write_whole(files: Mapping[Path, Content], disk: Disk = DISK) -> None:
    """Write all of `files`: first every one beside its place, then one rename each, in their order.

    Whatever ends this early leaves no half-written file: what stands at one of the places is the old file or
    the new one. When it returns, the new ones outlast a power cut. Raises OutputFailure, StorageFull.
    """
    beside = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}{_PART}") for path in files}
    try:
        for path, content in files.items():
            with blaming(path), disk.create(beside[path]) as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    content(stream)
                disk.sync(stream)
        for path, part in beside.items():
            with blaming(path):
                disk.replace(part, path)
        for folder in dict.fromkeys(path.parent for path in files):
            with blaming(folder):
                disk.sync_folder(folder)
    except BaseException:
        for part in beside.values():
            with contextlib.suppress(OSError):
                disk.remove(part)
        raise


def sweep_unfinished(folder: Path, disk: Disk = DISK, *, now: Callable[[], float] = time.time) -> None:
    """Remove what writes into the folder have left that ended with their process, or with the power.

    Args:
        folder: which; not those below it.
        disk: what removes.
        now: seconds since the epoch, as files are dated.
    """
    for part in folder.glob(f".*{_PART}"):
        with contextlib.suppress(OSError):  # Gone already, or not ours: either way it does no harm.
            if now() - part.stat().st_mtime > STALE_SECONDS:
                disk.remove(part)


def make_folder(folder: Path, disk: Disk = DISK) -> None:
    """Make a folder, and those above it, where they are missing. Raises OutputFailure, StorageFull."""
    with blaming(folder, "make"):
        missing = [place for place in (folder, *folder.parents) if not place.is_dir()]
        for place in reversed(missing):
            disk.make_folder(place)
            disk.sync_folder(place.parent)


def move(source: Path, target: Path, disk: Disk = DISK) -> None:
    """Move a file or a folder within one file system, at once. Raises OutputFailure, StorageFull."""
    with blaming(target):
        disk.replace(source, target)
        disk.sync_folder(target.parent)
        disk.sync_folder(source.parent)


def remove_tree(folder: Path, disk: Disk = DISK) -> None:
    """Remove a folder and all that is in it; links are removed, not followed. Raises OutputFailure."""
    with blaming(folder, "remove"):
        for place, folders, files in os.walk(folder, topdown=False):
            for path in (Path(place, name) for name in (*files, *folders)):
                if path.is_dir() and not path.is_symlink():
                    disk.remove_folder(path)
                else:
                    disk.remove(path)
        disk.remove_folder(folder)


def check_room(folder: Path, needed: int, disk: Disk = DISK) -> None:
    """Refuse, before anything is written, what will not fit: `needed` bytes. Raises StorageFull."""
    with blaming(folder):
        free = disk.free_bytes(folder)
    if free < needed + SPARE_BYTES:
        raise StorageFull(
            f"Cannot write to {folder}",
            f"it takes {(needed + SPARE_BYTES) >> 20} MiB and {free >> 20} MiB are free",
            "Free some space, or choose another place",
        )


@contextlib.contextmanager
def blaming(path: Path, verb: str = "write") -> Iterator[None]:
    """Turn an OSError into an OutputFailure, or a StorageFull, that names `path` and the way out."""
    try:
        yield
    except OSError as error:
        what, why = f"Cannot {verb} {path}", error.strerror or str(error)
        if error.errno in _FULL:
            raise StorageFull(what, why, "Free some space, or choose another place") from error
        remedy = "Change its rights, or choose" if error.errno in _NOT_OURS else "Choose"
        raise OutputFailure(what, why, f"{remedy} another place") from error
