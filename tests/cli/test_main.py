"""The command line as a whole: which commands there are, and what a wrong one says."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from dreammix.cli import command
from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]
GUEST = """
from dreammix.cli.command import Command

def configure(parser):
    parser.add_argument("name")

def run(arguments):
    print(arguments.name)
    return 3

COMMAND = Command("greet", "say something", configure, run)
NOT_ONE = "greet"
"""


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Pretend that an installed package brings the command `greet`, from an object of the module `guest`."""
    (tmp_path / "guest.py").write_text(GUEST)
    monkeypatch.syspath_prepend(tmp_path)

    def install(value: str) -> None:
        def entry_points(*, group: str) -> Iterable[EntryPoint]:
            return [EntryPoint("greet", value, group)] if group == "dreammix.commands" else []

        monkeypatch.setattr(command, "entry_points", entry_points)

    return install


def test_the_models_are_listed(run: Run) -> None:
    """The built-in model is there, and the line says what it is not."""
    outcome = run(["models"])
    assert outcome.status == 0
    assert outcome.out.startswith("sandbox ")
    assert "no stand-in" in outcome.out


@pytest.mark.parametrize("arguments", [[], ["paint"], ["insert"]])
def test_a_wrong_command_is_one_line(run: Run, arguments: list[str]) -> None:
    """No command, an unknown one, and one without its arguments: one line that says where help is."""
    outcome = run(arguments)
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert "--help" in outcome.err


def test_help_lists_every_command(run: Run, install: Callable[[str], None]) -> None:
    """Built-in commands and those of other packages stand side by side."""
    install("guest:COMMAND")
    outcome = run(["--help"])
    assert outcome.status == 0
    assert all(word in outcome.out for word in ("insert", "demo", "models", "greet", "say something"))


def test_another_package_brings_a_command(run: Run, install: Callable[[str], None]) -> None:
    """An entry point's command gets its own arguments, and its exit status is the program's."""
    install("guest:COMMAND")
    outcome = run(["greet", "Ada"])
    assert (outcome.status, outcome.out) == (3, "Ada\n")


@pytest.mark.parametrize("value", ["guest:ABSENT", "no_such_module:COMMAND", "guest:NOT_ONE"])
def test_a_broken_command_is_one_line(run: Run, install: Callable[[str], None], value: str) -> None:
    """A package whose command cannot be loaded is named, without a traceback."""
    install(value)
    outcome = run(["greet"])
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1
    assert "greet" in outcome.err


def test_a_broken_package_stops_no_built_in_command(run: Run, install: Callable[[str], None]) -> None:
    """What somebody else's package brings is not even looked at where it is not needed."""
    install("no_such_module:COMMAND")
    assert run(["models"]).status == 0


def test_a_light_command_loads_no_torch() -> None:
    """Listing models, or asking for help, does not cost the seconds that torch takes."""
    code = "import sys; from dreammix.cli import main; main(['models']); sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0
    )
