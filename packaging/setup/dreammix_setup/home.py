"""The folder that the set-up owns, what lies in it, and who may change it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dreammix_setup.troubles import Stopped, Trouble, of_the_disk

VARIABLE = "DREAMMIX_SETUP"
"""Names another folder than the usual one."""
WINDOWS = sys.platform == "win32"


def setup_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The same as `dreammix.protocol.places.setup_folder`, which is not installed yet."""
    home = Path.home()
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "DreamMix" / "setup"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "DreamMix" / "setup"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "dreammix" / "setup"


@dataclass(frozen=True)
class Home:
    """The set-up's own folder. Nothing of the artist's is ever in it."""

    folder: Path

    @property
    def environment(self) -> Path:
        """The backend's Python and packages."""
        return self.folder / "environment"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.environment / ("Scripts/python.exe" if WINDOWS else "bin/python")

    @property
    def pythons(self) -> Path:
        """Where uv keeps a Python that it fetched."""
        return self.folder / "python"

    @property
    def uv(self) -> Path:
        """The uv that was fetched."""
        return self.folder / "uv" / ("uv.exe" if WINDOWS else "uv")

    @property
    def downloads(self) -> Path:
        """Fetched wheels, whole and in part; gone after a success."""
        return self.folder / "downloads"

    @property
    def wheels(self) -> Path:
        """DreamMix's own wheel, kept for repairs."""
        return self.folder / "wheels"

    @property
    def cache(self) -> Path:
        """Where uv unpacks; gone after a success."""
        return self.folder / "cache"

    @property
    def lock(self) -> Path:
        """The plan: which packages, at which address, with which hash."""
        return self.folder / "lock.json"

    @property
    def installed(self) -> Path:
        """There only while the installation is whole; the plugin reads it."""
        return self.folder / "installed.json"

    @property
    def stop(self) -> Path:
        """Whoever makes this file stops the set-up that runs."""
        return self.folder / "stop"

    @property
    def claim(self) -> Path:
        """Locked while a set-up runs."""
        return self.folder / "claim"

    def make(self) -> None:
        """Make the folder. Raises Trouble: it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.claim.touch()
        except OSError as error:
            raise of_the_disk(error, self.folder) from error

    def write(self, path: Path, value: object) -> None:
        """Write JSON, whole or not at all. Raises Trouble."""
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("w", encoding="utf-8") as stream:
                json.dump(value, stream, indent=1, ensure_ascii=False)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            raise of_the_disk(error, path) from error

    def remove(self) -> list[str]:
        """Remove what the set-up made; returns what resisted.

        The claim is the caller's; the Python that runs this is its starter's, and so is the uv it came by.
        """
        kept = {self.claim}
        if self.pythons.resolve() in Path(sys.executable).resolve().parents:
            kept |= {self.pythons, self.uv.parent, self.cache}
        self.installed.unlink(missing_ok=True)
        made = {self.environment, self.pythons, self.uv.parent, self.downloads, self.wheels, self.cache}
        for path in made - kept:
            shutil.rmtree(path, ignore_errors=True)
        for path in self.folder.glob("*"):
            if path.is_file() and path not in kept:
                path.unlink(missing_ok=True)
        return sorted(path.name for path in self.folder.glob("*") if path not in kept)


class Claim:
    """The right to change the folder: one process at a time has it, and loses it with its life."""

    def __init__(self, home: Home) -> None:
        """Take it. Raises Trouble: another has it."""
        home.make()
        self._home = home
        self._stream: BinaryIO = home.claim.open("r+b")
        try:
            _lock(self._stream)
        except OSError:
            self._stream.close()
            raise Trouble(
                "Another set-up is running",
                "two would write the same files",
                "Wait for it, or stop it with `cancel`",
            ) from None
        home.stop.unlink(missing_ok=True)

    def check(self) -> None:
        """Raises Stopped: somebody wishes it."""
        if self._home.stop.exists():
            self._home.stop.unlink(missing_ok=True)
            raise Stopped

    def release(self) -> None:
        """Let another have it."""
        self._stream.close()


def _lock(stream: BinaryIO) -> None:
    """Lock a file for as long as it is open. Raises OSError: it is locked already."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
