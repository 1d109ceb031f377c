"""`dreammix describe`, as a user runs it."""

import pytest

from dreammix.cli.demo import DEMO_FOLDER
from tests.cli.conftest import Desk


def test_pictures_are_described(desk: Desk) -> None:
    """One line for each attribute, its kind first: those of the demo's teapot, which is green."""
    pictures = [str(path) for path in sorted(DEMO_FOLDER.glob("pip-?.png"))]
    outcome = desk.run(["describe", *pictures, "--class", "teapot"])
    assert outcome.status == 0
    told = dict(line.split(": ") for line in outcome.out.splitlines())
    assert told["colour"] == "green"
    assert told.keys() <= {"colour", "material", "pattern", "accessory", "shape"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--describer", "openai"], "Name a model"),
        (["--describer", "openai", "--vlm", "m", "--endpoint", "nowhere"], "Correct the address"),
        (["--describer", "local", "--vlm", "no-such-folder"], "Choose its folder"),
    ],
)
def test_what_is_missing_is_said_in_one_line(desk: Desk, options: list[str], said: str) -> None:
    """An error says what to do next."""
    outcome = desk.run(["describe", str(desk.folder / "scene.png"), "--class", "mug", *options])
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1 and said in outcome.err
