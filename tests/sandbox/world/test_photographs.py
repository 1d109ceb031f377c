"""The photographs: each with its licence, and none of those that are shown or measured ever trained on."""

import hashlib
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from PIL import Image

import dreammix
from dreammix.sandbox.world.grounds import PHOTOS

DEMO = PHOTOS.parent / "demo"
MEASURED = Path(__file__).parents[2] / "benchmarks" / "photos"
FOLDERS = [PHOTOS, DEMO, MEASURED]
FREE = ("CC0-1.0", "CC-BY-", "GPL-", "LGPL-")


def rows(folder: Path) -> list[list[str]]:
    """The rows of a folder's licence table: files, photograph and source, author, licence."""
    text = (folder / "LICENCES.md").read_text(encoding="utf-8")
    table = [
        [cell.strip() for cell in line.strip("|\n ").split("|")] for line in text.splitlines() if "|" in line
    ]
    return [row for row in table[2:] if len(row) == 4]


def patterns(folder: Path) -> list[str]:
    """The files that each row is about."""
    return [re.findall(r"`([^`]+)`", row[0])[0] for row in rows(folder)]


def photographs(folder: Path) -> list[Path]:
    """The photographs of a folder."""
    return sorted(folder.glob("*.jpg"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_photograph_has_one_licence(folder: Path) -> None:
    """Each file is named by one row of the table, and each row names a file that is there."""
    files = [photo.name for photo in photographs(folder)]
    assert files
    for name in files:
        assert sum(fnmatch(name, pattern) for pattern in patterns(folder)) == 1, name
    for pattern in patterns(folder):
        assert any(fnmatch(name, pattern) for name in files), pattern


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_licence_lets_others_have_the_photograph(folder: Path) -> None:
    """Each row names an author, and a licence to pass the photograph on, change it and sell it."""
    for _, photograph, author, licence in rows(folder):
        assert photograph
        assert author
        assert licence.startswith(FREE)
        assert not re.search(r"\bN[CD]\b", licence)


def test_no_photograph_is_in_two_places() -> None:
    """By content, no picture of the demo or the benchmark is a training picture, nor is any there twice."""
    files = [photo for folder in FOLDERS for photo in photographs(folder)]
    hashes = {hashlib.sha256(photo.read_bytes()).hexdigest() for photo in files}
    assert len(hashes) == len(files)


def test_no_source_is_in_two_places() -> None:
    """Not even another part of a training photograph is shown or measured."""
    sources = [{(row[1], row[2]) for row in rows(folder)} for folder in FOLDERS]
    assert len(set.union(*sources)) == sum(len(source) for source in sources)


def test_every_photograph_opens() -> None:
    """The training photographs are whole, and large enough to cut parts from."""
    for path in photographs(PHOTOS):
        with Image.open(path) as photo:
            photo.load()
            assert photo.mode == "RGB"
            assert min(photo.size) >= 128


def test_the_photographs_are_in_the_package() -> None:
    """They are installed with the program, as training needs them."""
    package = Path(dreammix.__file__).parent
    assert PHOTOS.is_relative_to(package)
    assert DEMO.is_relative_to(package)
