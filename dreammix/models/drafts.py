"""The LoRA by which a model paints in few steps, kept with the model once it was asked for."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from dreammix.models.base import BaseModel
from dreammix.models.placement import AWAY
from dreammix.models.registry import DRAFTS, draft_file
from dreammix.models.stacked import StackedLora, read_stacked
from dreammix.protocol import ModelNotFound

_READ: Final[WeakKeyDictionary[BaseModel, StackedLora]] = WeakKeyDictionary()
"""What was read for models that are still in memory: reading it takes as long as some steps. It waits in the
machine's memory, so that a card holds it only for inserts that wear it."""


def draft_lora(model: BaseModel) -> StackedLora:
    """What a model wears for drafts, as it was taught, where the model computes.

    Raises:
        ModelNotFound: it is not installed.
        InvalidRequest: it is damaged, or not made for this sort of model.
    """
    lora = _READ.get(model)
    if lora is None:
        file = draft_file()
        if file is None:
            raise ModelNotFound(
                "There are no drafts without their LoRA",
                f"{DRAFTS} is not installed; it is for SDXL and what was made of it",
                f"Get it: `dreammix models pull {DRAFTS}`, or turn drafts off",
            )
        lora = _READ[model] = read_stacked(file, 1.0, model).to(AWAY)
    return lora.to(model.device)
