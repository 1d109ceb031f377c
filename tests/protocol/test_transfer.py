"""Transfers: every byte once, in order, and as many as declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Picture, SampleFormat, Size, TransferRejected
from dreammix.protocol.limits import MAX_CHUNK_BYTES, Limits
from dreammix.protocol.payloads import Chunk, FileForm, PixelForm
from dreammix.protocol.transfer import Collector, Transfer, Transfers, chunks

SMALL = Limits(uploads=2, upload_bytes=10, held_bytes=15)


@given(data=st.binary(min_size=1, max_size=99), size=st.integers(1, 40))
def test_what_was_cut_into_chunks_is_collected_whole(data: bytes, size: int) -> None:
    """Whatever the size of the chunks."""
    collector = Collector(FileForm(len(data)))
    for chunk in chunks(3, data, size):
        assert chunk.number == 3 and not collector.complete
        collector.take(chunk)
    assert collector.complete and collector.data() == data


def test_what_was_collected_is_given_without_a_copy() -> None:
    """Asked twice it is the same object: whoever waits for a large picture waits for its bytes only."""
    collector = Collector(FileForm(2 * MAX_CHUNK_BYTES))
    for chunk in chunks(1, bytes(2 * MAX_CHUNK_BYTES)):
        collector.take(chunk)
    assert collector.data() is collector.data()


def test_a_large_picture_is_cut_without_copies() -> None:
    """Its chunks are views of it, of at most a mebibyte."""
    data = bytes(2 * MAX_CHUNK_BYTES + 1)
    cut = list(chunks(1, data))
    assert [len(chunk.data) for chunk in cut] == [MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, 1]
    assert all(isinstance(chunk.data, memoryview) and chunk.data.obj is data for chunk in cut)


@pytest.mark.parametrize(
    "sent",
    [
        [(4, b"5678")],
        [(0, b"1234"), (0, b"1234")],
        [(0, b"1234"), (2, b"34")],
        [(0, b"1234"), (5, b"6")],
        [(0, b"123456789")],
        [(0, b"1234"), (4, b"56789")],
    ],
    ids=["first missing", "twice", "overlap", "gap", "too long", "too many"],
)
def test_a_chunk_that_does_not_continue_is_rejected(sent: list[tuple[int, bytes]]) -> None:
    """Bad input: out of order, twice, missing, or more than declared."""
    transfer = Transfer(8)
    for offset, data in sent[:-1]:
        transfer.take(Chunk(1, offset, data))
    before = transfer.received
    offset, data = sent[-1]
    with pytest.raises(TransferRejected):
        transfer.take(Chunk(1, offset, data))
    assert transfer.received == before


def test_transfers_of_different_numbers_alternate() -> None:
    """Each counts its own bytes."""
    transfers = Transfers()
    transfers.open(1, FileForm(2))
    transfers.open(2, FileForm(1))
    transfers.take(Chunk(1, 0, b"a"))
    transfers.take(Chunk(2, 0, b"x"))
    assert (transfers.complete(1), transfers.complete(2)) == (False, True)
    transfers.take(Chunk(1, 1, b"b"))
    assert transfers.complete(1)


def test_a_closed_transfer_is_forgotten() -> None:
    """Its bytes count no more, and closing it twice is no mistake."""
    transfers = Transfers()
    transfers.open(1, FileForm(2))
    transfers.close(1)
    transfers.close(1)
    assert 1 not in transfers and not transfers.complete(1)
    assert (len(transfers), transfers.held) == (0, 0)


@pytest.mark.parametrize(
    ("held", "asked"), [([], 11), ([10], 6), ([1, 1], 1)], ids=["one too large", "too much", "too many"]
)
def test_uploads_have_limits(held: list[int], asked: int) -> None:
    """Security 11: of each, of all together, and of their number; what goes beyond opens nothing."""
    transfers = Transfers()
    for number, size in enumerate(held, start=1):
        transfers.open(number, FileForm(size), SMALL)
    with pytest.raises(TransferRejected):
        transfers.open(9, FileForm(asked), SMALL)
    assert 9 not in transfers and transfers.held == sum(held)


def test_a_picture_is_collected_from_raw_pixels() -> None:
    """The size and the format are those that were declared."""
    collector = Collector(PixelForm(Size(2, 1), SampleFormat.GRAY8))
    collector.take(Chunk(1, 0, b"a"))
    assert collector.share == 0.5
    collector.take(Chunk(1, 1, b"b"))
    assert collector.picture() == Picture(Size(2, 1), SampleFormat.GRAY8, b"ab")


def test_a_picture_with_bytes_missing_is_none() -> None:
    """Bad input: a transfer that was abandoned half-way gives nothing."""
    collector = Collector(PixelForm(Size(2, 1), SampleFormat.GRAY8))
    collector.take(Chunk(1, 0, b"a"))
    with pytest.raises(TransferRejected, match="1 of 2"):
        collector.picture()


def test_a_file_is_no_picture() -> None:
    """Its bytes are not pixels: they have to be decoded first."""
    collector = Collector(FileForm(1))
    collector.take(Chunk(1, 0, b"a"))
    with pytest.raises(TransferRejected, match="file"):
        collector.picture()
