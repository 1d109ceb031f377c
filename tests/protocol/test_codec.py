"""Codec: messages to text and bytes and back, and everything else to an error."""

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammix.protocol import DreamMixError, InvalidMessage, InvalidRequest, TransferRejected
from dreammix.protocol.codec import CHUNK_VERSION, HEADER, MAX_DIGITS, Unreadable, decode, encode
from dreammix.protocol.jobs import Happening
from dreammix.protocol.limits import MAX_CHUNK_BYTES, MAX_NUMBER, MAX_TEXT_BYTES
from dreammix.protocol.messages import (
    Answer,
    Ask,
    FromClient,
    FromServer,
    JobEvent,
    Reply,
    Request,
    Side,
    TextMessage,
)
from dreammix.protocol.payloads import Chunk
from dreammix.protocol.services import MAX_LISTED_MODELS, ModelInfo, Models, Ping
from dreammix.protocol.shapes import tag
from tests.protocol.strategies import IDS, values

NUMBERS = st.integers(1, MAX_NUMBER)
PING = '{"type":"request","number":1,"body":{"type":"ping"}}'


def both_ways(message: TextMessage) -> None:
    """Send a message and compare what arrives."""
    sender = Side.CLIENT if isinstance(message, FromClient) else Side.SERVER
    assert decode(encode(message), sender) == message


@pytest.mark.parametrize("kind", [*get_args(FromClient), *get_args(FromServer)], ids=tag)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_message_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    """Text out and in again gives an equal message."""
    both_ways(data.draw(values(kind)))


@pytest.mark.parametrize("kind", get_args(Ask), ids=tag)
@settings(max_examples=5, deadline=None)
@given(data=st.data(), number=NUMBERS)
def test_a_request_comes_back_as_it_was(kind: type, data: st.DataObject, number: int) -> None:
    """Whatever is asked."""
    both_ways(Request(number, data.draw(values(kind))))


@pytest.mark.parametrize("kind", get_args(Answer), ids=tag)
@settings(max_examples=5, deadline=None)
@given(data=st.data(), number=NUMBERS)
def test_an_answer_comes_back_as_it_was(kind: type, data: st.DataObject, number: int) -> None:
    """Whatever the answer."""
    both_ways(Reply(number, data.draw(values(kind))))


@pytest.mark.parametrize("kind", get_args(Happening), ids=tag)
@settings(max_examples=5, deadline=None)
@given(data=st.data(), job=IDS)
def test_an_event_comes_back_as_it_was(kind: type, data: st.DataObject, job: str) -> None:
    """Whatever happened."""
    both_ways(JobEvent(job, 1, data.draw(values(kind))))


@given(number=NUMBERS, offset=st.integers(0, 2**64 - 1), data=st.binary(min_size=1, max_size=99))
def test_a_chunk_comes_back_as_it_was(number: int, offset: int, data: bytes) -> None:
    """Bytes out and in again give an equal chunk, without a copy of its data."""
    back = decode(encode(Chunk(number, offset, data)), Side.CLIENT)
    assert isinstance(back, Chunk) and isinstance(back.data, memoryview)
    assert (back.number, back.offset, bytes(back.data)) == (number, offset, data)


@given(text=st.text())
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    """Security 12: and nothing else."""
    for sender in Side:
        with pytest.raises(DreamMixError):
            decode(text, sender)


@given(data=st.binary())
def test_any_bytes_are_a_chunk_or_an_error(data: bytes) -> None:
    """Security 12: and nothing else."""
    try:
        assert isinstance(decode(data, Side.CLIENT), Chunk)
    except DreamMixError:
        assert len(data) <= HEADER.size or data[0] != CHUNK_VERSION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"hello"',
        "{",
        PING + PING,
        PING.replace('"type":"request"', '"type":"request","type":"request"'),
        PING.replace('"type":"ping"', '"type":"ping","type":"ping"'),
        PING.replace("1", "NaN"),
        PING.replace("1", "-Infinity"),
        PING.replace("1", "1e999"),
        PING.replace("1", "9" * (MAX_DIGITS + 1)),
        PING.replace("1", "9" * 100_000),
        PING.replace("1", "0"),
        PING.replace("1", str(MAX_NUMBER + 1)),
        PING.replace("1", '"1"'),
        PING.replace("1", "true"),
        PING.replace("1", "1.0"),
        PING.replace("request", "reply"),
        PING.replace("request", "nothing"),
        PING.replace("request", "\\ud800"),
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"type":"hello","client":"a","version":"1","extra":0}',
        '{"type":"hello","client":"a"}',
    ],
    ids=range(25),
)
def test_what_is_no_message_is_an_invalid_message(text: str) -> None:
    """Security 12: unknown and double keys, NaN, depth, absurd numbers, wrong types, the other's words."""
    with pytest.raises(InvalidMessage):
        decode(text, Side.CLIENT)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"type":"ping","x":1}', InvalidMessage),
        ('{"type":"teleport"}', InvalidMessage),
        ("7", InvalidMessage),
        ('{"type":"get_subject","subject":"../pip"}', InvalidMessage),
        (
            '{"type":"insert","prompt":"","key":"k","scene":1,"mask":2,'
            '"window":{"x":0,"y":0,"width":0,"height":1}}',
            InvalidRequest,
        ),
    ],
)
def test_a_request_that_cannot_be_read_keeps_its_number(body: str, error: type[DreamMixError]) -> None:
    """Security 12, 23: it can be answered, so that one mistake, or a newer client, ends no connection."""
    message = decode(f'{{"type":"request","number":9,"body":{body}}}', Side.CLIENT)
    assert isinstance(message, Unreadable)
    assert message.number == 9 and type(message.error) is error


def test_a_server_makes_no_requests() -> None:
    """What looks like one is no message."""
    with pytest.raises(InvalidMessage):
        decode(PING, Side.SERVER)


def test_a_text_longer_than_allowed_is_rejected_at_both_ends() -> None:
    """Security 11: counted in bytes, and before it is parsed."""
    for text in ("x" * (MAX_TEXT_BYTES + 1), "é" * (MAX_TEXT_BYTES // 2 + 1)):
        with pytest.raises(InvalidMessage, match="too long"):
            decode(text, Side.CLIENT)
    model = ModelInfo(model="m" * 64, summary="😀" * 400, installed=True, loaded=True)
    assert len(encode(Reply(1, Models((model,) * MAX_LISTED_MODELS)))) < MAX_TEXT_BYTES


def test_text_is_written_as_it_reads() -> None:
    """Short, and in UTF-8, so that transcripts can be read."""
    assert encode(Request(1, Ping())) == PING
    assert json.loads(encode(Request(1, Ping()))) == json.loads(PING)


@pytest.mark.parametrize(
    "data",
    [b"", b"\1", HEADER.pack(CHUNK_VERSION + 1, 1, 0) + b"x", HEADER.pack(0, 1, 0) + b"x"],
)
def test_a_binary_message_without_its_header_is_an_invalid_message(data: bytes) -> None:
    """Security 12, 23: also one of another version."""
    with pytest.raises(InvalidMessage):
        decode(data, Side.CLIENT)


@pytest.mark.parametrize("size", [0, MAX_CHUNK_BYTES + 1])
def test_a_chunk_has_some_bytes_and_at_most_a_mebibyte(size: int) -> None:
    """Security 11: whoever sends more is not served."""
    with pytest.raises(TransferRejected):
        decode(HEADER.pack(CHUNK_VERSION, 1, 0) + bytes(size), Side.CLIENT)
