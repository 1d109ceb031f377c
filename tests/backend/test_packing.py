"""Values and pictures as bytes: what was packed is read, anything else is refused."""

import io
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Picture, SampleFormat, Size
from dreammix_backend.packing import MAX_JSON_BYTES, Frame, Unreadable, pack, read
from dreammix_backend.workers.messages import Loaded, Pause, Perform, Stop, ToWorker
from tests.small_tools import painted

MESSAGES = st.sampled_from([Perform("a1", "/jobs/a1"), Stop("a1"), Pause("b2")])
PICTURES = st.builds(
    lambda width, height, format: Picture(
        Size(width, height), format, bytes(width * height * format.bytes_per_pixel)
    ),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from(SampleFormat),
)


def packed(value: Any, *pictures: Picture, hint: Any = ToWorker) -> bytes:
    """The bytes of a value."""
    return b"".join(pack(hint, value, *pictures))


def framed(head: object) -> bytes:
    """JSON as it would be sent."""
    text = json.dumps(head).encode()
    return struct.pack(">I", len(text)) + text


@given(st.lists(st.tuples(MESSAGES, st.lists(PICTURES, max_size=3)), max_size=4))
def test_what_was_packed_is_read(values: list[tuple[Any, list[Picture]]]) -> None:
    """Values come out of a stream as they were put in, one after the other, with their pictures."""
    stream = io.BytesIO(b"".join(packed(value, *pictures) for value, pictures in values))
    assert [read(ToWorker, stream) for _ in values] == [(value, tuple(some)) for value, some in values]


@given(MESSAGES, st.lists(PICTURES, max_size=2), st.data())
def test_a_cut_stream_is_no_value(value: Any, pictures: list[Picture], data: st.DataObject) -> None:
    """Wherever it ends early, that is said."""
    whole = packed(value, *pictures)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(Unreadable, match="early"):
        read(ToWorker, io.BytesIO(whole[:cut]))


@given(st.binary(max_size=200))
def test_noise_is_a_value_or_unreadable(noise: bytes) -> None:
    """Bytes from anywhere raise nothing else."""
    with pytest.raises(Unreadable):
        read(ToWorker, io.BytesIO(noise))


@pytest.mark.parametrize(
    "head",
    [
        [],
        {},
        {"value": {"type": "stop", "job": "a1"}},
        {"value": {"type": "stop", "job": "../a1"}, "pictures": []},
        {"value": {"type": "stop", "job": 1}, "pictures": []},
        {"value": {"type": "ready"}, "pictures": []},
        {"value": {"type": "stop", "job": "a1", "more": 1}, "pictures": []},
        {"value": {"type": "stop", "job": "a1"}, "pictures": [{"size": [1, 1]}]},
        {
            "value": {"type": "stop", "job": "a1"},
            "pictures": [{"size": {"width": 10**6, "height": 10**6}, "format": "rgba8"}],
        },
    ],
)
def test_other_json_is_refused(head: object) -> None:
    """Other messages, other fields, impossible pictures: nothing is guessed, nothing is allocated."""
    with pytest.raises(Unreadable, match="makes no sense"):
        read(ToWorker, io.BytesIO(framed(head)))


def test_a_length_is_judged_before_it_is_read() -> None:
    """Who declares gigabytes of JSON is refused by the first four bytes."""
    frame = Frame(ToWorker)
    with pytest.raises(Unreadable, match=str(MAX_JSON_BYTES + 1)):
        frame.feed(struct.pack(">I", MAX_JSON_BYTES + 1))


def test_pixels_are_not_copied() -> None:
    """A large picture is written from where it lies."""
    picture = painted(1)
    assert pack(Loaded, Loaded("sandbox", "cpu"), picture)[1] is picture.data
