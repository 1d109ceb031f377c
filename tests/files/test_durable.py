"""Durable writes: whatever ends them, the old or the new is there, and the new outlasts a power cut."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from dreammix.files import Disk, check_room, make_folder, move, remove_tree, sweep_unfinished, write_whole
from dreammix.files.durable import STALE_SECONDS
from dreammix.protocol import OutputFailure, StorageFull
from tests.files.faults import Fault, FaultyDisk, PowerLoss

OLD, NEW = b"the old content", b"the new"


def write_two(folder: Path, disk: Disk) -> None:
    """Replace one file and add another, as bytes and through a stream."""
    write_whole({folder / "a": NEW, folder / "b": lambda stream: stream.write(NEW)}, disk)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_at_any_operation_leaves_the_old_or_the_new(tmp_path: Path, fault: Fault) -> None:
    """No place holds half a file, wherever the writing ended, and a full disk is left tidy."""
    (tmp_path / "whole").mkdir()
    disk = FaultyDisk()
    write_two(tmp_path / "whole", disk)
    assert disk.count == 9  # Twice: create, write, force, rename; then once the folder.
    for at in range(disk.count):
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "a").write_bytes(OLD)
        with pytest.raises(StorageFull if fault is Fault.FULL else PowerLoss):
            write_two(folder, FaultyDisk(fault, at))
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert found["a"] in (OLD, NEW)
        assert found.get("b", NEW) == NEW
        if fault is Fault.FULL:
            assert found.keys() <= {"a", "b"}


@pytest.mark.parametrize("fault", [Fault.TORN, Fault.LOST])
def test_what_was_written_outlasts_a_power_cut(tmp_path: Path, fault: Fault) -> None:
    """When the call has returned, file and name are on the disk."""
    disk = FaultyDisk(fault)
    make_folder(tmp_path / "x" / "y", disk)
    write_two(tmp_path / "x" / "y", disk)
    move(tmp_path / "x" / "y" / "a", tmp_path / "x" / "c", disk)
    disk.cut_power()
    assert (tmp_path / "x" / "c").read_bytes() == NEW
    assert (tmp_path / "x" / "y" / "b").read_bytes() == NEW


def test_a_disk_without_forcing_loses_what_was_written(tmp_path: Path) -> None:
    """The simulated power cut is a real one: what is only renamed into place comes back empty."""

    class Lazy(FaultyDisk):
        def sync(self, stream: BinaryIO) -> None:
            stream.flush()

    disk = Lazy(Fault.TORN)
    write_two(tmp_path, disk)
    disk.cut_power()
    assert (tmp_path / "a").read_bytes() == b""


def test_real_folders_are_forced_to_the_disk(tmp_path: Path) -> None:
    """The real operations do what they say, on this system."""
    make_folder(tmp_path / "x" / "y")
    write_whole({tmp_path / "x" / "y" / "a": NEW})
    move(tmp_path / "x" / "y", tmp_path / "z")
    assert (tmp_path / "z" / "a").read_bytes() == NEW
    assert not (tmp_path / "x" / "y").exists()


def test_a_tree_is_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    """What a link points to is not part of the tree."""
    (tmp_path / "tree" / "twig").mkdir(parents=True)
    (tmp_path / "tree" / "twig" / "leaf").write_bytes(OLD)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").write_bytes(OLD)
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "other")
    remove_tree(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert (tmp_path / "other" / "kept").read_bytes() == OLD


@pytest.mark.parametrize(
    ("number", "kind", "remedy"),
    [
        (errno.ENOSPC, StorageFull, "Free some space"),
        (errno.EDQUOT, StorageFull, "Free some space"),
        (errno.EROFS, OutputFailure, "Change its rights"),
        (errno.EACCES, OutputFailure, "Change its rights"),
        (errno.EIO, OutputFailure, "Choose another place"),
    ],
)
def test_each_cause_has_its_remedy(
    tmp_path: Path, number: int, kind: type[OutputFailure], remedy: str
) -> None:
    """A full disk, a read-only place and a broken disk are told apart."""

    class Broken(Disk):
        def replace(self, source: Path, target: Path) -> None:
            raise OSError(number, os.strerror(number))

    with pytest.raises(OutputFailure, match=remedy) as caught:
        write_whole({tmp_path / "a": NEW}, Broken())
    assert type(caught.value) is kind
    assert str(tmp_path / "a") in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_will_not_fit_is_refused_beforehand(tmp_path: Path) -> None:
    """The disk is asked for its room before anything is written."""
    check_room(tmp_path, 1)
    with pytest.raises(StorageFull, match="MiB are free"):
        check_room(tmp_path, 1 << 60)


def test_what_a_power_cut_left_beside_its_place_is_swept(tmp_path: Path) -> None:
    """Once it is an hour old: a younger one may be a write under way. Nothing else is touched."""
    with pytest.raises(PowerLoss):
        write_two(tmp_path, FaultyDisk(Fault.KILLED, 3))
    (tmp_path / "mine.part").write_bytes(NEW)
    (left,) = tmp_path.glob(".*")
    written = left.stat().st_mtime
    sweep_unfinished(tmp_path, now=lambda: written + STALE_SECONDS)
    assert left.exists()
    sweep_unfinished(tmp_path, now=lambda: written + STALE_SECONDS + 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.part"]
