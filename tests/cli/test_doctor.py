"""`dreammix doctor`: one screen, and the next command is right."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.cli.doctor import Advice, _advice, _next, program
from dreammix.models.devices import processor
from dreammix.models.memory import GIB, DeviceKind, Precision
from dreammix.models.registry import DRAFTS, add, named
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol.places import INSTALLED_FILE
from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]
ROWS, COLUMNS = 24, 80
"""Of a terminal as small as they come."""
CARD = replace(
    processor(),
    name="cuda:0",
    kind=DeviceKind.CUDA,
    title="a card",
    precision=Precision.BF16,
    total_bytes=24 * GIB,
    free_bytes=23 * GIB,
)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models; the program is found by its name."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "models"


def test_one_screen_says_everything(run: Run) -> None:
    """Machine, torch, devices, disk, backend, models, what fits, what is missing and the next command."""
    outcome = run(["doctor"])
    assert outcome.status == 0
    titles = [line.split()[0] for line in outcome.out.splitlines() if not line.startswith(" ")]
    assert titles == [
        "Machine",
        "torch",
        "Devices",
        "Disk",
        "Backend",
        "Models",
        "LoRAs",
        "Fits",
        "Missing",
        "Next",
    ]
    assert sum(-(-len(line) // COLUMNS) for line in outcome.out.splitlines()) <= ROWS
    assert "sandbox on cpu: insert full" in outcome.out


def test_many_models_of_ones_own_leave_it_one_screen(run: Run, root: Path) -> None:
    """As many are named as there are published; where the others are told is said."""
    (root / "own").mkdir(parents=True)
    for number in range(10):
        (root / "own" / f"mine-{number}.safetensors").touch()
    out = run(["doctor"]).out
    assert sum(-(-len(line) // COLUMNS) for line in out.splitlines()) <= ROWS
    assert "and 10 more: dreammix models list" in out


def test_what_was_left_there_is_no_running_server(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint's file of a process that has ended does not count."""
    monkeypatch.setenv("DREAMMIX_BACKEND", str(tmp_path))
    (tmp_path / "endpoint.json").write_text('{"pid": 4194305}')
    assert "no server is running" in run(["doctor"]).out


def test_who_does_not_find_the_program_by_its_name_is_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a set-up, whose environment is nobody's path: the command can be copied and runs."""
    folder = tmp_path / "set up"
    shutil.copytree(Path(sys.executable).parent, folder, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    (advice,) = _advice((CARD, processor()))
    assert advice.command == f"'{folder}/dreammix' models pull sdxl"
    asked = f"{program()} doctor --help"
    done = subprocess.run(asked, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.strip()
    (folder / "dreammix").unlink()
    assert program() == f"'{folder}/python' -m dreammix"


def test_an_environment_that_the_set_up_made_is_called_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other one, whatever the set-up has written down."""
    monkeypatch.setenv("DREAMMIX_SETUP", str(tmp_path))
    for python, told in ((sys.executable, True), ("/usr/bin/true", False), ("", False)):
        (tmp_path / INSTALLED_FILE).write_text(json.dumps({"python": python}), encoding="utf-8")
        assert ("installed by the set-up" in run(["doctor"]).out) is told


def test_with_a_card_a_large_model_comes_next() -> None:
    """Where a card is seen, what is missing is the model, and the command fetches it."""
    (advice,) = _advice((CARD, processor()))
    assert advice.command == "dreammix models pull sdxl"


def test_what_no_command_can_bring_is_said_without_one() -> None:
    """A graphics card is missing, or memory; the next command is the first that can be given."""
    small = replace(processor(), free_bytes=GIB)
    assert [advice.command for advice in _advice((small,))] == [None, None]
    assert _next([Advice("a card"), Advice("a model", "fetch it")]) == "fetch it"
    assert _next([]) == "dreammix insert --help"


def place(root: Path, *names: str) -> None:
    """Have models and what they need look installed."""
    for name in names:
        folder = named(name).folder
        folder.mkdir(parents=True)
        (folder / (named(name).complete or "")).write_text("{}")


def test_half_a_model_is_completed(root: Path) -> None:
    """SDXL without Fooocus' weights cannot paint into a picture: they are named, before drafts are."""
    place(root, "sdxl")
    advice = list(_advice((CARD, processor())))
    assert [item.command for item in advice] == [f"dreammix models pull {name}" for name in (FOOOCUS, DRAFTS)]
    assert advice[0].missing == "what sdxl needs"


def test_an_artists_own_model_is_a_large_one(root: Path, small_sdxl: Path) -> None:
    """Nobody who has one is told to fetch another; what it needs is told by its files."""
    add("mine", small_sdxl / "folder")
    assert next(_advice((CARD, processor()))).missing == "what mine needs"


def test_who_has_everything_lacks_nothing(root: Path) -> None:
    """A large model, what it needs, and the drafts' LoRA."""
    place(root, "sdxl", FOOOCUS, DRAFTS)
    assert list(_advice((CARD, processor()))) == []
