"""A base model with words and guidance bound: what the sampler works with."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from dreammix.conditioning import Conditioning, time_ids
from dreammix.denoisers import ChannelUNet, Denoiser, HeadUNet, Inpainting, NoiseLevels, TextUNet, guided
from dreammix.models.base import BaseModel
from dreammix.protocol import Size


@dataclass(frozen=True, slots=True, eq=False)
class BoundModel:
    """The `InpaintingModel` of one request.

    Attributes:
        model: the base model.
        positive, negative: what guidance leads to and away from, one row each.
        guidance: weight of classifier-free guidance, at least 1.
    """

    model: BaseModel
    positive: Conditioning
    negative: Conditioning
    guidance: float

    @property
    def levels(self) -> NoiseLevels:
        return self.model.levels

    @property
    def scale(self) -> int:
        return self.model.autoencoder.scale

    def encode(self, pictures: Tensor) -> Tensor:
        return self.model.autoencoder.encode(pictures)

    def decode(self, latents: Tensor) -> Tensor:
        return self.model.autoencoder.decode(latents)

    def denoiser(self, inpainting: Inpainting, size: Size) -> Denoiser:
        def bind(conditioning: Conditioning) -> Denoiser:
            unet = TextUNet(
                unet=self.model.unet,
                prediction=self.model.prediction,
                levels=self.model.levels,
                conditioning=conditioning,
                time_ids=time_ids(size),
            )
            if self.model.head is None:
                return ChannelUNet(unet, inpainting)
            return HeadUNet(unet, self.model.head, inpainting)

        return guided(bind, self.positive, self.negative, self.guidance)


def bind(model: BaseModel, prompt: str, negative_prompt: str, guidance: float) -> BoundModel:
    """Encode the words once, for all steps of both stages."""
    positive, negative = (model.text.encode([words]) for words in (prompt, negative_prompt))
    return BoundModel(model, positive, negative, guidance)
