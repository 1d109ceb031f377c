"""How each model is taught unless somebody says otherwise: as in the paper, or as its own sweep said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dreammix.protocol import RegularKind, TeachSettings

PAPERS: Final = TeachSettings()
USUAL: Final[Mapping[str, TeachSettings]] = {
    "sandbox": TeachSettings(
        steps=300,
        batch=4,
        rate=2e-3,
        regular=RegularKind.DESCRIBED,
        regular_pictures=24,
        regular_batch=2,
        samples=4,
    ),
}
"""By the model's name. A narrow network has to move further in each of its weights than SDXL."""


def usual_settings(model: str) -> TeachSettings:
    """The settings that a model of this name is taught with."""
    return USUAL.get(model, PAPERS)
