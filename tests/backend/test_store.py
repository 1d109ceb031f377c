"""Jobs on disk: whole or absent, whatever fails in the middle (rows 17 and 18 of the threat model)."""

import errno
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dreammix.files.durable import Disk, write_whole
from dreammix.protocol import Box, OutputFailure, StorageFull
from dreammix.protocol.jobs import JobChanged, JobKind, JobState, ResultReady
from dreammix_backend.jobs import Job, JobOrder, LastingEvent, Status, split
from dreammix_backend.packing import pack, read
from dreammix_backend.store import ORDER, Store, result_file
from tests.small_tools import SIZE, painted, request

ID = "0123456789abcdef" * 2
JOB = Job(id=ID, key="key", owner="ann", kind=JobKind.INSERT, created=12.5)
WISH, PICTURES = split(request("a red mug", variants=2))
ASKED = JobOrder(wish=WISH, model="sandbox", artist="ann")
RESULT = ResultReady(variant=1, seed=8, box=Box.of(SIZE))
DONE = replace(
    JOB,
    status=Status.SUCCEEDED,
    ended=13.0,
    losses=1,
    reserved=1000,
    lasting=(LastingEvent(5, RESULT), LastingEvent(6, JobChanged(state=JobState.SUCCEEDED))),
    size=99,
)


class FailingDisk(Disk):
    """Fails at its n-th operation that changes the disk, and at all that follow."""

    def __init__(self, failing: int, code: int) -> None:
        self._left = failing
        self._code = code

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise OSError(self._code, "made up")

    def create(self, path: Path) -> BinaryIO:
        self._count()
        return super().create(path)

    def sync(self, stream: BinaryIO) -> None:
        self._count()
        super().sync(stream)

    def replace(self, source: Path, target: Path) -> None:
        self._count()
        super().replace(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._count()
        super().sync_folder(folder)

    def make_folder(self, folder: Path) -> None:
        self._count()
        super().make_folder(folder)

    def remove(self, path: Path) -> None:
        self._count()
        super().remove(path)

    def remove_folder(self, folder: Path) -> None:
        self._count()
        super().remove_folder(folder)


OPERATIONS = range(12)
"""More than any of the store's methods takes."""


def stored(folder: Path) -> Store:
    """A store that holds `JOB`."""
    store = Store(folder)
    store.load()
    store.put(JOB, ASKED, PICTURES, 0)
    return store


def order_in(folder: Path) -> Any:
    """What a worker finds."""
    with (folder / ID / ORDER).open("rb") as stream:
        return read(JobOrder, stream)


def test_a_job_comes_back(tmp_path: Path) -> None:
    """Record and order are what they were, for another store on the same folder."""
    stored(tmp_path).write(DONE)
    assert Store(tmp_path).load() == (DONE,)
    assert order_in(tmp_path) == (ASKED, PICTURES)


def test_jobs_come_back_oldest_first(tmp_path: Path) -> None:
    """The queue keeps its order."""
    store = stored(tmp_path)
    older = replace(JOB, id=ID[::-1], created=1.0)
    store.put(older, ASKED, PICTURES, 0)
    assert Store(tmp_path).load() == (older, JOB)


def test_a_forgotten_job_is_gone(tmp_path: Path) -> None:
    """Nothing of it is left."""
    stored(tmp_path).forget(ID)
    assert not list(tmp_path.iterdir())


def test_an_ended_job_needs_no_order(tmp_path: Path) -> None:
    """The request's pictures make room; the results stay."""
    store = stored(tmp_path)
    write_whole({tmp_path / ID / result_file(1): b"".join(pack(ResultReady, RESULT, painted(3)))})
    store.drop_order(ID)
    assert not (tmp_path / ID / ORDER).exists()
    assert store.result(ID, 1) == painted(3)
    assert store.size(ID) == (tmp_path / ID / result_file(1)).stat().st_size


@pytest.mark.parametrize("content", [None, b"", b"\0\0\0\2{}"])
def test_a_damaged_result_is_an_error_with_a_remedy(tmp_path: Path, content: bytes | None) -> None:
    """A layer that is missing or half there is never shown."""
    store = stored(tmp_path)
    if content is not None:
        (tmp_path / ID / result_file(0)).write_bytes(content)
    with pytest.raises(OutputFailure, match="Compute it again"):
        store.result(ID, 0)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("failing", OPERATIONS)
def test_a_failing_disk_takes_in_a_job_or_nothing(tmp_path: Path, failing: int, code: int) -> None:
    """Row 17, 18: wherever the disk fails, after a restart the job is whole, or was never there."""
    Store(tmp_path).load()
    accepted = True
    try:
        Store(tmp_path, FailingDisk(failing, code)).put(JOB, ASKED, PICTURES, 0)
    except StorageFull:
        accepted = False
        assert code == errno.ENOSPC
    except OutputFailure:
        accepted = False
    found = Store(tmp_path).load()
    assert found == (JOB,) or (found == () and not accepted)
    if found:
        assert order_in(tmp_path) == (ASKED, PICTURES)
    else:
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", OPERATIONS)
def test_a_failing_disk_keeps_the_old_record_or_has_the_new(tmp_path: Path, failing: int) -> None:
    """Row 17, 18: a record is the old one until the new one is durable."""
    stored(tmp_path)
    failed = False
    try:
        Store(tmp_path, FailingDisk(failing, errno.ENOSPC)).write(DONE)
    except StorageFull:
        failed = True
    (found,) = Store(tmp_path).load()
    assert found == DONE or (found == JOB and failed)


@pytest.mark.parametrize("failing", OPERATIONS)
def test_a_failing_disk_forgets_a_job_or_keeps_it_whole(tmp_path: Path, failing: int) -> None:
    """Row 18: a half-removed job is none."""
    stored(tmp_path)
    Store(tmp_path, FailingDisk(failing, errno.EIO)).forget(ID)
    assert Store(tmp_path).load() in ((JOB,), ())
    assert failing == 0 or not list(tmp_path.iterdir())


def test_a_job_that_will_not_fit_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """Row 17: what its results may take counts too."""
    store = Store(tmp_path)
    store.load()
    with pytest.raises(StorageFull):
        store.put(JOB, ASKED, PICTURES, 1 << 60)
    assert not list(tmp_path.iterdir())


def test_a_damaged_record_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One damaged job costs no other; it is kept for whoever wants to look at it."""
    stored(tmp_path)
    (tmp_path / ID / "job.json").write_bytes(b"\0\0\0\4nope")
    with caplog.at_level(logging.WARNING):
        assert Store(tmp_path).load() == ()
    assert ID in caplog.text
    assert (tmp_path / f"damaged-{ID}" / ORDER).exists()


def test_strangers_are_left_alone(tmp_path: Path) -> None:
    """A folder that is no job's stays as it is."""
    (tmp_path / "lost+found").mkdir()
    assert Store(tmp_path).load() == ()
    assert [path.name for path in tmp_path.iterdir()] == ["lost+found"]
