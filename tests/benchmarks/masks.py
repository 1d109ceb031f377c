"""Measures the segmenter without weights on rendered scenes: `python -m tests.benchmarks.masks`.

One object a scene, 35 to 70 % of the picture's side, on any ground, at 256 x 256: around the middle, as an
artist photographs a thing to teach it, and anywhere. Prints the intersection over union of what is found with
what the renderer covered; a scene in which nothing is found counts as 0. Minutes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from dreammix.geometry import to_array, to_bytes, to_picture
from dreammix.protocol import InvalidSubject
from dreammix.sandbox.world import Rendering, render, sample_scene
from dreammix.segmentation import OfflineSegmenter

SCENES: Final = 100
SIDE_PX: Final = 256
OBJECT: Final = (0.35, 0.7)
"""Of the side."""
OFF_CENTRE: Final = 0.08
"""How far a centred object may stand from the middle, in sides."""


def scene(rng: np.random.Generator, centred: bool) -> Rendering:
    """A rendered scene with one object."""
    drawn = sample_scene(rng, side=OBJECT, others=0.0)
    if centred:
        x, y = rng.uniform(0.5 - OFF_CENTRE, 0.5 + OFF_CENTRE, 2)
        drawn = replace(drawn, placed=(replace(drawn.placed[-1], x=float(x), y=float(y)),))
    return render(drawn, SIDE_PX, SIDE_PX)


def overlap(rendering: Rendering) -> float:
    """Intersection over union of the mask that is found with the object's coverage."""
    truth = rendering.coverages[-1] > 0.5
    try:
        mask = OfflineSegmenter().segment(to_picture(to_bytes(rendering.picture)), "thing")
    except InvalidSubject:
        return 0.0
    found = to_array(mask) > 0
    return float((found & truth).sum() / (found | truth).sum())


def measure(centred: bool) -> str:
    """One line of the table."""
    rng = np.random.default_rng(7)
    values = np.array([overlap(scene(rng, centred)) for _ in range(SCENES)])
    name = "around the middle" if centred else "anywhere"
    return (
        f"{name:<18} {values.mean():8.3f} {np.median(values):8.3f} {np.mean(values > 0.8):8.0%}"
        f" {np.mean(values < 0.5):8.0%} {np.mean(values == 0):8.0%}"
    )


if __name__ == "__main__":
    print(f"{SCENES} scenes each         mean   median    > 0.8    < 0.5  nothing")
    for centred in (True, False):
        print(measure(centred), flush=True)
