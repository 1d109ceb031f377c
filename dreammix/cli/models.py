"""`dreammix models`: which base models there are."""

from argparse import ArgumentParser, Namespace
from typing import Final

from dreammix.cli.command import Command
from dreammix.models import KNOWN_MODELS


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = "A model's folder may be given instead of a name wherever a model is asked for."


def _run(_arguments: Namespace) -> int:
    for model in KNOWN_MODELS:
        print(f"{model.name}  {'installed' if model.installed else 'not installed'}: {model.summary}")
    return 0


COMMAND: Final = Command("models", "list the base models", _configure, _run)
