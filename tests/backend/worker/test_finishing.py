"""A lesson that is enough for the artist, with a tiny model: what was learned by then is what is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dreammix.attributes import COMMON
from dreammix.attributes.zero_shot import sentence
from dreammix.files import png
from dreammix.geometry import to_picture
from dreammix.models.base import load
from dreammix.protocol import (
    Cancelled,
    Picture,
    RegularKind,
    Taught,
    TeachProgress,
    TeachRequest,
    TeachSettings,
)
from dreammix.segmentation import OfflineSegmenter
from dreammix.subjects import Library, NewPicture
from dreammix_backend.worker.tools import ModelTools

LONG = TeachSettings(steps=1000, rank=2, regular_pictures=0, samples=0)


@pytest.fixture(autouse=True)
def small_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few pairs of picture and mask, and one thread."""
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An artist's, with one subject of one picture."""
    library = Library(tmp_path, "default")
    pixels = np.random.default_rng(1).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    picture = to_picture(np.dstack([pixels, np.full((40, 48), 255, np.uint8)]))
    mask = np.zeros((40, 48), np.uint8)
    mask[5:30, 5:30] = 255
    library.create("Pip", "mug", (), [NewPicture(png(picture), png(to_picture(mask)))])
    return library


def test_what_was_learned_by_then_is_the_version(tmp_path: Path, library: Library, tiny_model: Path) -> None:
    """Three steps of a thousand, then enough: a version of three steps."""
    (subject,) = library.list()
    steps: list[int] = []
    taught: list[Taught] = []
    tools = ModelTools(lambda _: load(tiny_model), tmp_path)
    request = TeachRequest(subject=subject.id, settings=LONG)
    for event in tools.teach(request, "default", lambda: False, lambda: len(steps) >= 3):
        match event:
            case TeachProgress():
                steps.append(event.step)
            case Taught():
                taught.append(event)
    assert steps == [1, 2, 3]
    assert [event.version for event in taught] == [1]
    assert library.get(subject.id).loras[0].steps == 3


def test_a_lesson_is_described_by_the_models_own_clip(
    tmp_path: Path, library: Library, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is to be taught with descriptions gets the CLIP of its name, and its words for it."""
    (subject,) = library.list()
    asked: list[str] = []

    def sight(pictures: Sequence[Picture], sentences: Sequence[str]) -> list[list[float]]:
        asked.extend(sentences)
        return [[0.0] * len(sentences)] * len(pictures)

    def middle(self: object, picture: Picture, class_word: str) -> Picture:
        return to_picture(np.pad(np.full((16, 16), 255, np.uint8), 8))

    monkeypatch.setattr("dreammix_backend.worker.tools.sight_of", {"tiny": sight}.get)
    monkeypatch.setattr(OfflineSegmenter, "segment", middle)
    settings = replace(LONG, steps=1, regular=RegularKind.DESCRIBED, regular_pictures=1)
    tools = ModelTools(lambda _: load(tiny_model), tmp_path)
    request = TeachRequest(subject=subject.id, settings=settings)
    for _ in tools.teach(request, "default", lambda: False, lambda: False):
        pass
    assert {sentence(word) for word in COMMON} <= set(asked)


def test_cancel_is_the_stronger_word(tmp_path: Path, library: Library, tiny_model: Path) -> None:
    """Who cancels after that wants nothing kept as a version."""
    (subject,) = library.list()
    steps: list[int] = []
    tools = ModelTools(lambda _: load(tiny_model), tmp_path)
    request = TeachRequest(subject=subject.id, settings=LONG)
    with pytest.raises(Cancelled):
        for event in tools.teach(request, "default", lambda: len(steps) >= 2, lambda: len(steps) >= 2):
            if isinstance(event, TeachProgress):
                steps.append(event.step)
    assert library.get(subject.id).loras == ()
