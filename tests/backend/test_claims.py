"""Claims on folders, held by real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from dreammix.protocol import LibraryBusy, OutputFailure
from dreammix_backend.claims import CLAIM_FILE, claim

HOLDER = """
import sys
from pathlib import Path
from dreammix_backend.claims import claim
with claim(Path(sys.argv[1]), "The library"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder until it is killed or its input ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    """A second server on one library is told that another works with it, and what to do."""
    with hold(tmp_path) as holder:
        with pytest.raises(LibraryBusy, match="another DreamMix server works with it"), claim(tmp_path, "It"):
            pass
        holder.kill()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """After kill -9 the folder is free at once, though the file is still there."""
    with hold(tmp_path) as holder:
        holder.kill()
    assert (tmp_path / CLAIM_FILE).exists()
    with claim(tmp_path, "It"):
        pass


def test_a_claim_ends_with_its_block(tmp_path: Path) -> None:
    """What was claimed and given back can be claimed again by the same process."""
    with claim(tmp_path / "new" / "folder", "It"):
        pass
    with claim(tmp_path / "new" / "folder", "It"):
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file stands where the folder should be: what, why and what to do, no traceback."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputFailure, match=r"The library .*file"), claim(tmp_path / "file", "The library"):
        pass
