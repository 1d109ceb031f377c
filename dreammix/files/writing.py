"""Where a result may be written, asked before the work that it takes."""

import os
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
