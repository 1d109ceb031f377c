"""The command `dreammix`: finds the command that was asked for, runs it, says errors in one line each."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Final, NoReturn

from dreammix.cli import demo, describe, doctor, evaluate, insert, masks, models, subjects, train
from dreammix.cli.command import installed_commands
from dreammix.protocol import Cancelled, DreamMixError

BUILT_IN: Final = (
    insert.COMMAND,
    describe.COMMAND,
    demo.COMMAND,
    masks.COMMAND,
    subjects.COMMAND,
    train.COMMAND,
    models.COMMAND,
    doctor.COMMAND,
    evaluate.COMMAND,
)
FAILURE: Final = 1
BAD_ARGUMENTS: Final = 2
INTERRUPTED: Final = 130
"""Exit status after Ctrl-C: 128 and the number of the signal."""


class _Parser(ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_ARGUMENTS, f"{self.prog}: {message}. See {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _say(Cancelled("Stopped", "Ctrl-C was pressed", "No unfinished file was left"), INTERRUPTED)
    except Cancelled as error:
        return _say(error, INTERRUPTED)
    except DreamMixError as error:
        return _say(error, FAILURE)


def _run(words: list[str]) -> int:
    # A built-in command starts quickly, whatever else is installed: others load only where none is named.
    built_in = bool(words) and words[0] in {command.name for command in BUILT_IN}
    commands = {command.name: command for command in (*BUILT_IN, *([] if built_in else installed_commands()))}
    parser = _Parser(
        prog="dreammix", description="Insert an object of your words into a region of a picture."
    )
    chooser = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands.values():
        own = chooser.add_parser(command.name, help=command.summary, description=f"{command.summary}.")
        command.configure(own)
    namespace = parser.parse_args(words)
    return commands[namespace.command].run(namespace)


def _say(error: DreamMixError, status: int) -> int:
    print(f"dreammix: {error}", file=sys.stderr)
    return status
