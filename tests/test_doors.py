"""The locked doors between the rooms: every one of them is tried once, and some are watched at run time."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "pyproject.toml"


@dataclass(frozen=True, slots=True)
class BreakIn:
    """One forbidden import: the door (a contract's id) that must be locked, and the line in its module."""

    door: str
    module: str
    line: str


BREAK_INS = (
    BreakIn("method", "dreammix.pipeline.insert", "import dreammix_backend.jobs"),
    BreakIn("method", "dreammix.cli.main", "import dreammix_krita.docker"),
    BreakIn("rooms", "dreammix.sampling.local_global", "import dreammix.pipeline"),
    BreakIn("rooms", "dreammix.models.registry", "import dreammix.sampling"),
    BreakIn("rooms", "dreammix.attic", "import dreammix.protocol"),
    BreakIn("protocol", "dreammix.protocol.boxes", "import dreammix.geometry"),
    BreakIn("protocol", "dreammix.protocol.pictures", "import numpy"),
    BreakIn("geometry", "dreammix.geometry.paste", "def late() -> None:\n    import torch"),
    BreakIn("geometry", "dreammix.geometry.paste", "import dreammix.conditioning.encoders"),
    BreakIn("plugin", "dreammix_krita.client", "import dreammix.geometry"),
    BreakIn("plugin", "dreammix_krita.client", "import numpy"),
    BreakIn("krita", "dreammix_krita.docker", "import krita"),
    BreakIn("qt", "dreammix_krita.docker", "import PyQt6.QtWidgets"),
    BreakIn("backend", "dreammix_backend.gate", "import dreammix.conditioning.encoders"),
    BreakIn("backend", "dreammix_backend.jobs", "def late() -> None:\n    import torch"),
    BreakIn("worker", "dreammix_backend.jobs", "import dreammix_backend.worker"),
)

# A small house in which every door is used as it may be.
HOUSE = {
    "dreammix": "",
    "dreammix.protocol": "import json",
    "dreammix.protocol.boxes": "",
    "dreammix.geometry": "import numpy\nimport dreammix.protocol.boxes",
    "dreammix.conditioning.encoders": "import torch",
    "dreammix.sampling": "import dreammix.conditioning.encoders",
    "dreammix.pipeline": "import dreammix.sampling",
    "dreammix.cli": "import dreammix.pipeline",
    "dreammix_backend.jobs": "import dreammix.protocol",
    "dreammix_backend.worker": "import torch\nimport dreammix.pipeline",
    "dreammix_krita": "import krita\nimport dreammix_krita.docker",
    "dreammix_krita.canvas": "import krita",
    "dreammix_krita.qt": "import PyQt6.QtWidgets",
    "dreammix_krita.client": "import dreammix.protocol\nimport dreammix.protocol.boxes",
    "dreammix_krita.docker": "from dreammix_krita import canvas, client, qt",
}


def contracts() -> dict[str, str]:
    """Ids and names of the doors that `make lint` checks."""
    with SETTINGS.open("rb") as file:
        linter = tomllib.load(file)["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in linter["contracts"]}


def build(house: dict[str, str], folder: Path) -> None:
    """Write each module of `house` as a package below `folder`."""
    for module, source in house.items():
        place = folder.joinpath(*module.split("."))
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").write_text(source + "\n", encoding="utf-8")
    for place in [path for path in folder.rglob("*") if path.is_dir()]:
        (place / "__init__.py").touch()


def broken_doors(folder: Path) -> set[str]:
    """Ids of the contracts that import-linter finds broken in the house below `folder`."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--config", str(SETTINGS), "--no-cache"],
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {id: name for id, name in contracts().items() if f"{name} KEPT" in done.stdout}
    broken = {id for id, name in contracts().items() if f"{name} BROKEN" in done.stdout}
    assert verdicts.keys() | broken == contracts().keys(), done.stdout + done.stderr
    return broken


def test_every_door_is_tried() -> None:
    """No contract stands in pyproject.toml without a break-in that shows it locked."""
    assert {attempt.door for attempt in BREAK_INS} == contracts().keys()


def test_doors_let_in_whom_they_should(tmp_path: Path) -> None:
    """A house that keeps the rules passes all contracts."""
    build(HOUSE, tmp_path)
    assert broken_doors(tmp_path) == set()


@pytest.mark.parametrize("attempt", BREAK_INS, ids=lambda attempt: f"{attempt.door}-{attempt.module}")
def test_a_break_in_is_reported(attempt: BreakIn, tmp_path: Path) -> None:
    """One forbidden import in an otherwise lawful house breaks the contract of that door."""
    source = HOUSE.get(attempt.module, "")
    build(HOUSE | {attempt.module: f"{source}\n{attempt.line}"}, tmp_path)
    assert attempt.door in broken_doors(tmp_path)


def imported(folder: Path) -> Iterator[str]:
    """Full names of all modules that the sources below `folder` import from outside of it."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module


@pytest.mark.parametrize(
    ("room", "guests"),
    [
        ("dreammix/protocol", {"dreammix.protocol"}),
        ("dreammix/geometry", {"dreammix.geometry", "dreammix.protocol", "numpy"}),
        ("dreammix/subjects", {"dreammix.subjects", "dreammix.files", "dreammix.protocol"}),
        (
            "krita_plugin/dreammix_krita",
            {"dreammix_krita", "dreammix.protocol", "websockets", "krita", "PyQt5", "PyQt6"},
        ),
    ],
)
def test_a_room_imports_only_its_guests_and_the_standard_library(room: str, guests: set[str]) -> None:
    """The contracts name what is forbidden; these rooms are shut to all that is not named as allowed."""
    strangers = {
        name
        for name in imported(ROOT / room)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == guest or name.startswith(f"{guest}.") for guest in guests)
    }
    assert not strangers


@pytest.mark.parametrize(
    "module",
    [
        "dreammix",
        "dreammix.cli",
        "dreammix.fooocus",
        "dreammix.geometry",
        "dreammix.models.recognise",
        "dreammix.protocol",
        "dreammix.subjects",
    ],
)
def test_importing_loads_no_torch(module: str) -> None:
    """The command line answers at once: what needs torch imports it where it is used."""
    program = f"import sys, {module}; print(*({{'torch', 'diffusers', 'transformers'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
