"""What a client has sent and not used yet: kept, read, and forgotten."""

import sys
from pathlib import Path

import pytest

from dreammix.files import png
from dreammix.protocol import OutputFailure, SampleFormat, TransferRejected
from dreammix.protocol.payloads import FileForm, PixelForm
from dreammix.protocol.transfer import chunks
from dreammix_backend.uploads import Uploads
from tests.backend.serving import plain

PIXELS = plain(4, SampleFormat.GRAY8)


class Clock:
    """Says what a test has set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """It stands still."""
    return Clock()


@pytest.fixture
def uploads(tmp_path: Path, clock: Clock) -> Uploads:
    """A picture's pixels as number 1, its file as number 2."""
    uploads = Uploads(tmp_path / "uploads", clock)
    uploads.begin(1, PixelForm(PIXELS.size, PIXELS.format))
    for chunk in chunks(1, PIXELS.data, 5):
        uploads.take(chunk)
    file = png(PIXELS)
    uploads.begin(2, FileForm(len(file)))
    for chunk in chunks(2, file, 5):
        uploads.take(chunk)
    return uploads


def test_what_was_sent_can_be_read(uploads: Uploads) -> None:
    """Pixels as a picture, a file as it was; and neither as the other."""
    assert uploads.picture(1) == uploads.content(1) == PIXELS
    assert uploads.content(2) == uploads.path(2).read_bytes() == png(PIXELS)
    with pytest.raises(TransferRejected):
        uploads.picture(2)
    with pytest.raises(TransferRejected):
        uploads.path(1)


def test_what_is_not_kept_is_gone(uploads: Uploads, tmp_path: Path) -> None:
    """Also from the disk; chunks that were on their way are dropped, and asking for it is an error."""
    uploads.keep({1})
    assert not list((tmp_path / "uploads").iterdir())
    uploads.take(next(chunks(2, b"late")))
    with pytest.raises(TransferRejected):
        uploads.content(2)
    uploads.close()
    with pytest.raises(TransferRejected):
        uploads.content(1)


def test_an_upload_is_idle_when_nothing_was_heard_of_it(uploads: Uploads, clock: Clock) -> None:
    """Neither bytes nor a question, for longer than so many seconds."""
    clock.now = 10.0
    assert uploads.idle(10.0) == ()
    uploads.content(1)
    clock.now = 10.5
    assert uploads.idle(10.0) == (2,)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot limit its files there")
def test_a_disk_that_takes_only_a_part_is_an_error(uploads: Uploads, tmp_path: Path) -> None:
    """Row 17: half a file is never taken for a whole one; the upload is forgotten, and the others stay."""
    import resource

    uploads.begin(3, FileForm(4000))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(OutputFailure, match="Cannot write"):
            uploads.take(next(chunks(3, bytes(4000))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    with pytest.raises(TransferRejected):
        uploads.path(3)
    assert uploads.path(2).exists() and len(list((tmp_path / "uploads").iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """For the upload, and not for the connection."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputFailure, match="Cannot write"):
        Uploads(tmp_path / "file").begin(1, FileForm(4))
