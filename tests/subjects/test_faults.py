"""A fault at every single operation of every change: afterwards the library is as before, or as after."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dreammix.protocol import StorageFull, SubjectDamaged
from dreammix.subjects import Library, NewPicture, Subject
from tests.files.faults import Fault, FaultyDisk, PowerLoss
from tests.subjects.conftest import COLOUR, Shelf, fill, library_at, mask_of, png_of, teach

Work = Callable[[Library, Path], object]
PIP, MIA, TED = (f"{number:016x}" for number in (1, 2, 3))
OUT = "out.zip"
IN = "in.zip"

CHANGES: dict[str, Work] = {
    "create": lambda it, _: it.create("New", "cat", (COLOUR,), [NewPicture(png_of("green"), mask_of(9))]),
    "rename": lambda it, _: it.rename(PIP, "Pippa"),
    "add pictures": lambda it, _: it.add_pictures(PIP, [NewPicture(png_of("green"), mask_of(9))]),
    "remove picture": lambda it, _: it.remove_picture(PIP, 0),
    "set mask": lambda it, _: it.set_mask(PIP, 0, mask_of(9)),
    "add version": lambda it, _: teach(it, PIP, b"three"),
    "remove version": lambda it, _: it.remove_lora(PIP, 1),
    "duplicate": lambda it, _: it.duplicate(PIP),
    "delete": lambda it, _: it.delete(PIP),
    "restore": lambda it, _: it.restore(MIA),
    "purge": lambda it, _: it.purge(MIA),
    "export": lambda it, folder: it.export(PIP, folder / OUT),
    "import": lambda it, folder: it.import_(folder / IN),
}
"""Every change that a library can make, on a folder with Pip in the list and Mia in the trash."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library (Pip listed, Mia in the trash) and an archive of Pip; copy it to work in it."""
    folder = tmp_path_factory.mktemp("before")
    shelf = fill(folder / "library")
    assert shelf.pip.id == PIP
    mia = shelf.library.create("Mia", "cat", (), [NewPicture(png_of("black"))])
    assert mia.id == MIA
    shelf.library.delete(mia.id)
    shelf.library.export(PIP, folder / IN)
    return folder


def state(folder: Path) -> object:
    """All that a library opened anew can read: subjects with every file, the trash, and the archives."""
    library = library_at(folder / "library")
    archives = {path.name: path.read_bytes() for path in folder.glob("*.zip")}
    return [read(library, it) for it in library.list()], library.trash(), library.problems(), archives


def read(library: Library, subject: Subject) -> object:
    """A subject and the content of all its files."""
    pictures = range(len(subject.pictures))
    return (
        subject,
        [(library.read_picture(subject.id, k), library.read_mask(subject.id, k)) for k in pictures],
        [library.lora_path(subject.id, lora.version).read_bytes() for lora in subject.loras],
        library.thumbnail(subject.id),
    )


@pytest.mark.parametrize("name", CHANGES)
def test_a_fault_anywhere_leaves_the_old_or_the_new(name: str, before: Path, tmp_path: Path) -> None:
    """Each operation fails in each way; what is read then is whole, and the change can be made again."""
    change = CHANGES[name]
    shutil.copytree(before, whole := tmp_path / "whole")
    disk = FaultyDisk()
    old = state(whole)
    change(library_at(whole / "library", disk), whole)
    new = state(whole)
    assert old != new
    assert disk.count > 2
    for fault in Fault:
        for at in range(disk.count):
            shutil.copytree(before, folder := tmp_path / f"{fault.name}-{at}")
            with contextlib.suppress(PowerLoss, StorageFull):
                change(library_at(folder / "library", FaultyDisk(fault, at)), folder)
                assert state(folder) == new  # What the fault hit was only the tidying up.
            found = state(folder)
            assert found in (old, new), (fault, at)
            if found == old and fault in (Fault.FULL, Fault.LOST):
                change(library_at(folder / "library", FaultyDisk()), folder)
                assert state(folder) == new, (fault, at)
            shutil.rmtree(folder)


def test_a_finished_change_outlasts_a_power_cut(before: Path, tmp_path: Path) -> None:
    """When a call has returned, what it changed is on the disk, names and contents."""
    for name, change in CHANGES.items():
        for fault in (Fault.TORN, Fault.LOST):
            shutil.copytree(before, folder := tmp_path / f"{name}-{fault.name}")
            disk = FaultyDisk(fault)
            change(library_at(folder / "library", disk), folder)
            new = state(folder)
            disk.cut_power()
            assert state(folder) == new, (name, fault)


def test_a_fault_while_a_subject_is_set_aside_loses_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """Wherever the power goes, the damaged subject's folder is in one of two places, with all its files."""
    (shelf.folder / "manifest.json").write_bytes(b"{}")
    files = {path.name for path in shelf.folder.iterdir()}
    for fault in Fault:
        for at in range(8):
            shutil.copytree(shelf.root, root := tmp_path / f"{fault.name}-{at}")
            with contextlib.suppress(PowerLoss):
                assert library_at(root, FaultyDisk(fault, at)).list() == ()
            (folder,) = root.glob(f"**/{PIP}")
            assert {path.name for path in folder.iterdir()} == files
            assert library_at(root).list() == ()
            assert [problem.id for problem in library_at(root).problems()] == [PIP]
            with pytest.raises(SubjectDamaged):
                library_at(root).restore(PIP)


def test_what_an_interrupted_writer_left_is_swept(before: Path, tmp_path: Path) -> None:
    """After a power cut anywhere in an import, the next change removes whatever lay half done."""
    shutil.copytree(before, whole := tmp_path / "whole")
    disk = FaultyDisk()
    CHANGES["import"](library_at(whole / "library", disk), whole)
    for at in range(disk.count):
        shutil.copytree(before, folder := tmp_path / str(at))
        with contextlib.suppress(PowerLoss):
            CHANGES["import"](library_at(folder / "library", FaultyDisk(Fault.KILLED, at)), folder)
        library = library_at(folder / "library")
        library.rename(PIP, "Pippa")
        known = {it.id: it.files | {"manifest.json"} for it in (*library.list(), *library.trash())}
        for path in (folder / "library").rglob("*"):
            if path.is_file() and path.name not in ("artist.json", ".lock"):
                assert path.name in known[path.parent.name], at
