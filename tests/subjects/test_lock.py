"""One writer at a time: real processes that write to the same library."""

import subprocess
import sys
from pathlib import Path

import pytest

from dreammix.protocol import LibraryBusy
from dreammix.subjects import NewPicture, Subject
from dreammix.subjects.lock import locked
from tests.subjects.conftest import Shelf, library_at, png_of

HOLDER = """
import sys
from pathlib import Path
from dreammix.subjects.lock import locked

with locked(Path(sys.argv[1]), 0.0):
    print("held", flush=True)
    sys.stdin.read()
"""
WRITER = """
import sys
from pathlib import Path
from dreammix.subjects import Library, LoraFiles

library, subject, name = Library(Path(sys.argv[1]), "ana", patience_s=600.0), sys.argv[2], sys.argv[3]
sys.stdin.readline()
for step in range(8):
    weights = LoraFiles(f"{name} {step}".encode(), f"{name} {step} k".encode())
    library.add_lora(subject, weights, base="sandbox", base_hash="0", token=name, steps=step, seed=0)
"""


def test_a_held_lock_is_told(shelf: Shelf) -> None:
    """While another process holds the library, a write is refused, a read is not; then both go on."""
    lock = shelf.folder.parent / ".lock"
    impatient = library_at(shelf.root, patience_s=0.0)
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LibraryBusy, match="another process"):
            impatient.rename(shelf.pip.id, "Pippa")
        assert impatient.list() == (shelf.pip,)
        assert impatient.read_picture(shelf.pip.id, 0) == png_of("red")
        holder.kill()
    assert impatient.rename(shelf.pip.id, "Pippa").name == "Pippa"


def test_two_writers_in_one_process_take_turns(tmp_path: Path) -> None:
    """The lock also holds between the threads of a server."""
    with locked(tmp_path / "lock"), pytest.raises(LibraryBusy), locked(tmp_path / "lock", 0.0):
        pass
    with locked(tmp_path / "lock", 0.0):
        pass


def test_two_processes_writing_one_subject_lose_nothing(shelf: Shelf) -> None:
    """Every version that either of them added is there, whole; and a reader meanwhile saw no half state."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(shelf.root), shelf.pip.id, name], stdin=subprocess.PIPE
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    seen: list[Subject] = []
    while any(writer.poll() is None for writer in writers):
        seen.append(shelf.library.get(shelf.pip.id))
        assert shelf.library.lora_path(shelf.pip.id, 1).read_bytes() == b"diffusers one"
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    loras = shelf.library.get(shelf.pip.id).loras
    assert [lora.version for lora in loras] == list(range(1, 2 + 16 + 1))
    assert sorted((lora.token, lora.steps) for lora in loras[2:]) == [
        (name, step) for name in ("one", "two") for step in range(8)
    ]
    for lora in loras[2:]:
        path = shelf.library.lora_path(shelf.pip.id, lora.version)
        assert path.read_bytes() == f"{lora.token} {lora.steps}".encode()
    counts = [len(it.loras) for it in seen]
    assert counts == sorted(counts)


def test_a_picture_added_while_another_process_writes_is_kept(shelf: Shelf) -> None:
    """Changes of different things in one subject do not undo each other."""
    command = [sys.executable, "-c", WRITER, str(shelf.root), shelf.pip.id, "one"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as writer:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
        for colour in ("green", "black", "white"):
            shelf.library.add_pictures(shelf.pip.id, [NewPicture(png_of(colour))])
    pip = shelf.library.get(shelf.pip.id)
    assert (len(pip.pictures), len(pip.loras)) == (5, 10)
