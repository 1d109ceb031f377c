"""DreamMix: insert an object of your words into a region of a picture.

    pipeline = dreammix.load("sandbox")
    for event in pipeline.insert(dreammix.InsertRequest(scene=..., mask=..., prompt="a red mug")):
        ...

Importing this loads no torch; `load` and `composite` do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dreammix.protocol import (
    DreamMixError,
    Event,
    Harmonisation,
    InsertRequest,
    InsertSettings,
    Picture,
    Preview,
    Progress,
    Result,
    Solver,
    SubjectUse,
)

if TYPE_CHECKING:
    from dreammix.pipeline import Pipeline
    from dreammix.protocol import Profile

__all__ = [
    "DreamMixError",
    "Event",
    "Harmonisation",
    "InsertRequest",
    "InsertSettings",
    "Picture",
    "Preview",
    "Progress",
    "Result",
    "Solver",
    "SubjectUse",
    "composite",
    "load",
]


def load(model: str | Path = "sandbox", *, device: str = "cpu", profile: Profile | None = None) -> Pipeline:
    """Load a known model, a model's folder or a single file.

    Args:
        model: its name or place.
        device: what computes, as torch names it; "auto" is the card with most free memory.
        profile: how it lies in the device's memory; None: the first that has room.

    Raises InvalidRequest, ModelNotFound, ModelUnsuitable, ModelDamaged.
    """
    from dreammix.pipeline import load as load_pipeline

    return load_pipeline(model, device=device, profile=profile)


def composite(scene: Picture, shown: Preview | Result) -> Picture:
    """The scene with a preview or a result over it."""
    from dreammix.pipeline import composite as over

    return over(scene, shown)
