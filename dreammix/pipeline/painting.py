"""Text to image with an inpainting model: everything is masked, and there is nothing to go on from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from dreammix.geometry import to_bytes, to_picture, whole_view
from dreammix.models.base import BaseModel
from dreammix.models.lora import LoraWeights
from dreammix.pipeline.bound import BoundModel
from dreammix.protocol import InsertSettings, Picture, Size, Stage
from dreammix.sampling import Finished, Noise, Views, local_global

PAINTING: Final = InsertSettings(local_share=1.0)
"""How pictures are painted: one stage, for there is no surrounding to be harmonised with."""
_GREY: Final = 128


def paint(
    model: BaseModel,
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    lora: LoraWeights | None = None,
    settings: InsertSettings = PAINTING,
    heed: Callable[[], object] = lambda: None,
) -> tuple[Picture, ...]:
    """Paint one picture of the model's native side for each prompt and seed, all in one batch.

    Args:
        model: what paints.
        prompts, seeds: as many of one as of the other, at least one.
        lora: what its U-Net wears meanwhile.
        settings: steps, guidance and solver are read here.
        heed: called after each step; what it raises ends the painting.

    Raises:
        NumericalFailure: the model gave NaN or infinity.
    """
    if len(prompts) != len(seeds):
        raise ValueError(f"{len(prompts)} prompts and {len(seeds)} seeds")
    side = Size(model.native_side, model.native_side)
    view = whole_view(side, model.native_side, model.multiple)
    bound = BoundModel(
        model=model,
        positive=dict.fromkeys(Stage, model.text.encode(prompts)),
        negative=model.text.encode([""] * len(prompts)),
        guidance=settings.guidance,
        outfit={} if lora is None else lora.layers,
    )
    nothing = np.full((side.height, side.width, 3), _GREY, np.uint8)
    everywhere = np.ones((side.height, side.width), np.float32)
    records = local_global(nothing, everywhere, Views(view, view), bound, settings, Noise(seeds))
    for record in records:
        if isinstance(record, Finished):
            return tuple(to_picture(to_bytes(picture)) for picture in record.pictures)
        heed()
    raise AssertionError("painting ends with a picture")
