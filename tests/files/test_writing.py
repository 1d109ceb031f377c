"""Files are written whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from dreammix.files import check_writable, write_whole
from dreammix.protocol import OutputFailure


def test_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    """Every file has its content; no part stays beside it."""
    write_whole({tmp_path / "a.png": b"a", tmp_path / "b.png": b"bb"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"a", "b.png": b"bb"}


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    """Writing over a file replaces it."""
    (tmp_path / "a.png").write_bytes(b"old, and longer")
    write_whole({tmp_path / "a.png": b"new"})
    assert (tmp_path / "a.png").read_bytes() == b"new"


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """If one of several files cannot be written, none is, and the old ones stand."""
    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(OutputFailure, match="absent"):
        write_whole({tmp_path / "a.png": b"new", tmp_path / "absent" / "b.png": b"b"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"old"


FULL_DISK = """
import resource, sys
from pathlib import Path
from dreammix.files import write_whole
from dreammix.protocol import OutputFailure

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole({Path("small.png"): b"new", Path("large.png"): bytes(2000)})
except OutputFailure as error:
    sys.exit(0 if "large.png" in str(error) else 1)
sys.exit(2)
"""


def test_a_file_that_stops_growing_is_not_left_half_written(tmp_path: Path) -> None:
    """A write that fails in the middle, here at 1000 bytes, leaves no part, and the old files stand."""
    (tmp_path / "small.png").write_bytes(b"old")
    assert subprocess.run([sys.executable, "-c", FULL_DISK], cwd=tmp_path, check=False).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]
    assert (tmp_path / "small.png").read_bytes() == b"old"


@pytest.mark.parametrize("place", [".", "absent/out.png", "file/out.png"])
def test_impossible_places_are_refused_beforehand(tmp_path: Path, place: str) -> None:
    """A folder, a missing folder and a file in a folder's place are refused before any work."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputFailure):
        check_writable(tmp_path / place)


def test_a_good_place_is_accepted_and_untouched(tmp_path: Path) -> None:
    """The check itself writes nothing."""
    check_writable(tmp_path / "out.png")
    assert not list(tmp_path.iterdir())
