"""What the sampler needs of a base model."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from dreammix.denoisers import Denoiser, Inpainting, NoiseLevels, Watch
from dreammix.protocol import Size, Stage


class PictureEncoder(Protocol):
    """How pictures become latents."""

    @property
    def scale(self) -> int:
        """Model pixels that one latent cell is wide and high."""
        ...

    def encode(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1] to scaled latents (N, C, H / scale, W / scale), on the model's device."""
        ...


class InpaintingModel(PictureEncoder, Protocol):
    """A base model with the artist's words and the guidance bound."""

    @property
    def levels(self) -> NoiseLevels:
        """The noise that it was trained on."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents (N, C, h, w) to pictures (N, 3, h * scale, w * scale), about [-1, 1]."""
        ...

    def denoiser(self, inpainting: Inpainting, size: Size, stage: Stage, watch: Watch) -> Denoiser:
        """The model, told about a picture of `size` model pixels, for the steps of one stage."""
        ...
