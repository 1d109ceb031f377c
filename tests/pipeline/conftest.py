"""A loaded pipeline, and small requests for it."""

from pathlib import Path

import numpy as np
import pytest

from dreammix.geometry import Bytes, to_picture
from dreammix.pipeline import Pipeline, load
from dreammix.protocol import InsertRequest, InsertSettings


@pytest.fixture(scope="session")
def pipeline(tiny_model: Path) -> Pipeline:
    """The tiny model, ready to insert."""
    return load(tiny_model)


@pytest.fixture
def scene() -> Bytes:
    """(48, 64, 4) of noise, opaque."""
    rgb = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    return np.dstack([rgb, np.full((48, 64), 255, np.uint8)])


@pytest.fixture
def mask() -> Bytes:
    """(48, 64) with a box of 20 x 16 in the middle."""
    mask = np.zeros((48, 64), np.uint8)
    mask[16:32, 22:42] = 255
    return mask


@pytest.fixture
def request_(scene: Bytes, mask: Bytes) -> InsertRequest:
    """A quick request: four steps, two of each stage; everything that was painted is kept."""
    return InsertRequest(
        scene=to_picture(scene),
        mask=to_picture(mask),
        prompt="red",
        seed=7,
        settings=InsertSettings(steps=4, local_share=0.5, feather=2, matte=0),
    )
