"""A preview for a model that brings none: a linear map from latents to colours, fitted to its autoencoder."""

from __future__ import annotations

import copy
from typing import Final

import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from dreammix.denoisers import Autoencoder, LatentPreview

_CELLS: Final = 16
"""Latent cells along a side of the chart: some hundred samples for five numbers a colour."""
_PATCHES: Final = 6
"""Patches of colour along a side of the chart."""
_RIDGE: Final = 1e-3
"""Keeps the fit well posed where a latent channel says nothing of colour; in the latents' variance."""
_SEED: Final = 0


@torch.no_grad()
def fitted_preview(vae: AutoencoderKL) -> LatentPreview:
    """Encode a chart of soft random colours, and fit its latents to what they show, by least squares.

    Args:
        vae: on the processor; its encoder is copied to fp32 for the while, and used only here.
    """
    encoding = vae if vae.dtype == torch.float32 else copy.deepcopy(vae).float()
    autoencoder = Autoencoder(encoding, encoding.device)
    generator = torch.Generator().manual_seed(_SEED)
    colours = 2 * torch.rand(1, 3, _PATCHES, _PATCHES, generator=generator) - 1
    side = _CELLS * autoencoder.scale
    chart = F.interpolate(colours, size=(side, side), mode="bilinear", align_corners=True)
    told = autoencoder.encode(chart).flatten(2)[0].T.double()
    shown = F.avg_pool2d(chart, autoencoder.scale).flatten(2)[0].T.double()
    latent, colour = told.mean(dim=0), shown.mean(dim=0)
    centred = told - latent
    ridge = _RIDGE * len(told) * torch.eye(centred.shape[1], dtype=torch.float64)
    weight = torch.linalg.solve(centred.T @ centred + ridge, centred.T @ (shown - colour)).T
    return LatentPreview(weight.float(), (colour - weight @ latent).float())
