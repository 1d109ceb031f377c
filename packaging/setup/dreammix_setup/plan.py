"""What is installed, file by file: found by uv, kept as `lock.json`, the same at every further try."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from dataclasses import asdict, dataclass
from pathlib import Path

from dreammix_setup.cards import BUILDS, Build
from dreammix_setup.fetching import File, check_server, hash_of, size_of
from dreammix_setup.home import Home
from dreammix_setup.soundness import normal, version_of
from dreammix_setup.tools import Check, run, run_uv
from dreammix_setup.troubles import GO_ON, Trouble

PYPI = "https://pypi.org/simple"
TORCH = "https://download.pytorch.org/whl"
"""Below it is an index for each build."""
SCHEMA = 1
_WHEEL = re.compile(r"[A-Za-z0-9_.+!-]+\.whl")
_TO_JSON = (
    "import json, sys, tomllib; json.dump(tomllib.load(open(sys.argv[1], 'rb')), sys.stdout, default=str)"
)
"""The set-up's own Python may be too old to read TOML; the environment's is not."""


@dataclass(frozen=True)
class Wish:
    """What somebody wishes to have installed.

    Attributes:
        wheel: DreamMix itself.
        constraints: the versions that it was tried with.
        build: which torch.
        index: of all packages.
        torch_index: below it, the indexes of torch's builds.
        python: the interpreter of the environment, as uv takes it; empty: one that uv fetches.
    """

    wheel: Path
    constraints: Path
    build: Build
    index: str = PYPI
    torch_index: str = TORCH
    python: str = ""

    def mark(self, python: str) -> str:
        """Differs where something else would be installed."""
        parts = (
            hash_of(self.wheel),
            hash_of(self.constraints),
            self.build.name,
            self.index,
            self.torch_index,
            python,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Lock:
    """What is installed.

    Attributes:
        mark: of the wish that it came from.
        build: which torch.
        python: the interpreter that was wished.
        own: DreamMix's wheel, by name and hash.
        others: all further wheels.
    """

    mark: str
    build: str
    python: str
    own: File
    others: tuple[File, ...]

    @property
    def device(self) -> str:
        """What torch calls the device that it is for."""
        return BUILDS[self.build].device

    def requirements(self) -> str:
        """For uv: every file by its version and hash."""
        lines = []
        for file in (self.own, *self.others):
            name, version = version_of(file.name)
            lines.append(f"{name}=={version} --hash=sha256:{file.sha256}")
        return "\n".join(lines) + "\n"


def read_lock(home: Home) -> Lock | None:
    """The lock of the last plan; None: there is none that makes sense."""
    try:
        told = json.loads(home.lock.read_text(encoding="utf-8"))
        if told["schema"] != SCHEMA or told["build"] not in BUILDS:
            return None
        own, *others = (File(**file) for file in (told["own"], *told["others"]))
        return Lock(told["mark"], told["build"], told["python"], own, tuple(others))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_lock(home: Home, wish: Wish, python: str, check: Check) -> Lock:
    """Find what is to be installed, and keep it. Raises Trouble."""
    wanted, found = home.folder / "wanted.txt", home.folder / "pylock.toml"
    wanted.write_text(
        f"dreammix[backend,vlm] @ {wish.wheel.resolve().as_uri()}\n{_torch(wish)}\n", encoding="utf-8"
    )
    found.unlink(missing_ok=True)
    for index in _indexes(wish):
        check_server(index)
    run_uv(
        home,
        [
            "pip",
            "compile",
            wanted,
            "--quiet",
            "--format",
            "pylock.toml",
            "--output-file",
            found,
            *_sources(wish),
            *("--constraints", wish.constraints, "--python", home.python, "--only-binary", ":all:"),
        ],
        check,
        "There are no packages for this computer",
        f"Look whether its system is up to date, then {GO_ON}",
    )
    status, text = run([home.python, "-c", _TO_JSON, found], check)
    if status:
        raise Trouble("The plan cannot be read", text.strip()[-200:], "Start `uninstall`, then `install`")
    files = _files(json.loads(text), check)
    own = File(wish.wheel.name, "", hash_of(wish.wheel), wish.wheel.stat().st_size)
    lock = Lock(wish.mark(python), wish.build.name, wish.python, own, files)
    home.write(home.lock, {"schema": SCHEMA, **asdict(lock)})
    wanted.unlink()
    found.unlink()
    return lock


def _torch(wish: Wish) -> str:
    """The line that asks for one build of torch, of the version that was tried."""
    pin = re.search(r"^torch==(\S+)$", wish.constraints.read_text(encoding="utf-8"), re.MULTILINE)
    if pin is None or wish.build.local is None:
        return "torch"
    return f"torch=={pin[1]}+{wish.build.local}"


def _indexes(wish: Wish) -> list[str]:
    """That of all packages, and that of the build where it has one."""
    if wish.build.local is None:
        return [wish.index]
    return [wish.index, f"{wish.torch_index.rstrip('/')}/{wish.build.local}"]


def _sources(wish: Wish) -> list[str]:
    usual, *torch = _indexes(wish)
    if not torch:
        return ["--default-index", usual]
    # PyTorch's index has old copies of other packages too: the constraints say which version of each is
    # meant, and either index may have it.
    return ["--default-index", usual, "--index", *torch, "--index-strategy", "unsafe-best-match"]


def _files(told: dict[str, list[dict[str, object]]], check: Check) -> tuple[File, ...]:
    """The wheels of a lock in TOML's words, other packages than DreamMix. Raises Trouble."""
    files = []
    for package in told["packages"]:
        match package:
            case {"name": "dreammix"}:
                continue
            case {"wheels": [{"url": str(url), "hashes": {"sha256": str(digest)}, **more}, *_]}:
                # Where there are several, each fits this Python and system, the first one closest.
                name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])
                if _WHEEL.fullmatch(name) and normal(str(package["name"])) == version_of(name)[0]:
                    size = more.get("size")
                    file = File(name, url, digest, size if isinstance(size, int) else 0)
                    check()
                    files.append(file if file.size else File(name, url, digest, size_of(file)))
                    continue
        raise Trouble(
            "The index cannot be used",
            f"it says neither address nor hash of {package.get('name')}",
            "Leave out --index and --torch-index, or name another one",
        )
    return tuple(files)
