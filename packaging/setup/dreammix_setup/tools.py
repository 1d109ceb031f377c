"""uv: the pinned one, fetched by its hash; and how it and other programs are run."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dreammix_setup.fetching import File, fetch
from dreammix_setup.home import Home
from dreammix_setup.troubles import Trouble, of_the_disk

PINS = Path(__file__).parents[1] / "uv.txt"
"""System, processor, SHA-256, size and address of uv's wheels, a line each."""
LOOK_S = 0.1
"""How often it is looked whether a program that runs shall be stopped, in seconds."""
_MISLEADING = ("PYTHON", "LD_", "DYLD_", "QT_", "APPDIR", "APPIMAGE", "VIRTUAL_ENV", "CONDA", "UV_", "PIP_")
"""What Krita, another environment or the artist's own uv set, by its beginning."""
_KEPT = ("UV_PYTHON_INSTALL_MIRROR", "UV_SYSTEM_CERTS", "UV_HTTP_TIMEOUT")
"""What of it says how the network is to be used."""
_ADDRESS = re.compile(r"^\S+ \S+ [0-9a-f]{64} \d+ \S+$")

Check = Callable[[], None]
"""Raises Stopped where somebody wishes it."""


def pinned_uv(system: str, processor: str, pins: str) -> File:
    """The wheel of uv for a machine. Raises Trouble: there is none."""
    for line in pins.splitlines():
        if _ADDRESS.match(line) and line.split()[:2] == [system, processor]:
            _, _, digest, size, url = line.split()
            return File(url.rpartition("/")[2], url, digest, int(size))
    raise Trouble(
        "uv cannot be fetched",
        f"no version of it is known for {system} on {processor}",
        "Connect to a backend on another computer",
    )


def fetch_uv(home: Home, system: str, processor: str, count: Callable[[int, int], None]) -> None:
    """Make sure that the pinned uv is there; tells bytes, and how many there are. Raises Trouble."""
    wheel = pinned_uv(system, processor, PINS.read_text(encoding="utf-8"))
    mark = home.uv.with_name("wheel.sha256")
    if home.uv.exists() and mark.exists() and mark.read_text(encoding="ascii") == wheel.sha256:
        return
    fetched = fetch(wheel, home.downloads, lambda done: count(done, wheel.size))
    try:
        home.uv.parent.mkdir(exist_ok=True)
        mark.unlink(missing_ok=True)
        with zipfile.ZipFile(fetched) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(f".data/scripts/{home.uv.name}"))
            home.uv.write_bytes(archive.read(name))
        home.uv.chmod(0o755)
        mark.write_text(wheel.sha256, encoding="ascii")
        fetched.unlink()
    except OSError as error:
        raise of_the_disk(error, home.uv) from error


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which another Python is not misled."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in _KEPT or not name.upper().startswith(_MISLEADING)
    }


def run(
    command: Sequence[str | Path], check: Check, more: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program until it ends or shall be stopped; returns its exit status and what it said."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [str(word) for word in command],
            env=clean(os.environ) | dict(more or {}),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # There are windows on Windows alone.
        )
        try:
            while True:
                check()
                try:
                    status = process.wait(LOOK_S)
                    break
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        return status, said.read().decode("utf-8", "replace")


def run_uv(home: Home, arguments: Sequence[str | Path], check: Check, what: str, remedy: str) -> None:
    """Run the fetched uv in this folder alone. Raises Trouble, which begins with `what`."""
    own = {
        "UV_CACHE_DIR": str(home.cache),
        "UV_PYTHON_INSTALL_DIR": str(home.pythons),
        "UV_PYTHON_INSTALL_BIN": "0",
        "UV_PYTHON_INSTALL_REGISTRY": "0",
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
    }
    try:
        status, said = run([home.uv, *arguments], check, own)
    except OSError as error:
        raise Trouble(what, f"uv cannot be run: {error.strerror or error}", "Start `repair`") from error
    if status:
        raise _of_uv(said, what, remedy, home)


def _of_uv(said: str, what: str, remedy: str, home: Home) -> Trouble:
    text = " ".join(said.split())
    if re.search(r"no space left|not enough space|os error (28|112)\b", text, re.IGNORECASE):
        return of_the_disk(OSError(28, "no space left"), home.folder)
    start = re.search(r"(error: |× )", text)
    return Trouble(what, text[start.end() if start else 0 :][:400] or "uv does not say why", remedy)


def this_machine() -> tuple[str, str]:
    """System and processor, as the pins name them."""
    processor = platform.machine().lower()
    names = {"amd64": "x86_64", "aarch64": "arm64"}
    return platform.system(), names.get(processor, processor)
