"""How a worker's model lies in memory: small after memory ran out, and whole again for a lesson."""

import weakref
from pathlib import Path

import pytest

from dreammix.models.base import BaseModel, load
from dreammix.protocol import (
    InsertRequest,
    InsertSettings,
    Picture,
    Profile,
    Result,
    SampleFormat,
    Size,
    SubjectNotFound,
    TeachRequest,
)
from dreammix_backend.worker.tools import ModelTools

SCENE = Size(40, 32)
REQUEST = InsertRequest(
    scene=Picture(SCENE, SampleFormat.RGBA8, bytes([120, 80, 200, 255]) * SCENE.area),
    mask=Picture(SCENE, SampleFormat.GRAY8, b"\xff" * SCENE.area),
    prompt="red",
    settings=InsertSettings(steps=2, local_share=0.5),
)


class Opener:
    """Loads a model whenever it is asked to, and remembers how; never while the one before is still there."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._last: weakref.ref[object] | None = None
        self.asked: list[Profile | None] = []

    def __call__(self, profile: Profile | None) -> BaseModel:
        assert self._last is None or self._last() is None, "two models are in memory"
        self.asked.append(profile)
        model = load(self._place, profile=profile)
        self._last = weakref.ref(model.unet)
        return model


def painted(tools: ModelTools) -> list[Result]:
    """What an insert gives."""
    return [each for each in tools.insert(REQUEST, "default", lambda: False) if isinstance(each, Result)]


def test_a_small_model_takes_the_place_of_the_large_one(tmp_path: Path, tiny_model: Path) -> None:
    """Shrunk, it paints on in the smallest profile, and is loaded no second time; a lesson has it whole."""
    opener = Opener(tiny_model)
    tools = ModelTools(opener, tmp_path)
    assert len(painted(tools)) == 1
    tools.shrink()
    assert len(painted(tools)) == 1
    tools.shrink()
    assert len(painted(tools)) == 1
    assert opener.asked == [None, Profile.TILED]
    with pytest.raises(SubjectNotFound):
        list(tools.teach(TeachRequest(subject="0" * 16), "default", lambda: False, lambda: False))
    assert opener.asked == [None, Profile.TILED, None]
