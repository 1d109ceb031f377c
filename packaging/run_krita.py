"""Starts Krita with the checkout's plugin: `python packaging/run_krita.py [--profile FOLDER] [FILE ...]`.

Krita gets a profile of its own, in which the plugin's folder is a link to the checkout: what is changed there
is what the next start runs. Your own Krita's settings, brushes and plugins are neither read nor changed.
"""

from __future__ import annotations

import argparse
import configparser
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PLUGIN: Final = "dreammix_krita"
SOURCE: Final = ROOT / "krita_plugin"
WHEELS: Final = ROOT / ".venv" / "vendored"
"""The pinned `websockets`, as the plugin's zip carries it: Krita's Python has none."""
SWITCHES: Final = "kritarc"


def lay_out(profile: Path) -> None:
    """Make the profile, or bring an older one up to date. Raises OSError."""
    resources = profile / "data" / "krita"
    links = {
        resources / "pykrita" / PLUGIN: SOURCE / PLUGIN,
        resources / "pykrita" / f"{PLUGIN}.desktop": SOURCE / f"{PLUGIN}.desktop",
        resources / "actions" / f"{PLUGIN}.action": SOURCE / f"{PLUGIN}.action",
    }
    for link, target in links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(target)
    (profile / "config").mkdir(exist_ok=True)
    path = profile / "config" / SWITCHES
    switches = configparser.ConfigParser(interpolation=None, strict=False)
    switches.optionxform = str  # type: ignore[assignment,method-assign] # Krita's names have capitals.
    switches.read(path, encoding="utf-8")
    if not switches.has_section("python"):
        switches.add_section("python")
    switches.set("python", f"enable_{PLUGIN}", "true")
    with path.open("w", encoding="utf-8") as stream:
        switches.write(stream, space_around_delimiters=False)


def surroundings(profile: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Krita's environment: its profile, the modules that the zip carries, and a Python with the backend."""
    wheels = [str(wheel) for wheel in sorted(WHEELS.glob("websockets-*.whl"))]
    return {
        **environment,
        "XDG_DATA_HOME": str(profile / "data"),
        "XDG_CONFIG_HOME": str(profile / "config"),
        "XDG_CACHE_HOME": str(profile / "cache"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *wheels]),
        "DREAMMIX_PYTHON": sys.executable,
    }


def main() -> int:
    """Start Krita in this process's place."""
    parser = argparse.ArgumentParser(description="Start Krita with the plugin of this checkout.")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", default=ROOT / "build" / "krita")
    parser.add_argument("files", nargs="*", metavar="FILE", help="pictures to open")
    arguments = parser.parse_args()
    krita = shutil.which("krita")
    if krita is None:
        print("Krita is not installed: apt install krita", file=sys.stderr)
        return 1
    profile = arguments.profile.resolve()
    lay_out(profile)
    os.execve(krita, [krita, "--nosplash", *arguments.files], surroundings(profile, os.environ))


if __name__ == "__main__":
    raise SystemExit(main())
