"""Builds the zip that Krita imports: `python packaging/plugin_zip.py [--wheels FOLDER] [OUTPUT]`.

It holds the plugin with its own copies of `dreammix.protocol` and of `websockets`: Krita's Python has
neither, and must not find anybody else's. Wherever the plugin's sources name them, they are pointed at the
copies; nothing else differs from the checkout. It also holds the set-up, with DreamMix's own wheel for it to
install. The same commit gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PLUGIN: Final = "dreammix_krita"
VENDORED: Final = Path(__file__).with_name("vendored.txt")
COPIES: Final = f"{PLUGIN}/copies"
"""Where the copies stand in the zip."""
SETUP: Final = f"{PLUGIN}/setup"
"""Where the set-up stands in it."""
UNUSED: Final = ("__main__.py", "asyncio/", "cli.py", "legacy/", "server.py", "speedups.", "sync/")
"""Parts of `websockets` that the client never imports."""
SUFFIXES: Final = (".py", ".html", ".svg", ".png")
"""What a plugin is made of; anything else in its folder is not meant for the zip."""
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""Every entry's time: the zip format knows no earlier one."""
_PIN: Final = re.compile(
    r"^(?P<name>[\w-]+)==(?P<version>[\w.]+) --hash=sha256:(?P<hash>[0-9a-f]{64})$", re.M
)
_NAMES: Final = (
    (re.compile(r"\bdreammix\.protocol\b"), f"{PLUGIN}.copies.protocol"),
    (re.compile(r"^(from|import) websockets\b", re.M), rf"\1 {PLUGIN}.copies.websockets"),
)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file of the zip; a folder, if its path ends with a slash."""

    path: str
    data: bytes = b""


def entries(wheel: Path, own: Path) -> list[Entry]:
    """Everything that the zip holds, sorted: of `websockets` and DreamMix the wheels are given.

    Raises ValueError for a `websockets` that is not the pinned one.
    """
    source = ROOT / "krita_plugin"
    found = [Entry(f"{PLUGIN}/"), Entry(f"{COPIES}/__init__.py", b'"""Copies of what Krita has not."""\n')]
    # Krita's importer puts the action in its place; in the plugin's folder Krita would find it once more.
    for name in (f"{PLUGIN}.desktop", f"{PLUGIN}.action"):
        found.append(Entry(name, (source / name).read_bytes()))
    found.append(Entry(f"{PLUGIN}/LICENSE", (ROOT / "LICENSE").read_bytes()))
    found += _folder(source / PLUGIN, PLUGIN)
    found += _folder(ROOT / "dreammix" / "protocol", f"{COPIES}/protocol")
    found += _websockets(wheel)
    found += _setup(own)
    return sorted(found)


def build(content: list[Entry], output: Path) -> None:
    """Write a zip, whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    with zipfile.ZipFile(part, "w") as archive:
        for entry in content:
            info = zipfile.ZipInfo(entry.path, LONG_AGO)
            folder = entry.path.endswith("/")
            info.create_system = 3  # Unix, wherever it is built: Krita's importer wants folders to be ones.
            info.external_attr = (0o40755 << 16 | 0x10) if folder else 0o100644 << 16
            # Stored: what a compressor makes of the same bytes differs between versions of it.
            archive.writestr(info, entry.data, zipfile.ZIP_STORED)
    part.replace(output)


def pinned() -> tuple[str, str]:
    """The wheel's file name and its SHA-256."""
    (pin,) = _PIN.finditer(VENDORED.read_text(encoding="utf-8"))
    return f"{pin['name']}-{pin['version']}-py3-none-any.whl", pin["hash"]


def fetch_wheel(folder: Path) -> Path:
    """The pinned wheel in a folder, downloaded where it is not there."""
    name, _ = pinned()
    if not (folder / name).exists():
        # Asked for as a wheel for any machine: the one without compiled parts.
        download = ["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        machine = ["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.10"]
        places = ["--dest", str(folder), "--requirement", str(VENDORED)]
        subprocess.run([sys.executable, "-m", "pip", *download, *machine, *places], check=True)
    return folder / name


def build_wheel(folder: Path) -> Path:
    """DreamMix's own wheel, in bytes that depend on nothing but the commit."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("dreammix-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        content = sorted(Entry(name, archive.read(name)) for name in archive.namelist())
    build(content, wheel)
    return wheel


def _setup(own: Path) -> Iterator[Entry]:
    source = ROOT / "packaging" / "setup"
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield Entry(f"{SETUP}/{path.relative_to(source).as_posix()}", path.read_bytes())
    yield Entry(f"{SETUP}/constraints.txt", (ROOT / "constraints.txt").read_bytes())
    yield Entry(f"{SETUP}/wheels/{own.name}", own.read_bytes())


def _folder(source: Path, place: str) -> Iterator[Entry]:
    for path in source.rglob("*"):
        if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts:
            yield Entry(f"{place}/{path.relative_to(source).as_posix()}", _renamed(path))


def _renamed(path: Path) -> bytes:
    if path.suffix != ".py":
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    for name, copy in _NAMES:
        text = name.sub(copy, text)
    return text.encode()


def _websockets(wheel: Path) -> Iterator[Entry]:
    data = wheel.read_bytes()
    name, wanted = pinned()
    if hashlib.sha256(data).hexdigest() != wanted:
        raise ValueError(f"{wheel} is not the {name} that is pinned in {VENDORED.name}")
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            package, _, rest = path.partition("/")
            if package == "websockets" and not rest.startswith(UNUSED):
                yield Entry(f"{COPIES}/{path}", archive.read(path))
            elif rest.startswith("licenses/"):
                yield Entry(f"{COPIES}/websockets/{Path(rest).name}", archive.read(path))


def main() -> None:
    """Build the zip and say where it is."""
    parser = argparse.ArgumentParser(description="Build the plugin's zip.")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="where the pinned wheel is, or is kept")
    parser.add_argument("--fetch", action="store_true", help="fetch the wheel and build nothing")
    parser.add_argument("output", type=Path, nargs="?", default=ROOT / "dist" / f"{PLUGIN}.zip")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_wheel(arguments.wheels or Path(folder))
        if arguments.fetch:
            return
        build(entries(wheel, build_wheel(Path(folder))), arguments.output)
    print(arguments.output)


if __name__ == "__main__":
    main()
