"""`dreammix models`: which base models there are; fetches, checks, removes and adds them."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from dreammix.cli.command import Command
from dreammix.models import KnownModel
from dreammix.models.registry import models, named

_GIGA: Final = 1e9
_EPILOG: Final = """\
A model's folder or file may be given instead of a name wherever a model is asked for. A fetch that was ended
goes on where it was. HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 forbids to fetch; nobody gets a token."""


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.set_defaults(act=_list)
    chooser = parser.add_subparsers(metavar="WHAT")
    chooser.add_parser("list", help="list them (this is done where nothing is said)").set_defaults(act=_list)
    fetch = chooser.add_parser("pull", help="fetch one, and what it needs")
    fetch.add_argument("name", metavar="NAME", help="one of the list")
    fetch.add_argument("--mirror", metavar="URL", help="fetch from there instead of huggingface.co")
    fetch.set_defaults(act=_pull)
    check = chooser.add_parser("verify", help="hash the files of one, or of all that are installed")
    check.add_argument("name", metavar="NAME", nargs="?", help="one of the list (all)")
    check.set_defaults(act=_verify)
    drop = chooser.add_parser("remove", help="remove one; of your own, only the name")
    drop.add_argument("name", metavar="NAME", help="one of the list")
    drop.set_defaults(act=_remove)
    own = chooser.add_parser("add", help="give a name to a model of yours; its files stay where they are")
    own.add_argument("place", metavar="PATH", type=Path, help="a safetensors file, or a folder of diffusers")
    own.add_argument("--name", metavar="NAME", help="what to call it (as the file or folder is called)")
    own.set_defaults(act=_add)


def _run(arguments: Namespace) -> int:
    arguments.act(arguments)
    return 0


def _list(_arguments: Namespace) -> None:
    for model in models():
        print(f"{model.name}  {_state(model)}: {model.summary}. Licence: {model.licence}")


def _state(model: KnownModel) -> str:
    if model.installed:
        return "installed"
    return f"not installed, {model.size_bytes / _GIGA:.1f} GB"


def _pull(arguments: Namespace) -> None:
    from dreammix.models.pull import Hub, PullProgress, pull, usual_hub

    hub = usual_hub()
    if arguments.mirror is not None:
        hub = Hub(endpoint=arguments.mirror, offline=hub.offline)
    model = named(arguments.name)
    with tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None) as line:

        def show(progress: PullProgress) -> None:
            line.set_description_str(progress.file, refresh=False)
            line.total = progress.total_bytes
            line.update(progress.done_bytes - line.n)

        pull(model, hub, show)
    print(f"{model.name} is installed in {model.folder}. Licence: {model.licence}")


def _verify(arguments: Namespace) -> None:
    from dreammix.models.keeping import check

    for model in models() if arguments.name is None else (named(arguments.name),):
        if model.installed or arguments.name is not None:
            check(model)
            print(f"{model.name}: every file is as it should be")


def _remove(arguments: Namespace) -> None:
    from dreammix.models.keeping import remove

    model = named(arguments.name)
    remove(model)
    if model.source is None:
        print(f"{model.name} is off the list; its files are still in {model.folder}")
    else:
        free = shutil.disk_usage(model.folder.parent).free
        print(f"{model.name} is removed; {free / _GIGA:.1f} GB are free")


def _add(arguments: Namespace) -> None:
    from dreammix.models.keeping import adopt

    model = adopt(arguments.name or arguments.place.stem, arguments.place)
    print(f"{model.name} is {model.folder}")


COMMAND: Final = Command("models", "list, fetch, check, remove and add base models", _configure, _run)
