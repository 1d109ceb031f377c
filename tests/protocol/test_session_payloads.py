"""The session again: uploads and fetches, from their declaration to their answer."""

import pytest

from dreammix.protocol import Box, StorageFull, TransferRejected, UnexpectedMessage
from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.codec import HEADER, encode
from dreammix.protocol.jobs import Insert
from dreammix.protocol.library import CreateSubject
from dreammix.protocol.messages import Failure, Reply, Request, Side
from dreammix.protocol.payloads import Abandon, Begin, Chunk, FileForm, Upload
from dreammix.protocol.services import Described, DescribePictures
from dreammix.protocol.session import Close
from tests.protocol.pair import JOB, REPORT, THUMBNAIL, Pair, refused


def test_an_upload_is_answered_when_all_its_bytes_are_there() -> None:
    """Not before."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Chunk(1, 0, b"a"), Side.CLIENT)
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Reply(1, Done()))
    pair.say(Chunk(1, 1, b"b"), Side.CLIENT)
    pair.say(Reply(1, Done()))
    assert 1 in pair.server.uploads


@pytest.mark.parametrize(
    "chunk",
    [Chunk(1, 1, b"b"), Chunk(1, 0, b"abc"), Chunk(1, 0, b"123456789")],
    ids=["gap", "too many", "too long"],
)
def test_a_wrong_chunk_fails_the_upload(chunk: Chunk) -> None:
    """The connection goes on; chunks that were under way are passed over."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    with pytest.raises(TransferRejected):
        pair.client.send(chunk)
    failure = refused(pair.server.receive(encode(chunk)))
    assert (failure.number, failure.error.code) == (1, TransferRejected.code)
    assert pair.server.receive(encode(Chunk(1, 0, b"a"))) == ()
    assert 1 not in pair.server.uploads
    pair.client.receive(encode(failure))
    with pytest.raises(TransferRejected):
        pair.client.send(Chunk(1, 0, b"a"))


def test_a_chunk_of_nothing_ends_the_connection() -> None:
    """Security 15: a transfer that was never begun."""
    assert isinstance(Pair().server.receive(HEADER.pack(1, 7, 0) + b"x")[-1], Close)


def test_what_comes_after_the_declared_end_is_passed_over() -> None:
    """The picture is what was declared."""
    pair = Pair()
    pair.upload(1, 2)
    assert pair.server.receive(encode(Chunk(1, 2, b"c"))) == ()


@pytest.mark.parametrize("size", [101, 90], ids=["too large", "too much together"])
def test_an_upload_beyond_the_limits_is_refused(size: int) -> None:
    """Security 11: and nothing is kept of it."""
    pair = Pair()
    pair.upload(1, 80)
    request = Request(2, Upload(FileForm(size)))
    with pytest.raises(TransferRejected):
        pair.client.send(request)
    assert refused(pair.server.receive(encode(request))).error.code == TransferRejected.code
    assert 2 not in pair.server.uploads


def test_a_server_that_cannot_keep_an_upload_says_so() -> None:
    """A full disk ends the upload; the client learns it while it is sending."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Failure(1, ErrorReport.of(StorageFull("a", "b", "c"))))
    assert 1 not in pair.server.uploads and 1 not in pair.client.uploads


def test_an_upload_is_used_once() -> None:
    """It is kept for the next try where the request fails, and gone where it succeeds."""
    pair = Pair()
    pair.upload(1, 2)
    create = CreateSubject(name="Pip", class_word="mug", pictures=(1,))
    pair.say(Request(2, create))
    pair.say(Failure(2, REPORT))
    assert 1 in pair.server.uploads
    pair.upload(3, 2)
    insert = Insert(prompt="", key="k", scene=1, mask=3, window=Box(0, 0, 1, 1))
    pair.say(Request(4, insert))
    for session in pair.ends.values():
        with pytest.raises(TransferRejected):
            session._ask(5, insert)
    pair.say(Reply(4, JOB))
    assert len(pair.server.uploads) == len(pair.client.uploads) == 0


def test_describing_pictures_keeps_their_uploads() -> None:
    """The artist makes a subject of them afterwards, or meanwhile."""
    pair = Pair()
    pair.upload(1, 2)
    pair.say(Request(2, DescribePictures("mug", (1,))))
    pair.say(Request(3, CreateSubject(name="Pip", class_word="mug", pictures=(1,))))
    pair.say(Reply(2, Described(())))
    assert 1 in pair.server.uploads


@pytest.mark.parametrize("pictures", [(2,), (1, 1)], ids=["never uploaded", "the same twice"])
def test_a_request_names_whole_uploads(pictures: tuple[int, ...]) -> None:
    """Each of them once."""
    pair = Pair()
    pair.upload(1, 2)
    request = Request(3, CreateSubject(name="Pip", class_word="mug", pictures=pictures))
    with pytest.raises(TransferRejected):
        pair.client.send(request)
    assert refused(pair.server.receive(encode(request))).error.code == TransferRejected.code


def test_an_upload_half_way_cannot_be_used() -> None:
    """Bad input: a transfer abandoned half-way."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Chunk(1, 0, b"a"), Side.CLIENT)
    request = Request(2, CreateSubject(name="Pip", class_word="mug", pictures=(1,)))
    assert refused(pair.server.receive(encode(request))).number == 2


def test_an_abandoned_upload_is_forgotten() -> None:
    """Half-way, it fails as cancelled; whole, it is only let go."""
    pair = Pair()
    pair.upload(1, 2)
    pair.say(Request(2, Upload(FileForm(2))))
    for number, upload in ((3, 1), (4, 2)):
        pair.say(Request(number, Abandon(upload)))
        if upload == 2:
            pair.say(Failure(2, REPORT))
        pair.say(Reply(number, Done()))
    assert len(pair.server.uploads) == len(pair.client.uploads) == 0


def test_a_fetch_brings_its_bytes_before_its_answer() -> None:
    """First what they are, then they themselves."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Reply(1, Done()))
    pair.say(Begin(1, FileForm(3)))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Begin(1, FileForm(3)))
    pair.say(Chunk(1, 0, b"abc"), Side.SERVER)
    pair.say(Reply(1, Done()))
    assert len(pair.client.downloads) == 0


def test_a_fetch_may_fail_half_way() -> None:
    """Its file was deleted, or the client abandoned it."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(3)))
    pair.say(Failure(1, REPORT))
    assert pair.client.receive(encode(Chunk(1, 0, b"a"))) == ()


def test_a_server_that_breaks_its_word_is_left() -> None:
    """More bytes than it declared."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(1)))
    (close,) = pair.client.receive(encode(Chunk(1, 0, b"ab")))
    assert isinstance(close, Close) and close.error.code == TransferRejected.code


def test_a_server_may_send_larger_chunks_than_it_takes() -> None:
    """Its limit is for what it receives."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(20)))
    pair.say(Chunk(1, 0, bytes(20)), Side.SERVER)
