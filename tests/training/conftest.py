"""A small model, and a small lesson for it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from dreammix.geometry import to_picture
from dreammix.models.base import BaseModel, load
from dreammix.protocol import TeachSettings
from dreammix.training import Example, Lesson

QUICK = TeachSettings(steps=4, batch=2, rate=1e-2, rank=2, regular_pictures=2, regular_batch=1, samples=0)
"""Settings for a model of a few thousand weights."""


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Tensors this small gain nothing from threads, which a busy machine makes wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def small_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pairs of picture and mask."""
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 4)


@pytest.fixture(scope="session")
def model(tiny_model: Path) -> BaseModel:
    """The tiny model; whoever teaches it leaves it as it was."""
    return load(tiny_model)


def example(seed: int, prompt: str, *, size: tuple[int, int] = (48, 40)) -> Example:
    """Noise of some (width, height) with a box in the middle as its thing."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
    return Example(to_picture(pixels), to_picture(mask), prompt)


@pytest.fixture
def lesson() -> Lesson:
    """Two pictures of the subject, of different sizes, and a regular one."""
    return Lesson(
        (example(1, "a q red"), example(2, "a q red", size=(40, 64))),
        (example(3, "a q red dot", size=(32, 32)),),
    )
