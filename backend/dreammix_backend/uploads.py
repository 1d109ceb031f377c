"""What one client has sent and not used yet: raw pixels in memory, files on disk; forgotten after a while."""

from __future__ import annotations

import contextlib
import errno
import io
import secrets
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dreammix.files import MAX_FILE_BYTES
from dreammix.protocol import InvalidPicture, OutputFailure, Picture, StorageFull, TransferRejected
from dreammix.protocol.payloads import Chunk, FileForm, Form, PixelForm

IDLE_S: Final = 900.0
"""How long an upload is kept that gets no bytes and is not asked for, in seconds: an artist may ponder."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(slots=True)
class _Upload:
    """Where the bytes of one go: the path is None for pixels; and when it was last heard of."""

    form: Form
    stream: BinaryIO
    path: Path | None
    heard: float


class Uploads:
    """The uploads of one connection, by number. What may come, and in which order, its session has checked.

    Args:
        folder: where files lie while they wait; made where it is missing.
        clock: seconds since some fixed moment.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._all: dict[int, _Upload] = {}

    def begin(self, number: int, form: Form) -> None:
        """Wait for the bytes of a new upload. Raises OutputFailure, StorageFull."""
        if isinstance(form, PixelForm):
            self._all[number] = _Upload(form, io.BytesIO(), None, self._clock())
            return
        path = self._folder / secrets.token_hex(16)
        with _disk(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._all[number] = _Upload(form, path.open("x+b", buffering=0), path, self._clock())

    def take(self, chunk: Chunk) -> None:
        """Append bytes. Raises OutputFailure, StorageFull; then the upload is forgotten."""
        upload = self._all.get(chunk.number)
        if upload is None:  # It was refused or abandoned while these bytes were on their way.
            return
        upload.heard = self._clock()
        try:
            with _disk(upload.path or self._folder):
                rest = memoryview(chunk.data)
                while rest:  # A disk that is nearly full takes a part, and says so the next time.
                    rest = rest[upload.stream.write(rest) :]
        except OutputFailure:
            self._forget(chunk.number)
            raise

    def content(self, number: int) -> Picture | bytes:
        """Pixels as a picture, or the bytes of a picture's file. Raises TransferRejected, InvalidPicture."""
        upload = self._find(number)
        if isinstance(upload.form, PixelForm):
            assert isinstance(upload.stream, io.BytesIO)
            return Picture(upload.form.size, upload.form.format, upload.stream.getvalue())
        if upload.form.bytes > MAX_FILE_BYTES:
            raise InvalidPicture(
                f"The picture's file has {upload.form.bytes} bytes",
                f"at most {MAX_FILE_BYTES} are read",
                "Scale the picture down",
            )
        return self.path(number).read_bytes()

    def picture(self, number: int) -> Picture:
        """Raw pixels as a picture. Raises TransferRejected, also for a file."""
        content = self.content(number) if isinstance(self._find(number).form, PixelForm) else None
        if not isinstance(content, Picture):
            raise TransferRejected(f"The upload {number} is a file", "raw pixels are needed", "Send pixels")
        return content

    def path(self, number: int) -> Path:
        """The file of an upload. Raises TransferRejected: there is none, or it is raw pixels."""
        upload = self._find(number)
        if upload.path is None or not isinstance(upload.form, FileForm):
            raise TransferRejected(f"The upload {number} is pixels", "a file is needed", "Send the file")
        return upload.path

    def idle(self, seconds: float) -> tuple[int, ...]:
        """Those that were not heard of for so long."""
        since = self._clock() - seconds
        return tuple(number for number, upload in self._all.items() if upload.heard < since)

    def keep(self, numbers: Container[int]) -> None:
        """Forget all others."""
        for number in [number for number in self._all if number not in numbers]:
            self._forget(number)

    def close(self) -> None:
        """Forget all."""
        self.keep(())

    def _find(self, number: int) -> _Upload:
        upload = self._all.get(number)
        if upload is None:
            raise TransferRejected(
                f"There is no upload {number}", "it was used or abandoned", "Send it again"
            )
        upload.heard = self._clock()
        return upload

    def _forget(self, number: int) -> None:
        upload = self._all.pop(number)
        upload.stream.close()
        if upload.path is not None:
            with contextlib.suppress(OSError):
                upload.path.unlink(missing_ok=True)


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in _FULL else OutputFailure
        raise kind(
            f"Cannot write {path}", error.strerror or str(error), "Free some space, then send it again"
        ) from error
