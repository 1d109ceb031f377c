"""The backend that was set up on this machine: where its Python is, and how the set-up itself is started."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreammix.protocol.places import INSTALLED_FILE, setup_folder

MAX_FILE_BYTES: Final = 4096
"""What the set-up says of itself is read no further."""


def setup_of(plugin: Path) -> Path:
    """The set-up that came with the plugin's folder: in the zip inside of it, in a checkout beside."""
    inside = plugin / "setup"
    return inside if inside.is_dir() else plugin.resolve().parents[1] / "packaging" / "setup"


SETUP: Final = setup_of(Path(__file__).parents[1])


def installed_python(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The Python that has the backend; None: it was not set up, or not to its end."""
    try:
        with (setup_folder(environment) / INSTALLED_FILE).open("rb") as stream:
            told = json.loads(stream.read(MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    match told:
        case {"schema": 1, "python": str(named)} if Path(named).is_file():
            return Path(named)
    return None


def setup_command(action: str, setup: Path = SETUP, platform: str = sys.platform) -> tuple[str, list[str]]:
    """The program and arguments of `install`, `repair`, `status`, `cancel` or `uninstall`."""
    if platform == "win32":
        shell = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"]
        return "powershell.exe", [*shell, str(setup / "setup.ps1"), action]
    return "/bin/sh", [str(setup / "setup.sh"), action]
