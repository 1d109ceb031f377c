"""What a command is, and where commands come from."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final

from dreammix.protocol import DreamMixError

ENTRY_POINTS: Final = "dreammix.commands"
"""The group in which an installed package names its own `Command` objects."""


class BrokenCommand(DreamMixError):
    """A package brings a command that is none."""

    code = "broken_command"


@dataclass(frozen=True, slots=True)
class Command:
    """A word after `dreammix`.

    Attributes:
        name: that word.
        summary: what it does, in a few words.
        configure: adds its arguments to its parser.
        run: does it and returns the exit status; raises DreamMixError.
    """

    name: str
    summary: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def installed_commands() -> list[Command]:
    """The commands that other packages bring. Raises BrokenCommand."""
    commands = []
    for entry in entry_points(group=ENTRY_POINTS):
        what, remedy = (
            f"The command {entry.name} cannot be loaded",
            "Update or remove the package it comes from",
        )
        try:
            command = entry.load()
        except (ImportError, AttributeError) as error:
            raise BrokenCommand(what, str(error), remedy) from error
        if not isinstance(command, Command):
            raise BrokenCommand(what, f"{entry.value} is no Command", remedy)
        commands.append(command)
    return commands
