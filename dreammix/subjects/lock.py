"""The lock of a library: one writer at a time, between processes and threads. It ends with its holder."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dreammix.files import blaming
from dreammix.protocol import LibraryBusy

PATIENCE_S: Final = 5.0
"""How long a writer waits for another one, in seconds."""
_PAUSE_S: Final = 0.02
_HELD: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def locked(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the lock whose file is `path`. Raises LibraryBusy; OutputFailure where no lock can be made."""
    with blaming(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(handle, path, patience_s)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not _taken(handle, path):
        if time.monotonic() >= deadline:
            raise LibraryBusy(
                "The library is busy", f"another process holds {path}", "Try again when it has finished"
            )
        time.sleep(_PAUSE_S)


def _taken(handle: int, path: Path) -> bool:
    with blaming(path, "lock"):
        try:
            _try_lock(handle)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            return False
    return True
