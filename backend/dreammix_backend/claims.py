"""One server to a folder: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dreammix.protocol import LibraryBusy, OutputFailure

CLAIM_FILE: Final = ".server"
"""In the folder that is claimed; empty, and left there."""


@contextmanager
def claim(folder: Path, what: str) -> Iterator[None]:
    """Hold a folder for this process alone, as long as the block runs.

    Args:
        folder: made where it is missing.
        what: what it is, for the error: "The library".

    Raises LibraryBusy: another server holds it; OutputFailure: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(folder / CLAIM_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputFailure(
            f"{what} {folder} cannot be used",
            error.strerror or str(error),
            "Change its rights, free some space, or choose another folder",
        ) from error
    try:
        if not _locked(held):
            raise LibraryBusy(
                f"{what} {folder} is in use",
                "another DreamMix server works with it",
                "Use that server, or stop it first: dreammix serve --stop",
            )
        yield
    finally:
        os.close(held)  # Which also gives the lock back.


def _locked(file: int) -> bool:
    """Take the lock of an open file. The operating system gives it back when the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
