"""A glance at latents that costs nothing: a linear map to colours, fitted once for each model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class LatentPreview:
    """A linear map from a latent cell to its colour.

    Attributes:
        weight: (3, C).
        bias: (3,).
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, latents: Tensor) -> Tensor:
        """Scaled latents (N, C, h, w), from any device, to small pictures (N, 3, h, w) in [-1, 1]."""
        here = latents.to(self.weight)
        colours = torch.einsum("kc,nchw->nkhw", self.weight, here) + self.bias[:, None, None]
        return colours.clamp(-1, 1)
