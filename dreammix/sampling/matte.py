"""The matte of what was painted: where the words change what the model expects, and nowhere else.

Both sides of the guidance are computed at every step; where they agree, the words have nothing to say and the
scene may stay as it is. Couairon et al. 2022 (DiffEdit, Sec. 3.2) find what an edit concerns in this way.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dreammix.geometry import Units, View, fit
from dreammix.protocol import Box

STRONG_SHARE: Final = 0.95
"""The quantile of the change, among the cells that may be painted, that is taken for the thing's own."""
OUTSIDE: Final = 0.2
"""Share of that change up to which a cell is ground."""
INSIDE: Final = 0.4
"""Share of that change from which on a cell is the thing's."""
GAP_CELLS: Final = 5
"""Width of the gaps in the change, in latent cells, that are the thing's as what surrounds them."""


class Matte:
    """Gathers what the words change over the steps of one stage.

    Args:
        view: what the stage sees.
        editable: (1, 1, h, w), 1 in the latent cells that the model may paint.
        variants: N, the rows of its latents.
    """

    def __init__(self, view: View, editable: Tensor, variants: int) -> None:
        self._view = view
        self._editable = editable > 0
        self._change = torch.zeros(variants, *editable.shape[1:])

    def watch(self, change: Tensor) -> None:
        """Take in one step's change of the expected clean latents, (N, C, h, w)."""
        self._change += change.abs().mean(dim=1, keepdim=True).cpu()

    def alpha(self, box: Box) -> Units:
        """How much of each pixel of a box of the canvas, inside of the view, the thing covers.

        Returns:
            (N, box.height, box.width) in [0, 1]; 1 everywhere where the words changed nothing.
        """
        change = self._change * self._editable
        strong = change[:, self._editable[0]].quantile(STRONG_SHARE, dim=1).view(-1, 1, 1, 1)
        # Means over the editable neighbours: a region of one cell is no weaker for what surrounds it.
        known = F.avg_pool2d(self._editable.float(), 3, 1, 1).clamp(min=1e-6)
        share = _closed(F.avg_pool2d(change, 3, 1, 1) / known / strong.clamp(min=1e-12))
        ramp = ((share - OUTSIDE) / (INSIDE - OUTSIDE)).clamp(0, 1)
        cells = torch.where(strong > 0, ramp, 1.0)
        inside = box.translate(-self._view.box.x, -self._view.box.y)
        return np.stack([fit(row.numpy(), self._view.box.size, inside) for row in cells[:, 0]])


def _closed(share: Tensor) -> Tensor:
    """The morphological closing over squares of `GAP_CELLS`."""
    reach = GAP_CELLS // 2
    return -F.max_pool2d(-F.max_pool2d(share, GAP_CELLS, 1, reach), GAP_CELLS, 1, reach)
