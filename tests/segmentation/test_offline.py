"""Finding without weights: a thing before a ground, and nothing where nothing is."""

import numpy as np
import pytest

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidSubject
from dreammix.sandbox.world import GroundKind, render, sample_scene
from dreammix.segmentation import OfflineSegmenter


def disc(height: int, width: int) -> np.ndarray:
    """A disc (H, W) in the middle, half as wide as the shorter side."""
    y, x = np.mgrid[:height, :width]
    radius = min(height, width) / 4
    inside = (y + 0.5 - height / 2) ** 2 + (x + 0.5 - width / 2) ** 2 < radius**2
    return np.asarray(inside)


def scene(height: int, width: int) -> np.ndarray:
    """A red disc on a grey, slightly rough ground: (H, W, 3), bytes."""
    picture = np.random.default_rng(0).normal(150, 6, (height, width, 3))
    picture[disc(height, width)] = (200, 30, 40)
    return np.clip(picture, 0, 255).astype(np.uint8)


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((mask & truth).sum() / (mask | truth).sum())


@pytest.mark.parametrize(("height", "width"), [(200, 200), (64, 64), (90, 300), (480, 320)])
def test_a_thing_on_a_plain_ground_is_found(height: int, width: int) -> None:
    """Whatever the picture's size and sides, the mask has that size and is the thing to within its edge."""
    mask = to_array(OfflineSegmenter().segment(to_picture(scene(height, width)), "ball"))
    assert mask.shape == (height, width)
    assert set(np.unique(mask)) == {0, 255}
    assert overlap(mask > 0, disc(height, width)) > 0.9


def test_a_shadow_is_ground() -> None:
    """A darker patch of the same ground beneath the thing is left out."""
    picture = scene(200, 200)
    shadow = np.zeros((200, 200), bool)
    shadow[150:165, 60:140] = True
    picture[shadow] = (picture[shadow] * 0.7).astype(np.uint8)
    mask = to_array(OfflineSegmenter().segment(to_picture(picture), "ball")) > 0
    assert not mask[shadow].any()


def test_objects_of_the_world_are_found() -> None:
    """Rendered objects on grounds of every named kind are mostly found; the benchmark has the exact share."""
    rng = np.random.default_rng(11)
    found = []
    for kind in (GroundKind.WOOD, GroundKind.GRASS, GroundKind.SNOW, GroundKind.SKY):
        rendering = render(sample_scene(rng, side=(0.5, 0.7), kinds=(kind,), others=0.0), 128, 128)
        picture = to_picture((np.clip(rendering.picture, 0, 1) * 255).astype(np.uint8))
        mask = to_array(OfflineSegmenter().segment(picture, "thing")) > 0
        found.append(overlap(mask, rendering.coverages[-1] > 0.5))
    assert np.median(found) > 0.8


def test_the_same_picture_gives_the_same_mask() -> None:
    """No chance is left in the result."""
    picture = to_picture(scene(100, 100))
    assert OfflineSegmenter().segment(picture, "ball") == OfflineSegmenter().segment(picture, "ball")


@pytest.mark.parametrize(
    "picture",
    [
        np.full((64, 64, 3), 120, np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8),
        np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 4, (64, 1, 3)),
        np.full((3, 200, 3), 9, np.uint8),
        *(np.full((side, side, 3), 9, np.uint8) for side in range(1, 20)),
    ],
)
def test_a_picture_of_nothing_has_no_subject(picture: np.ndarray) -> None:
    """A picture that is all ground is refused with a way out."""
    with pytest.raises(InvalidSubject, match=r"No mug was found.*selection"):
        OfflineSegmenter().segment(to_picture(picture), "mug")
