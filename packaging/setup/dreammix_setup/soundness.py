"""Whether installed packages are what was installed: each file against the hash in its package's record."""

from __future__ import annotations

import base64
import csv
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from dreammix_setup.fetching import hash_of


def site_packages(environment: Path) -> Path | None:
    """Where an environment keeps its packages; None: there is no environment."""
    found = [*environment.glob("lib/python3.*/site-packages"), *environment.glob("Lib/site-packages")]
    return found[0] if found else None


def normal(name: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def records(environment: Path) -> dict[tuple[str, str], Path]:
    """The records of installed packages, by their name and version."""
    folder = site_packages(environment)
    found = {}
    for record in folder.glob("*.dist-info/RECORD") if folder else ():
        name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
        found[normal(name), version] = record
    return found


def is_sound(record: Path, check: Callable[[], None]) -> bool:
    """Whether every file that a record gives a hash for has it. Raises what `check` raises."""
    root = record.parent.parent
    try:
        with record.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream) if len(row) == 3]
        for path, digest, _ in rows:
            check()
            if digest.startswith("sha256=") and _encoded(hash_of(root / path)) != digest[7:]:
                return False
    except (OSError, ValueError, csv.Error):
        return False
    return bool(rows)


def _encoded(digest: str) -> str:
    """A digest as a record has it."""
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode("ascii")


def version_of(wheel: str) -> tuple[str, str]:
    """Name and version of a wheel by its file name."""
    name, version, *_ = urllib.parse.unquote(wheel).split("-")
    return normal(name), version
