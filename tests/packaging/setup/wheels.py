"""Wheels for an index of the tests' own: made up ones, and installed packages packed again."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VERSION = "2.13.0"
"""Of torch."""
TORCH = """
__version__ = "{version}"

class _Devices:
    def __init__(self, there):
        self._there = there

    def is_available(self):
        return self._there

cuda, xpu = _Devices({cuda}), _Devices(False)

class backends:
    mps = _Devices(False)
"""
REAL = ("numpy", "pillow", "psutil", "tqdm", "websockets")
"""What the server and a command's start need; the other packages are made up."""


def wanted() -> list[str]:
    """The packages that DreamMix with its backend and with describers asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["backend"], *extras["vlm"]]
    return [re.split(r"[^A-Za-z0-9_-]", line)[0] for line in asked]


def stock(folder: Path) -> dict[str, list[Path]]:
    """The wheels of a shop; DreamMix's own is not sold, but comes in the plugin's zip."""
    made_up = sorted({*wanted()} - {*REAL, "torch"})
    simple = [
        make_wheel(folder, name.replace("-", "_"), _pinned(name), {f"{name}/__init__.py": b""})
        for name in made_up
    ]
    # One of them, as some have, in two wheels that both fit.
    simple.append(
        make_wheel(folder, "peft", _pinned("peft"), {"peft/__init__.py": b""}, tag="py2.py3-none-any")
    )
    simple += [repacked(folder, name) for name in REAL]
    return {
        "simple": [*simple, torch_wheel(folder, VERSION)],
        "whl/cpu": [torch_wheel(folder, f"{VERSION}+cpu")],
        "whl/cu130": [torch_wheel(folder, f"{VERSION}+cu130", cuda=True)],
        "uv": [uv_wheel(folder)],
    }


def _pinned(name: str) -> str:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


def make_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, bytes], tag: str = "py3-none-any"
) -> Path:
    """A wheel of those files, with its record."""
    info = f"{name}-{version}.dist-info"
    everything = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    return _pack(folder / f"{name}-{version}-{tag}.whl", everything, f"{info}/RECORD")


def repacked(folder: Path, name: str) -> Path:
    """The wheel of a package that is installed here, for this Python."""
    package = importlib.metadata.distribution(name)
    files: dict[str, bytes] = {}
    info = next(str(path).partition("/")[0] for path in package.files or () if path.name == "METADATA")
    for path in package.files or ():
        if (
            ".." not in path.parts
            and "__pycache__" not in path.parts
            and path.name not in ("RECORD", "INSTALLER")
        ):
            files[path.as_posix()] = path.read_binary()
    tag = next(
        line.removeprefix("Tag: ")
        for line in files[f"{info}/WHEEL"].decode().splitlines()
        if line[:5] == "Tag: "
    )
    stem = info.removesuffix(".dist-info")
    return _pack(folder / f"{stem}-{tag}.whl", files, f"{info}/RECORD")


def uv_wheel(folder: Path) -> Path:
    """The installed uv, as its own wheel has it."""
    import uv

    program = Path(uv.find_uv_bin())
    version = importlib.metadata.version("uv")
    return make_wheel(
        folder, "uv", version, {f"uv-{version}.data/scripts/{program.name}": program.read_bytes()}
    )


def torch_wheel(folder: Path, version: str, cuda: bool = False) -> Path:
    """A torch that knows its version, and whether there is a card."""
    source = TORCH.format(version=version, cuda=cuda)
    # Bytes that no compression would make fewer: a download to be cut in the middle.
    weight = b"".join(
        hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(1 << 16)
    )
    return make_wheel(
        folder, "torch", version, {"torch/__init__.py": source.encode(), "torch/weight": weight}
    )


def _pack(path: Path, files: Mapping[str, bytes], record: str) -> Path:
    rows = [f"{record},,"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f'"{name}",sha256={digest},{len(data)}')
        archive.writestr(record, "\n".join(rows) + "\n")
    return path
