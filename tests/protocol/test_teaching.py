"""Teaching's requests and reports: what they refuse."""

from typing import Any

import pytest

from dreammix.protocol import InvalidEvent, InvalidRequest, Picture, SampleFormat, Size
from dreammix.protocol.teaching import (
    Mixing,
    RegularKind,
    Taught,
    TeachProgress,
    TeachRequest,
    TeachSample,
    TeachSettings,
    TeachStage,
)

PICTURE = Picture(Size(1, 1), SampleFormat.RGBA8, bytes(4))


def test_the_usual_settings_are_the_papers() -> None:
    """Rank 4, Adam's rate 1e-4, tau 1.5 and 0.7, beta 0.4, a joint loss."""
    usual = TeachSettings()
    assert (usual.rank, usual.rate) == (4, 1e-4)
    assert (usual.inside, usual.outside, usual.squared) == (1.5, 0.7, False)
    assert (usual.regular_weight, usual.mixing, usual.regular) == (0.4, Mixing.JOINT, RegularKind.ATTRIBUTES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 1.5},
        {"batch": 0},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"rank": 0},
        {"inside": -1.0},
        {"outside": float("inf")},
        {"squared": 1},
        {"crops": 1.1},
        {"regular": "class"},
        {"regular_pictures": -1},
        {"regular_batch": 0},
        {"regular_weight": -0.1},
        {"mixing": "joint"},
        {"regular_share": 2.0},
        {"samples": -1},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    """Each setting has a range and a type."""
    with pytest.raises(InvalidRequest):
        TeachSettings(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"subject": ""}, {"subject": "pip", "seed": -1}, {"subject": "pip", "settings": 1}]
)
def test_impossible_requests_are_refused(wrong: dict[str, Any]) -> None:
    """A request names a subject, a seed, and settings or none."""
    with pytest.raises(InvalidRequest):
        TeachRequest(**wrong)


def test_reports_that_contradict_themselves_are_refused() -> None:
    """No step beyond the last, no loss below zero, no version zero, no picture that is none."""
    with pytest.raises(InvalidEvent):
        TeachProgress(stage=TeachStage.TEACHING, step=3, steps=2)
    with pytest.raises(InvalidEvent):
        TeachProgress(stage=TeachStage.TEACHING, step=1, steps=2, loss=-1.0)
    with pytest.raises(InvalidEvent):
        Taught(subject="pip", version=0, loss=0.1)
    wrong: Any = b"no picture"
    with pytest.raises(InvalidEvent):
        TeachSample(1, wrong)
    assert TeachSample(1, PICTURE).picture is PICTURE
