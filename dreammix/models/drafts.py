"""The LoRA by which a model paints in few steps, kept with the model once it was asked for."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from dreammix.models.base import BaseModel
from dreammix.models.registry import DRAFT_FILE, DRAFTS, named
from dreammix.models.stacked import StackedLora, read_stacked
from dreammix.protocol import ModelNotFound

_READ: Final[WeakKeyDictionary[BaseModel, StackedLora]] = WeakKeyDictionary()
"""What was read for models that are still in memory: reading it takes as long as some steps."""


def draft_lora(model: BaseModel) -> StackedLora:
    """What a model wears for drafts, as it was taught.

    Raises:
        ModelNotFound: it is not installed.
        InvalidRequest: it is damaged, or not made for this sort of model.
    """
    lora = _READ.get(model)
    if lora is None:
        known = named(DRAFTS)
        if not known.installed:
            raise ModelNotFound(
                "There are no drafts without their LoRA",
                f"{DRAFTS} is not installed; it is for SDXL and what was made of it",
                f"Get it: `dreammix models pull {DRAFTS}`, or turn drafts off",
            )
        lora = _READ[model] = read_stacked(known.folder / DRAFT_FILE, 1.0, model)
    return lora
