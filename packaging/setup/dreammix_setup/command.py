"""The command line of the set-up."""

from __future__ import annotations

import argparse
import io
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from dreammix_setup.cards import BUILDS, choose, look
from dreammix_setup.home import Claim, Home, setup_folder
from dreammix_setup.installing import Installing, stop_backend
from dreammix_setup.plan import PYPI, TORCH, Wish
from dreammix_setup.telling import Teller
from dreammix_setup.troubles import Stopped, Trouble, of_the_disk

HERE = Path(__file__).parents[1]
"""What the set-up comes with: in the plugin's zip DreamMix's wheel and the versions it was tried with.

In a checkout these lie further up, and the wheel is there only once it was built."""


def main(words: Sequence[str] | None = None) -> int:
    """Do what was asked for; returns the exit status."""
    arguments = _parser().parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # A terminal may not know every letter of a path.
    teller = Teller()
    home = Home(setup_folder())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        run: Callable[[Home, Teller, argparse.Namespace], int] = arguments.run
        return run(home, teller, arguments)
    except Stopped as error:
        return _fail(teller, "stopped", error)
    except Trouble as error:
        return _fail(teller, "failed", error)
    except OSError as error:
        return _fail(teller, "failed", of_the_disk(error, error.filename or home.folder))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="setup", description="Set up DreamMix's backend.")
    chooser = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    install = chooser.add_parser("install", help="install it, or go on where the last try stopped")
    install.add_argument("--card", choices=("auto", *BUILDS), default="auto", help="which build of torch")
    install.add_argument("--python", default="", metavar="VERSION_OR_PATH", help="an installed Python to use")
    install.add_argument("--wheel", type=Path, metavar="FILE", help="DreamMix's wheel")
    install.add_argument("--index", default=PYPI, metavar="URL", help="a mirror of PyPI")
    install.add_argument("--torch-index", default=TORCH, metavar="URL", help="a mirror of PyTorch's indexes")
    install.set_defaults(run=_install)
    for name, run, summary in (
        ("status", _status, "say what is installed"),
        ("repair", _repair, "check every file, and install again what was changed"),
        ("cancel", _cancel, "stop the set-up that runs"),
        ("uninstall", _uninstall, "remove it; subjects, models and settings stay"),
    ):
        chooser.add_parser(name, help=summary).set_defaults(run=run)
    return parser


def _install(home: Home, teller: Teller, arguments: argparse.Namespace) -> int:
    build, why = choose(look(), arguments.card)
    wheel = arguments.wheel or _beside("wheels/dreammix-*.whl", "../../dist/dreammix-*.whl")
    constraints = _beside("constraints.txt", "../../constraints.txt")
    wish = Wish(wheel, constraints, build, arguments.index, arguments.torch_index, arguments.python)
    claim = Claim(home)
    try:
        Installing(home, claim, teller).install(wish, why)
    finally:
        claim.release()
    return 0


def _beside(*patterns: str) -> Path:
    for pattern in patterns:
        for path in sorted(HERE.glob(pattern)):
            return path.resolve()
    raise Trouble(
        "This set-up is not whole",
        f"{HERE / patterns[0]} is missing",
        "Use the one in the plugin's zip; in a checkout, `make setup`",
    )


def _repair(home: Home, teller: Teller, _: argparse.Namespace) -> int:
    claim = Claim(home)
    try:
        Installing(home, claim, teller).repair()
    finally:
        claim.release()
    return 0


def _status(home: Home, teller: Teller, _: argparse.Namespace) -> int:
    try:
        told = json.loads(home.installed.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        teller.say("done", f"Nothing is installed in {home.folder}", installed=False)
        return 1
    size = sum(path.lstat().st_size for path in home.folder.rglob("*"))
    message = f"DreamMix {told['dreammix']} with torch {told['torch']}, {size / 1e9:.1f} GB in {home.folder}"
    teller.say("done", message, installed=True, bytes=size, **told)
    return 0


def _cancel(home: Home, teller: Teller, _: argparse.Namespace) -> int:
    if not home.folder.is_dir():
        teller.say("done", "No set-up is running")
        return 0
    home.stop.touch()
    teller.say("done", "The set-up that runs will stop")
    return 0


def _uninstall(home: Home, teller: Teller, _: argparse.Namespace) -> int:
    if not home.folder.exists():
        teller.say("done", f"Nothing is installed in {home.folder}")
        return 0
    claim = Claim(home)
    try:
        stop_backend(home, claim)
        left = home.remove()
    finally:
        claim.release()
    if left:
        raise Trouble(
            "Not everything could be removed",
            f"{', '.join(left)} in {home.folder} is in use, or not of the set-up",
            "Close what uses it and start `uninstall` again",
        )
    home.claim.unlink()
    if not any(home.folder.iterdir()):
        home.folder.rmdir()
    teller.say("done", f"{home.folder} was removed; subjects, models and settings were left as they are")
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _fail(teller: Teller, stage: str, error: Trouble) -> int:
    teller.say(stage, str(error), what=error.what, why=error.why, remedy=error.remedy)
    return 1
