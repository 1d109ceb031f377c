"""What the sampler reports on its way: frozen, in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dreammix.protocol import Box, Stage


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Step:
    """One denoising step is done.

    Attributes:
        stage: the stage that it belongs to.
        step: steps done in this stage, 1 to `steps`.
        steps: all steps of this stage.
        box: what the latents show, on the canvas.
        predicted: (N, C, h, w), the clean latents that the model expects by now, one row a variant.
    """

    stage: Stage
    step: int
    steps: int
    box: Box
    predicted: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """LCG is done and GCH is next: the pixels that were pasted into the scene, x^G inside the mask.

    Attributes:
        box: the mask's box on the canvas.
        pictures: (N, box.height, box.width, 3) in [0, 1], unblended.
        shares: (N, box.height, box.width) in [0, 1]: how much of each pixel is painted, see `Matte`.
    """

    box: Box
    pictures: NDArray[np.float32]
    shares: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The last record: the generated pixels.

    Attributes:
        box: the mask's box on the canvas.
        pictures: (N, box.height, box.width, 3) in [0, 1], unblended.
        shares: (N, box.height, box.width) in [0, 1]: how much of each pixel is painted, see `Matte`.
    """

    box: Box
    pictures: NDArray[np.float32]
    shares: NDArray[np.float32]


Record: TypeAlias = Step | Pasted | Finished
"""Everything that the sampler reports."""
