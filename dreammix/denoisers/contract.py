"""The contract between a base model and the sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Denoiser(Protocol):
    """A model with everything bound that it is told: words, guidance, and the picture around the region."""

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Estimate the clean latents.

        Args:
            x: (N, C, h, w) fp32, clean latents + sigma * unit noise.
            sigma: scalar, the standard deviation of that noise, above 0.

        Returns:
            (N, C, h, w) fp32: the expected clean latents.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Inpainting:
    """What an inpainting model is told about the picture that it continues.

    Attributes:
        mask: (1, 1, h, w), 1 in the latent cells that it is to fill, 0 in those that it knows.
        masked_latent: (1, C, h, w), the scaled latent of the picture with the pixels to fill made grey.
    """

    mask: Tensor
    masked_latent: Tensor

    def __post_init__(self) -> None:
        channels, sides = self.masked_latent.shape[1], self.masked_latent.shape[2:]
        if self.mask.shape != (1, 1, *sides) or self.masked_latent.shape != (1, channels, *sides):
            raise ValueError(
                f"expected a mask (1, 1, h, w) and a latent (1, C, h, w), "
                f"got {tuple(self.mask.shape)} and {tuple(self.masked_latent.shape)}"
            )

    def channels(self) -> Tensor:
        """(1, 1 + C, h, w): the mask first, then the latent, as heads and 9-channel models read."""
        return torch.cat([self.mask, self.masked_latent], dim=1)
