"""The way from nothing to a backend that starts. Each step looks first what is there already."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from dreammix_setup.cards import BUILDS
from dreammix_setup.fetching import File, check_space, fetch, hash_of
from dreammix_setup.home import Claim, Home
from dreammix_setup.plan import Lock, Wish, make_lock, read_lock
from dreammix_setup.soundness import is_sound, records, version_of
from dreammix_setup.telling import Teller
from dreammix_setup.tools import fetch_uv, run, run_uv, this_machine
from dreammix_setup.troubles import GO_ON, Trouble, of_the_disk

PYTHON = "3.12"
"""Which Python uv fetches."""
UNPACKED = 2.5
"""How much larger the packages become, at most, when they are unpacked."""
SCHEMA = 1
_IDENTITY = "import sys, sysconfig; print(sys.version, sysconfig.get_platform())"
_PROBE = """
import json, sys
import torch
import dreammix.cli, dreammix_backend.serve
from importlib.metadata import version
devices = {
    "cpu": lambda: True,
    "cuda": lambda: torch.cuda.is_available(),
    "xpu": lambda: torch.xpu.is_available(),
    "mps": lambda: torch.backends.mps.is_available(),
}
usable = bool(devices[sys.argv[1]]())
print(json.dumps({"dreammix": version("dreammix"), "torch": torch.__version__, "usable": usable}))
"""


class Installing:
    """One try. Whoever makes it holds the claim.

    Args:
        home: where to.
        claim: says when to stop.
        teller: is told how far it is.
    """

    def __init__(self, home: Home, claim: Claim, teller: Teller) -> None:
        self._home, self._claim, self._teller = home, claim, teller

    def install(self, wish: Wish, why: str) -> None:
        """Install what is wished, as far as it is not. Raises Trouble."""
        self._teller.say("look", f"PyTorch for {wish.build.name} ({wish.build.summary}): {why}")
        identity = self._prepare(wish.python)
        lock = read_lock(self._home)
        if lock is None or lock.mark != wish.mark(identity):
            self._teller.say("plan", "Finding out which packages are needed")
            self._keep_wheel(wish.wheel)
            lock = make_lock(self._home, wish, identity, self._claim.check)
        self._fill(lock)

    def repair(self) -> None:
        """Install again what is no longer what was installed. Raises Trouble."""
        lock = read_lock(self._home)
        if lock is None:
            raise Trouble(
                "There is nothing to repair",
                f"nothing was installed in {self._home.folder}",
                "Start `install`",
            )
        self._prepare(lock.python)
        self._fill(lock)

    # --- what it needs ---

    def _prepare(self, wished: str) -> str:
        """Make sure that there are uv and an environment; returns what Python it has."""
        home = self._home
        fetch_uv(home, *this_machine(), lambda *counts: self._count("uv", "uv", *counts))
        identity = self._identity()
        if identity is None:
            self._teller.say("python", "Making an environment for it")
            shutil.rmtree(home.environment, ignore_errors=True)
            home.installed.unlink(missing_ok=True)
            python = ["--python", wished] if wished else ["--python", PYTHON, "--managed-python"]
            what = "The environment could not be made"
            remedy = f"Connect to the internet and {GO_ON}; or name a Python from 3.11 on with --python"
            run_uv(home, ["venv", "--quiet", *python, home.environment], self._claim.check, what, remedy)
            identity = self._identity()
        if identity is None:
            raise Trouble(
                "The environment could not be made",
                f"{home.python} does not run",
                "Start `uninstall`, then `install`",
            )
        return identity

    def _identity(self) -> str | None:
        """The environment's Python and system; None: it does not run."""
        if not self._home.python.exists():
            return None
        try:
            status, said = run([self._home.python, "-I", "-c", _IDENTITY], self._claim.check)
        except OSError:
            return None
        return said.strip() if status == 0 else None

    def _keep_wheel(self, wheel: Path) -> None:
        """Keep DreamMix's own wheel, so that a repair has it."""
        home = self._home
        if wheel.parent == home.wheels:
            return
        try:
            shutil.rmtree(home.wheels, ignore_errors=True)
            home.wheels.mkdir()
            shutil.copyfile(wheel, home.wheels / wheel.name)
        except OSError as error:
            raise of_the_disk(error, home.wheels) from error

    # --- the packages ---

    def _fill(self, lock: Lock) -> None:
        home = self._home
        wanted = self._unsound(lock)
        if wanted:
            self._stop_backend()
            home.installed.unlink(missing_ok=True)
            others = [file for file in wanted if file != lock.own]
            self._download(others)
            self._unpack(lock, wanted)
        found = self._try(lock)
        if wanted or not home.installed.exists():
            home.write(
                home.installed,
                {"schema": SCHEMA, "python": str(home.python), "wheel": lock.own.sha256, **found},
            )
        for folder in (home.downloads, home.cache):
            shutil.rmtree(folder, ignore_errors=True)
        self._teller.say("done", f"DreamMix {found['dreammix']} is installed, with torch {found['torch']}")

    def _unsound(self, lock: Lock) -> list[File]:
        """What of the lock is not installed, or was changed since."""
        installed = records(self._home.environment)
        own = self._own_wheel()
        unsound = []
        files = (lock.own, *lock.others)
        for done, file in enumerate(files):
            record = installed.get(version_of(file.name))
            fresh = file != lock.own or own == file.sha256
            if record is None or not fresh or not is_sound(record, self._claim.check):
                unsound.append(file)
            self._count("verify", "Checking what is there", done + 1, len(files))
        return unsound

    def _own_wheel(self) -> str | None:
        """The hash of the wheel that the installed DreamMix came from."""
        try:
            return str(json.loads(self._home.installed.read_text(encoding="utf-8"))["wheel"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _download(self, files: list[File]) -> None:
        home = self._home
        total = sum(file.size for file in files)
        here = sum(
            path.stat().st_size
            for file in files
            for path in (home.downloads / file.name, home.downloads / f"{file.name}.part")
            if path.exists()
        )
        check_space(home.folder, max(0, total - here) + int(UNPACKED * total), "The backend")
        before = 0
        for file in files:

            def count(done: int, file: File = file, before: int = before) -> None:
                self._count("download", " ".join(version_of(file.name)), before + done, total)

            before += fetch(file, home.downloads, count).stat().st_size

    def _unpack(self, lock: Lock, wanted: list[File]) -> None:
        home = self._home
        if (
            not (home.wheels / lock.own.name).is_file()
            or hash_of(home.wheels / lock.own.name) != lock.own.sha256
        ):
            raise Trouble("DreamMix's own package is gone", f"it is not in {home.wheels}", "Start `install`")
        check_space(
            home.folder,
            sum(_unpacked(home.downloads / file.name) for file in wanted if file != lock.own),
            "Unpacking",
        )
        self._teller.say("install", "Unpacking the packages")
        for record in home.environment.glob("**/site-packages/*.dist-info"):
            if not (
                record / "RECORD"
            ).exists():  # uv was stopped in the middle of it, and could not remove it.
                shutil.rmtree(record)
        requirements = home.folder / "requirements.txt"
        requirements.write_text(lock.requirements(), encoding="utf-8")
        again = [word for file in wanted for word in ("--reinstall-package", version_of(file.name)[0])]
        places: list[str | Path] = [
            "--offline",
            "--no-index",
            "--find-links",
            home.downloads,
            "--find-links",
            home.wheels,
        ]
        run_uv(
            home,
            [
                "pip",
                "sync",
                "--quiet",
                "--require-hashes",
                "--python",
                home.python,
                *places,
                *again,
                requirements,
            ],
            self._claim.check,
            "The packages could not be installed",
            "Start `repair`; if it stays so, `uninstall` and `install`",
        )
        requirements.unlink()

    # --- what came of it ---

    def _try(self, lock: Lock) -> dict[str, str]:
        """Let the environment load what the backend needs; returns the versions. Raises Trouble."""
        self._teller.say("try", "Starting it for the first time")
        status, said = run([self._home.python, "-I", "-c", _PROBE, lock.device], self._claim.check)
        lines = [line for line in said.splitlines() if line.strip()]
        if status or not lines:
            why = lines[-1].strip() if lines else "it ended without a word"
            raise Trouble(
                "The backend is installed and does not start", why, "Start `repair`; if it stays so, tell us"
            )
        told = json.loads(lines[-1])
        if not told["usable"]:
            build = BUILDS[lock.build]
            self._teller.say(
                "try",
                f"torch finds no card of its kind ({build.summary}) and will use the processor",
            )
        return {"dreammix": str(told["dreammix"]), "torch": str(told["torch"]), "card": lock.build}

    def _stop_backend(self) -> None:
        stop_backend(self._home, self._claim)

    def _count(self, stage: str, message: str, done: int, total: int) -> None:
        self._claim.check()
        self._teller.count(stage, message, done, total)


def stop_backend(home: Home, claim: Claim) -> None:
    """Let a backend of this environment end: its files are about to change. Its jobs are kept."""
    if any(name == "dreammix" for name, _ in records(home.environment)):
        try:
            run([home.python, "-m", "dreammix_backend", "--stop"], claim.check)
        except OSError:
            return  # Its Python is broken, so nothing of it runs.


def _unpacked(wheel: Path) -> int:
    """How many bytes a wheel becomes. Raises Trouble."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise Trouble(f"{wheel.name} cannot be opened", str(error), "Start `repair`") from error
