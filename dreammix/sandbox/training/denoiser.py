"""Stages 2 and 3: the U-Net, its inpaint head and both text encoders together, first on small pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from dreammix.conditioning import TextEncoders, time_ids
from dreammix.protocol import Size
from dreammix.sandbox import architecture
from dreammix.sandbox.training.examples import Batch, Example, draw, encode_shard, render_shard
from dreammix.sandbox.training.loop import Peers, quick, rng_for, torch_rng_for, train
from dreammix.sandbox.training.window import Window


def schedule() -> DDPMScheduler:
    """SDXL's noise, with v-prediction: at the noisiest levels epsilon says nothing of the ground's colour."""
    return DDPMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )


class Trainee(nn.Module):
    """All that these stages train."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.unet: UNet2DConditionModel = architecture.unet()
        self.head = nn.Conv2d(architecture.HEAD_INPUTS, architecture.UNET_CHANNELS[0], 3, bias=False)
        self.encoders = nn.ModuleList(
            architecture.text_encoders(len(tokenizer), int(tokenizer.eos_token_id or 0))
        )
        nn.init.zeros_(self.unet.conv_out.weight)

    def text(self, tokenizer: CLIPTokenizer) -> TextEncoders:
        """The encoders as the rest of the house sees them."""
        encoders = cast(tuple[CLIPTextModel, CLIPTextModelWithProjection], tuple(self.encoders))
        return TextEncoders((tokenizer, tokenizer), encoders)

    def forward(
        self, noisy: Tensor, timesteps: Tensor, batch: Batch, text: TextEncoders, side: int
    ) -> Tensor:
        """What the U-Net predicts for noisy latents (N, 4, h, w)."""
        told = nn.functional.pad(torch.cat([batch.masks, batch.masked], 1), (1, 1, 1, 1), mode="replicate")
        feature = self.head(told)
        words = text.states((batch.first_ids, batch.second_ids))
        sizes = time_ids(Size(side, side)).to(noisy.device).expand(len(noisy), -1)
        with self.unet.conv_in.register_forward_hook(lambda _module, _inputs, output: output + feature):
            predicted: Tensor = self.unet(
                noisy,
                timesteps,
                encoder_hidden_states=words.tokens,
                added_cond_kwargs={"text_embeds": words.pooled, "time_ids": sizes},
            ).sample
        return predicted


def loss(predicted: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Error of v (N, 4, h, w), where weights (N, 1, h, w) say it counts; each example and noise level alike.

    So the noisiest levels, where the words decide what is painted, count as much as the others; min-SNR
    weighting all but leaves them out.
    """
    error = (weights * (predicted - target) ** 2).sum((1, 2, 3))
    return (error / (weights.sum((1, 2, 3)) * predicted.shape[1])).mean()


def spread(levels: int, count: int, generator: torch.Generator) -> Tensor:
    """Timesteps (count,): each is uniform, together they are spread evenly, so that batches differ less."""
    device = generator.device
    places = torch.randperm(count, generator=generator, device=device)
    within = torch.rand(count, generator=generator, device=device)
    return ((places + within) * (levels / count)).long().clamp(max=levels - 1)


def train_denoiser(
    trainee: Trainee,
    vae: AutoencoderKL,
    tokenizer: CLIPTokenizer,
    folder: Path,
    *,
    side: int,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    kept: int,
    period: int,
    workers: int,
    device: torch.device,
    start: int = 0,
) -> None:
    """Train at one picture side.

    Args:
        side: of the training pictures, pixels.
        batch: examples a step, of all processes that train together.
        kept, period, workers: see `Window`; the period is that of one process that trains alone.
        start: see `train`.
    """
    text = trainee.text(tokenizer)
    noise_schedule = schedule()
    levels = len(noise_schedule.alphas_cumprod)
    peers = Peers.joined()
    window = Window(
        partial(_render_own, peers, seed, side),
        lambda shard: encode_shard(shard, vae, text.ids),
        kept=kept,
        period=period * peers.count,
        workers=workers,
    )

    def loss_at(step: int) -> Tensor:
        share = batch // peers.count
        data = draw(window.at(step), rng_for(seed, 3, side, peers.own(step)), share)
        generator = torch_rng_for(seed, peers.own(step), device)
        timesteps = spread(levels, share, generator)
        noise = torch.randn(data.latents.shape, generator=generator, device=device)
        noisy = noise_schedule.add_noise(data.latents, noise, timesteps)
        target = noise_schedule.get_velocity(data.latents, noise, timesteps)
        with quick(device):
            predicted = trainee(noisy, timesteps, data, text, side)
        return loss(predicted.float(), target, data.weights)

    try:
        train(trainee, loss_at, folder=folder, steps=steps, rate=rate, decay=0.9985, start=start)
    finally:
        window.close()


def _render_own(peers: Peers, seed: int, side: int, index: int) -> list[Example]:
    return render_shard(seed, side, peers.own(index))
