"""SDXL-shaped U-Nets behind the contract: text only, with a Fooocus head, with nine input channels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from dreammix.conditioning import Conditioning
from dreammix.denoisers.contract import Inpainting
from dreammix.denoisers.levels import NoiseLevels
from dreammix.denoisers.prediction import Prediction, input_scale


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TextUNet:
    """A U-Net with its words bound: alone a text-to-image `Denoiser`, and the part that the adapters share.

    Attributes:
        unet: with SDXL's `text_time` conditioning; runs in its own precision, whatever x comes in.
        prediction: what it predicts.
        levels: what noise it was trained on.
        conditioning: one row for all latents, or rows that divide them: row i then serves the i-th block.
        time_ids: (1, 6), SDXL's original size, crop and target size.
        dtype: the U-Net's precision. diffusers looks through all modules for it, which takes longer than all
            that a step does beside the network: so it is told, and not asked for here.
    """

    unet: UNet2DConditionModel
    prediction: Prediction
    levels: NoiseLevels
    conditioning: Conditioning
    time_ids: Tensor
    dtype: torch.dtype

    def __call__(self, x: Tensor, sigma: Tensor, extra: Tensor | None = None) -> Tensor:
        """The contract; `extra` (1, K, h, w) are further input channels that carry no noise."""
        rows, dtype = len(x), self.dtype
        sample = (x * input_scale(sigma)).to(dtype)
        if extra is not None:
            sample = torch.cat([sample, extra.to(dtype).expand(rows, -1, -1, -1)], dim=1)
        output = self.unet(
            sample,
            self.levels.timestep(sigma).to(x.device),
            encoder_hidden_states=_for_rows(self.conditioning.tokens, rows).to(x.device, dtype),
            added_cond_kwargs={
                "text_embeds": _for_rows(self.conditioning.pooled, rows).to(x.device, dtype),
                "time_ids": _for_rows(self.time_ids, rows).to(x.device, dtype),
            },
        ).sample
        return self.prediction.denoised(output.to(x.dtype), x, sigma)


class HeadUNet:
    """A 4-channel U-Net that is told about the picture by a Fooocus-style head, as a `Denoiser`.

    The head sees `Inpainting.channels` once; its feature is added to `conv_in`'s output, before the U-Net
    stores that as its first skip connection.

    Args:
        unet: the U-Net with its words bound.
        head: (F, 1 + C, 3, 3), a convolution without bias; F is the width of `conv_in`.
        inpainting: what the model is told about the picture.
    """

    def __init__(self, unet: TextUNet, head: Tensor, inpainting: Inpainting) -> None:
        told = inpainting.channels().to(head.dtype)
        self._unet = unet
        self._feature = F.conv2d(F.pad(told, (1, 1, 1, 1), mode="replicate"), head).to(unet.dtype)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        with self._unet.unet.conv_in.register_forward_hook(self._add_feature):
            return self._unet(x, sigma)

    def _add_feature(self, _module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output + self._feature


class ChannelUNet:
    """A U-Net with 4 + 1 + 4 input channels (noisy latent, mask, masked latent), as a `Denoiser`."""

    def __init__(self, unet: TextUNet, inpainting: Inpainting) -> None:
        self._unet = unet
        self._told = inpainting.channels()

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        return self._unet(x, sigma, self._told)


def _for_rows(told: Tensor, rows: int) -> Tensor:
    """Repeat each row of what is bound, so that there is one for each of the latents."""
    if rows % len(told):
        raise ValueError(f"{len(told)} rows of conditioning cannot serve {rows} latents")
    return told.repeat_interleave(rows // len(told), dim=0)
