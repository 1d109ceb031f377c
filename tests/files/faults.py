"""A disk on which any operation can be made the last: full, or without power."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dreammix.files import Disk

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class PowerLoss(BaseException):
    """Nothing runs any more."""


class Fault(Enum):
    """What happens at the chosen operation."""

    FULL = "no room from here on; removing still works"
    KILLED = "the process ends; the system finishes what it was given"
    TORN = "the power goes: new names are kept, what was not forced to the disk is lost"
    LOST = "the power goes: names that were not forced to the disk are lost too"


class FaultyDisk(Disk):
    """Writes real files, and fails at operation number `at` (the first is 0; None: never)."""

    def __init__(self, fault: Fault = Fault.KILLED, at: int | None = None) -> None:
        self.count = 0
        self._fault, self._at = fault, at
        self._full = self._dark = False
        self._unforced: dict[BinaryIO, int] = {}
        self._undo: list[tuple[Path, Callable[[], object]]] = []

    def cut_power(self) -> None:
        """Lose what the fault loses, now."""
        self._dark = True
        if self._fault in (Fault.TORN, Fault.LOST):
            for handle in self._unforced.values():
                os.ftruncate(handle, 0)
        if self._fault is Fault.LOST:
            for _, undo in reversed(self._undo):
                undo()
        for handle in self._unforced.values():
            os.close(handle)
        self._unforced.clear()

    def step(self, *, needs_room: bool = True) -> None:
        """Count an operation, and fail if it is the one, or if the power or the room is gone."""
        if self._dark:
            raise PowerLoss
        if self.count == self._at:
            if self._fault is not Fault.FULL:
                self.cut_power()
                raise PowerLoss
            self._full = True
            self.count += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.count += 1
        if self._full and needs_room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def create(self, path: Path) -> BinaryIO:
        self.step()
        stream = _Stream(path, self)
        self._unforced[stream] = os.dup(stream.fileno())
        self._undo.append((path.parent, lambda: path.unlink(missing_ok=True)))
        return stream

    def sync(self, stream: BinaryIO) -> None:
        self.step()
        os.close(self._unforced.pop(stream))

    def replace(self, source: Path, target: Path) -> None:
        self.step()
        old = target.read_bytes() if target.is_file() else None
        source.replace(target)

        def undo() -> None:
            target.replace(source)
            if old is not None:
                target.write_bytes(old)

        self._undo.append((target.parent, undo))

    def sync_folder(self, folder: Path) -> None:
        self.step()
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        self._undo = [(place, undo) for place, undo in self._undo if place != folder]

    def make_folder(self, folder: Path) -> None:
        self.step()
        super().make_folder(folder)
        self._undo.append((folder.parent, lambda: shutil.rmtree(folder)))

    def remove(self, path: Path) -> None:
        self.step(needs_room=False)
        if path.exists():
            old = path.read_bytes()
            path.unlink()
            self._undo.append((path.parent, lambda: path.write_bytes(old)))

    def remove_folder(self, folder: Path) -> None:
        self.step(needs_room=False)
        super().remove_folder(folder)
        self._undo.append((folder.parent, folder.mkdir))


class _Stream(io.FileIO):
    """An open file; a write that fails has written half."""

    def __init__(self, path: Path, disk: FaultyDisk) -> None:
        super().__init__(path, "xb")
        self._disk = disk

    def write(self, content: ReadableBuffer) -> int:
        data = bytes(content)
        try:
            self._disk.step()
        except BaseException:
            super().write(data[: len(data) // 2])
            raise
        return super().write(data)
