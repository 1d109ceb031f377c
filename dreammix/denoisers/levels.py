"""The noise levels that a network was trained on: sigma to timestep and back."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor


class NoiseLevels:
    """The table of a model's training noise, smallest first.

    Args:
        alphas_cumprod: (T,), falling, within (0, 1): `alphas_cumprod` of the model's diffusers scheduler.
    """

    def __init__(self, alphas_cumprod: Tensor) -> None:
        if alphas_cumprod.ndim != 1 or len(alphas_cumprod) < 2:
            raise ValueError(f"expected at least 2 levels in one row, got {tuple(alphas_cumprod.shape)}")
        self._alphas_cumprod = alphas_cumprod.detach().to("cpu", torch.float64)
        self.sigmas = ((1 - self._alphas_cumprod) / self._alphas_cumprod).sqrt()
        """(T,) fp64, rising: the standard deviation of the noise on clean latents at each timestep."""
        self._logs = self.sigmas.log()

    @property
    def smallest(self) -> float:
        """sigma of timestep 0."""
        return float(self.sigmas[0])

    @property
    def largest(self) -> float:
        """sigma of timestep T - 1."""
        return float(self.sigmas[-1])

    @cached_property
    def betas(self) -> list[float]:
        """T numbers: the `trained_betas` from which a diffusers scheduler builds this same table."""
        kept = self._alphas_cumprod
        return [float(beta) for beta in 1 - torch.cat([kept[:1], kept[1:] / kept[:-1]])]

    def timestep(self, sigma: Tensor) -> Tensor:
        """The timestep of a noise level, in [0, T - 1], by interpolation that is linear in log(sigma).

        Args:
            sigma: any shape, above 0; what lies outside the table gets its first or last timestep.

        Returns:
            fp32 of sigma's shape, on its device.
        """
        table = self._logs
        wanted = sigma.detach().to("cpu", torch.float64).log().clamp(table[0], table[-1])
        above = torch.searchsorted(table, wanted).clamp(min=1)
        low, high = table[above - 1], table[above]
        return (above - 1 + (wanted - low) / (high - low)).to(sigma.device, torch.float32)
