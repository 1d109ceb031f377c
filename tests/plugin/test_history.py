"""What a picture remembers of its inserts: all that is needed to ask again, whatever else lies there."""

from __future__ import annotations

import base64
import json
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import AttributeKind, Box, InsertSettings, LoraUse, Picture, SampleFormat, Size
from dreammix.protocol.requests import MAX_SEED
from dreammix_krita.canvas import Background, Layer, Region
from dreammix_krita.flow.outcomes import MAX_OUTCOMES, Outcome
from dreammix_krita.flow.wish import Wish
from dreammix_krita.history import LOOK_PX, MAX_BYTES, PLACE, History
from tests.plugin.canvas.fake import FakeDocument, region

BOX = Box(10, 20, 8, 4)


def used(number: int = 0, *, words: str = "red, glass", selected: Region | None = None) -> Outcome:
    """A result that became a layer, as it is after Krita was started again."""
    wish = Wish(
        subject="pip",
        words=words,
        kept=frozenset({(AttributeKind.COLOUR, "brown"), (AttributeKind.SHAPE, "round")}),
        strength=0.5,
        background=Background.VISIBLE,
        variants=2,
        seed=number,
        settings=InsertSettings(steps=7, feather=3),
        loras=(LoraUse("ink", 0.5),),
    )
    return Outcome(
        id=f"result {number}",
        job="",
        name="Pip",
        wish=wish,
        region=selected or region(BOX, 128),
        box=Box(9, 19, 10, 6),
        picture=None,
        origin=Layer("{a}", "Background"),
        above=None,
        layer=Layer(f"{{{number}}}", "Pip: red, glass"),
    )


def test_what_was_kept_is_recalled_whole() -> None:
    """Subject, words, what stays, seed, settings, LoRAs, the soft mask and both layers; the newest first."""
    document, history = FakeDocument(), History()
    for number in range(3):
        history.keep(document, used(number))
    assert history.recall(document) == (used(2), used(1), used(0))


@given(words=st.text(max_size=400), seed=st.integers(0, MAX_SEED), mask=st.binary(min_size=32, max_size=32))
def test_whatever_was_asked_for_comes_back(words: str, seed: int, mask: bytes) -> None:
    """Any words in any writing, any seed, any mask."""
    selected = Region(BOX, Picture(BOX.size, SampleFormat.GRAY8, mask))
    outcome = used(seed, words=words, selected=selected)
    document, history = FakeDocument(), History()
    history.keep(document, outcome)
    assert history.recall(document) == (outcome,)


def test_a_new_picture_remembers_nothing() -> None:
    """And so does one that was closed."""
    assert History().recall(FakeDocument()) == ()
    assert History().recall(FakeDocument(is_open=False)) == ()


def damaged() -> dict[str, bytes]:
    """A line that was good, and what may have become of it."""
    document = FakeDocument()
    History().keep(document, used())
    line = document.annotations[PLACE].rstrip(b"\n")
    content = json.loads(line)
    bomb = base64.b64encode(zlib.compress(bytes(10_000_000))).decode()
    changed = {
        "newer": {"music": 1},
        "no number": {"seed": "1"},
        "out of range": {"strength": 7.0},
        "too many variants": {"variants": 99},
        "no steps": {"settings": {**content["settings"], "steps": 0}},
        "mask too short": {"mask": base64.b64encode(zlib.compress(b"1")).decode()},
        "mask not packed": {"mask": "AAAA"},
        "mask no base64": {"mask": "?"},
        "bomb": {"mask": bomb},
        "vast": {"selected": {"x": 0, "y": 0, "width": 1_000_000, "height": 1_000_000}},
        "hollow": {"selected": {"x": 0, "y": 0, "width": 0, "height": 4}},
        "look too large": {"look": {"size": {"width": LOOK_PX + 1, "height": 1}, "pixels": bomb}},
        "look a bomb": {"look": {"size": {"width": 2, "height": 2}, "pixels": bomb}},
    }
    return {
        "cut off": line[: len(line) // 2],
        "no text": b"\xff\xfe",
        "no object": b"[1]",
        "deep": b"[" * 100_000,
        "not a number": line.replace(b'"seed":0', b'"seed":NaN'),
        **{name: json.dumps(content | change).encode() for name, change in changed.items()},
    }


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_insert_is_passed_over_and_stays(name: str) -> None:
    """Those around it are recalled; and it is still there, byte for byte, when more is kept."""
    document, history, line = FakeDocument(), History(), damaged()[name]
    history.keep(document, used(1))
    document.annotations[PLACE] += line + b"\n"
    history.keep(document, used(2))
    assert history.recall(document) == (used(2), used(1))
    assert line in document.annotations[PLACE].split(b"\n")


def test_the_oldest_are_forgotten_when_it_is_full() -> None:
    """A picture's file does not grow without end."""
    document, history = FakeDocument(), History()
    noise = random.Random(0).randbytes(1024 * 1024)
    rough = Region(Box(0, 0, 1024, 1024), Picture(Box(0, 0, 1024, 1024).size, SampleFormat.GRAY8, noise))
    for number in range(4):
        history.keep(document, used(number, selected=rough))
    assert len(document.annotations[PLACE]) <= MAX_BYTES
    assert [outcome.id for outcome in history.recall(document)] == ["result 3", "result 2"]


def test_no_more_is_unpacked_than_is_shown() -> None:
    """Hundreds of inserts cost the memory of those that the docker keeps."""
    document, history = FakeDocument(), History()
    for number in range(MAX_OUTCOMES + 3):
        history.keep(document, used(number))
    found = history.recall(document)
    assert len(found) == MAX_OUTCOMES and found[0] == used(MAX_OUTCOMES + 2)


def test_it_keeps_what_the_result_looked_like() -> None:
    """As small as the docker shows it; the pixels themselves are the layer's."""
    document, history = FakeDocument(), History()
    little = Picture(Size(2, 1), SampleFormat.RGBA8, bytes((9, 8, 7, 255, 1, 2, 3, 100)))
    large = Picture(Size(10 * LOOK_PX, 5 * LOOK_PX), SampleFormat.RGBA8, bytes(200 * LOOK_PX**2))
    for number, picture in enumerate((little, large)):
        history.keep(document, replace(used(number), picture=picture, job="job 1"))
    second, first = history.recall(document)
    assert first == replace(used(0), picture=little)
    assert second.picture is not None and second.picture.size == Size(LOOK_PX, LOOK_PX // 2)
