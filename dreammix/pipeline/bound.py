"""A base model with words, guidance and a LoRA bound: what the sampler works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from dreammix.conditioning import Conditioning, time_ids
from dreammix.denoisers import (
    ChannelUNet,
    Denoiser,
    HeadUNet,
    Inpainting,
    NoiseLevels,
    TextUNet,
    Watch,
    guided,
)
from dreammix.models.base import BaseModel
from dreammix.models.stacked import StackedLora, stacked_on_text
from dreammix.models.wearing import Outfit, together, wearing
from dreammix.pipeline.likeness import Likeness
from dreammix.protocol import InsertRequest, Size, Stage
from dreammix.substitution import Substitution


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoundModel:
    """The `InpaintingModel` of one request.

    Attributes:
        model: the base model.
        positive: what guidance leads to in each stage, one row.
        negative: what it leads away from, one row.
        guidance: weight of classifier-free guidance, at least 1.
        outfit: what the U-Net wears while it works on this request, and only then.
    """

    model: BaseModel
    positive: Mapping[Stage, Conditioning]
    negative: Conditioning
    guidance: float
    outfit: Outfit

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

    def denoiser(self, inpainting: Inpainting, size: Size, stage: Stage, watch: Watch) -> Denoiser:
        def bind(conditioning: Conditioning) -> Denoiser:
            unet = TextUNet(
                unet=self.model.unet,
                prediction=self.model.prediction,
                levels=self.model.levels,
                conditioning=conditioning,
                time_ids=time_ids(size),
                dtype=self.model.precision,
            )
            if self.model.head is None:
                return ChannelUNet(unet, inpainting)
            return HeadUNet(unet, self.model.head, inpainting)

        bare = guided(bind, self.positive[stage], self.negative, self.guidance, watch)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            # Put on for each step: between two of them, the model may serve somebody else.
            with wearing(self.model.unet, self.outfit):
                return bare(x, sigma)

        return denoise


def bind(
    model: BaseModel,
    request: InsertRequest,
    subject: Likeness | None,
    substitution: Substitution,
    stack: Sequence[StackedLora] = (),
) -> BoundModel:
    """Encode the words once, for all steps: the request's own, or those that its subject is asked for in."""
    with stacked_on_text(model.text, stack) as text:
        positive = (
            dict.fromkeys(Stage, text.encode([request.prompt]))
            if subject is None
            else subject.conditioning(text, substitution)
        )
        negative = text.encode([request.negative_prompt])
    return BoundModel(
        model=model,
        positive=positive,
        negative=negative,
        guidance=request.settings.guidance,
        outfit=together(
            [*([] if subject is None else [subject.lora.layers]), *(lora.unet for lora in stack)]
        ),
    )
