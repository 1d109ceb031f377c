"""What a worker does to itself as a process: whom it outlives, where its streams lead."""

import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from dreammix.files.durable import blaming
from dreammix.protocol import DreamMixError

_PR_SET_PDEATHSIG: Final = 1
_log = logging.getLogger(__name__)


def die_with_parent() -> None:
    """Have Linux kill this process when its parent ends; elsewhere the end of its standard input tells it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, for messages alone: what a library prints now goes to standard error."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return incoming, outgoing


@contextlib.contextmanager
def logged(path: Path) -> Iterator[None]:
    """Append to a file what anything says meanwhile, down to the last words of a crash in a native library.

    Raises OutputFailure.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    usual = os.dup(2)
    try:
        with blaming(path), path.open("ab") as file:
            os.dup2(file.fileno(), 2)
            os.dup2(2, 1)
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        try:
            yield
        except DreamMixError as error:
            _log.info("the job ends: %s", error)
            raise
        except Exception:
            _log.exception("the job meets a defect")
            raise
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(usual, 2)
        os.dup2(2, 1)
        os.close(usual)
