"""Every file that is shipped has a licence that somebody can look up: docs/licences.md names all of them."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from dreammix.models.registry import KNOWN_MODELS

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "licences.md"
ROOMS: Final = ("dreammix", "backend", "krita_plugin", "packaging", "docs", "tests")
MADE_HERE: Final = frozenset({"__pycache__", "dist", ".pytest_cache", ".hypothesis"})
"""Folders of what tools leave behind."""
PHOTOGRAPHS: Final = ("dreammix/sandbox/photos", "dreammix/sandbox/demo", "tests/benchmarks/photos")


def patterns(page: str) -> list[str]:
    """The names of files in the first column of a page's tables."""
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall("`([^`]+)`", cell)]


def files() -> list[str]:
    """Every file of the rooms, and those beside them that belong to the project."""
    inside = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    beside = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (*inside, *beside)
        if not MADE_HERE.intersection(path.relative_to(ROOT).parts)
    )


def unnamed(names: list[str], known: list[str]) -> list[str]:
    """Which files no pattern names."""
    return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in known)]


def test_every_file_has_a_licence() -> None:
    """No file of the repository is without a row."""
    assert unnamed(files(), patterns(PAGE.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "name", ["dreammix/fonts/new.ttf", "dreammix/sandbox/photos/new.png", "dreammix/new.safetensors", "a.pth"]
)
def test_a_new_weight_picture_or_font_needs_a_row(name: str) -> None:
    """The rows are no net that lets everything through."""
    assert unnamed([name], patterns(PAGE.read_text(encoding="utf-8"))) == [name]


@pytest.mark.parametrize("folder", PHOTOGRAPHS)
def test_every_photograph_is_on_its_folders_list(folder: str) -> None:
    """With its author and licence, and the list names nothing that is not there."""
    known = patterns((ROOT / folder / "LICENCES.md").read_text(encoding="utf-8"))
    names = [path.name for path in (ROOT / folder).glob("*.jpg")]
    assert names and unnamed(names, known) == []
    assert [pattern for pattern in known if not any(fnmatchcase(name, pattern) for name in names)] == []


def test_every_weight_that_is_fetched_is_on_the_page_of_models() -> None:
    """With its repository, its licence, and each hash that it is held to."""
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for model in KNOWN_MODELS:
        if model.source is not None:
            missing = [
                told for told in (model.source.repository, *model.source.sha256.values()) if told not in page
            ]
            assert (model.name, missing) == (model.name, [])
