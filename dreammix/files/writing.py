"""Writes that are whole or absent: every file is written beside its place, then renamed into it."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from dreammix.protocol import OutputFailure


def check_writable(path: Path) -> None:
    """Refuse, before any work is done, a place that cannot take the file.

    Raises OutputFailure: the folder is missing or may not be written, or `path` is itself a folder.
    """
    folder = path.parent
    if path.is_dir():
        raise OutputFailure(f"Cannot write {path}", "a folder stands there", "Give the name of a file")
    if not folder.is_dir():
        raise OutputFailure(
            f"Cannot write {path}", f"there is no folder {folder}", "Create it, or choose another"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputFailure(
            f"Cannot write {path}",
            f"the folder {folder} may not be written",
            "Change its rights, or choose another",
        )


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing. Raises OutputFailure."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFailure(
            f"Cannot make {folder}", error.strerror or str(error), "Choose another folder"
        ) from error


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write all of `files`: first every one beside its place, then one rename each.

    Whatever ends this early (a full disk, Ctrl-C) leaves no half-written file: what stands at one of the
    places is the old file or the new one. Raises OutputFailure.
    """
    beside = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}.part") for path in files}
    try:
        for path, content in files.items():
            with beside[path].open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for path, part in beside.items():
            part.replace(path)
    except OSError as error:
        raise OutputFailure(
            f"Cannot write {path}", error.strerror or str(error), "Free some space, or choose another place"
        ) from error
    finally:
        for part in beside.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
