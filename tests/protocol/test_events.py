"""Events: a report that contradicts itself cannot be made."""

from dataclasses import replace
from typing import Any

import pytest

from dreammix.protocol import (
    Box,
    InvalidEvent,
    Picture,
    Preview,
    Progress,
    Result,
    SampleFormat,
    Size,
    Stage,
)
from dreammix.protocol.requests import MAX_SEED

RGBA = Picture(Size(2, 1), SampleFormat.RGBA8, bytes(8))
GRAY = Picture(Size(2, 1), SampleFormat.GRAY8, bytes(2))
PROGRESS = Progress(Stage.LOCAL, 1, 21, None)
PREVIEW = Preview(stage=Stage.LOCAL, step=1, variant=0, box=Box(-3, 4, 50, 60), picture=RGBA)
RESULT = Result(variant=0, seed=0, box=Box(7, 8, 2, 1), layer=RGBA)


def test_the_artist_reads_the_stage() -> None:
    """A stage prints as words."""
    assert f"{Stage.LOCAL} 12/21, {Stage.GLOBAL} 3/9" == "local content 12/21, global harmonisation 3/9"


@pytest.mark.parametrize("change", [{"step": 21}, {"seconds_left": 0}, {"seconds_left": 3.5}])
def test_possible_progress_passes(change: dict[str, Any]) -> None:
    """The last step, and any time left."""
    replace(PROGRESS, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "local content"},
        {"step": 0},
        {"step": 22},
        {"steps": 0},
        {"seconds_left": -1},
        {"seconds_left": float("nan")},
    ],
)
def test_impossible_progress_is_refused(change: dict[str, Any]) -> None:
    """No step 0, none after the last, no time that is no time."""
    with pytest.raises(InvalidEvent):
        replace(PROGRESS, **change)


@pytest.mark.parametrize(
    "change",
    [{"stage": None}, {"step": 0}, {"variant": -1}, {"box": None}, {"picture": None}, {"picture": GRAY}],
)
def test_an_impossible_preview_is_refused(change: dict[str, Any]) -> None:
    """It has a stage, a step, a variant, a place, and colours."""
    with pytest.raises(InvalidEvent):
        replace(PREVIEW, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"variant": -1},
        {"seed": -1},
        {"seed": MAX_SEED + 1},
        {"box": None},
        {"box": Box(7, 8, 1, 2)},
        {"layer": None},
        {"layer": GRAY},
    ],
)
def test_an_impossible_result_is_refused(change: dict[str, Any]) -> None:
    """It has a variant, a seed, and a layer of its place's size."""
    with pytest.raises(InvalidEvent):
        replace(RESULT, **change)
