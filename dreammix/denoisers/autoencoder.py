"""The autoencoder between pictures and latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """A diffusers autoencoder that takes and gives fp32, in the scale of the denoisers.

    It runs in its own precision, and draws nothing: a picture's latent is the mean of its distribution. One
    that overflows in fp16, as SDXL's own does unless it was mended for that, is fp32 from then on.

    Attributes:
        vae: what encodes and decodes.
        device: where it computes; None: where its weights are.
    """

    vae: AutoencoderKL
    device: torch.device | None = None

    @property
    def scale(self) -> int:
        """Model pixels that one latent cell is wide and high."""
        halvings = len(self.vae.config["block_out_channels"]) - 1
        return 1 << halvings

    def encode(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1], sides multiples of `scale`, to scaled latents (N, C, H/scale, W/scale).

        Pictures may come from anywhere; the latents are on the device.
        """
        there = self.device or self.vae.device
        latents = self._finite(lambda: self.vae.encode(pictures.to(there, self.vae.dtype)).latent_dist.mode())
        return latents.to(pictures.dtype) * self._factor

    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents (N, C, h, w) to pictures (N, 3, h * scale, w * scale), about [-1, 1]."""
        pictures = self._finite(lambda: self.vae.decode((latents / self._factor).to(self.vae.dtype)).sample)
        return pictures.to(latents.dtype)

    def _finite(self, work: Callable[[], Tensor]) -> Tensor:
        said = work()
        if said.dtype is torch.float16 and not bool(torch.isfinite(said).all()):
            self.vae.float()
            said = work()
        return said

    @property
    def _factor(self) -> float:
        return float(self.vae.config["scaling_factor"])
