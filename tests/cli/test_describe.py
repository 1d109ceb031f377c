"""`dreammix describe`, as a user runs it."""

import pytest

from tests.cli.conftest import Desk


def test_a_picture_is_described(desk: Desk) -> None:
    """One line for each attribute, its kind first."""
    outcome = desk.run(["describe", str(desk.folder / "scene.png"), "--class", "mug"])
    assert outcome.status == 0
    kinds = [line.split(": ")[0] for line in outcome.out.splitlines()]
    assert set(kinds) <= {"colour", "material", "pattern", "accessory", "shape"}


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
