"""The network that learns: a base model's U-Net, wearing a LoRA whose factors Adam moves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreammix.conditioning import Conditioning, time_ids
from dreammix.denoisers.prediction import input_scale
from dreammix.models.base import BaseModel
from dreammix.models.compiling import as_written
from dreammix.models.lora import LoraWeights, lora_targets
from dreammix.models.memory import SHARED, teaches
from dreammix.models.wearing import Factors, wearing
from dreammix.protocol import NumericalFailure, OutOfMemory, Profile, TeachSettings
from dreammix.training.chance import Use, rng_for
from dreammix.training.losses import reweighted
from dreammix.training.optimiser import moments, optimiser, remember
from dreammix.training.pool import Batch

MAX_GRADIENT: Final = 1.0
"""Largest norm of a step's gradient; a longer one is shortened to it."""


class Pupil:
    """A U-Net that is being taught. It wears the LoRA while a step is computed, and at no other time.

    Args:
        model: the base; its weights stay as they are.
        prompts: what the lesson's prompts are encoded to, one row each.
        settings: rank, rate and the weights of the loss are read here.
        seed: of the factors' first values.

    Raises:
        OutOfMemory: the model lies in memory in a way in which nothing can be learned.
    """

    def __init__(self, model: BaseModel, prompts: Conditioning, settings: TeachSettings, seed: int) -> None:
        if not teaches(model.profile, shared=model.device.type in SHARED):
            raise OutOfMemory(
                "The subject cannot be taught with this little memory",
                f"in the profile {model.profile} the weights come and go, and learning needs them to stay",
                f"Choose the profile {Profile.OFFLOAD}, a smaller model, or another device",
            )
        self._model = model
        self._settings = settings
        device = model.device
        self._prompts = Conditioning(prompts.tokens.to(device), prompts.pooled.to(device))
        self._sigmas = model.levels.sigmas.to(device, torch.float32)
        precision = model.precision
        whole = precision is torch.float32
        # The LoRA is fp32 whatever the model is: where the two differ, each product needs one of them cast.
        self._mixed = torch.autocast(
            device.type, torch.bfloat16 if whole else precision, enabled=device.type == "cuda" or not whole
        )
        self.lora = fresh_lora(model, settings.rank, seed)
        self.parameters = [factor for f in self.lora.layers.values() for factor in (f.down, f.up)]
        sparing = model.profile is not Profile.FULL
        self.optimiser = optimiser(self.parameters, settings.rate, sparing=sparing)

    def learn(self, shares: list[tuple[float, Batch]], rng: np.random.Generator) -> float:
        """Take one step on the weighted sum of the shares' losses: Eq. 8. Returns that sum.

        Args:
            shares: each a weight and what it weighs.
            rng: of timesteps and noise.

        Raises:
            NumericalFailure: the loss, or its gradient, is no finite number; nothing was learned from it.
        """
        total = 0.0
        self.optimiser.zero_grad(set_to_none=True)
        plain = as_written() if self._model.compiled else nullcontext()
        # A checkpointed block runs again in the backward pass.
        with plain, wearing(self._model.unet, self.lora.layers):
            for weights, batch in _by_size(shares):
                with self._mixed:
                    losses = reweighted(self._errors(batch, rng), batch.masks, self._settings)
                loss = (weights * losses).sum()
                loss.backward()
                total += float(loss.detach())
        norm = float(nn.utils.clip_grad_norm_(self.parameters, MAX_GRADIENT))
        for what, number in (("loss", total), ("gradient", norm)):
            if not math.isfinite(number):
                raise NumericalFailure(
                    "Teaching broke down", f"the {what} is no finite number", "Lower the learning rate"
                )
        self.optimiser.step()
        return total

    def moments(self) -> dict[int, dict[str, Tensor]]:
        """Adam's state, by the factor's number."""
        return moments(self.optimiser)

    @torch.no_grad()
    def restore(self, factors: Sequence[Tensor], known: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Go on from these factors and Adam's state."""
        for parameter, factor in zip(self.parameters, factors, strict=True):
            parameter.copy_(factor)
        remember(self.optimiser, known)

    def _errors(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        """Squared errors of what the network predicts, (N, C, h, w) fp32, at any timesteps: Eq. 1."""
        device = batch.latents.device
        clean = batch.latents.float()
        timesteps = torch.from_numpy(rng.integers(len(self._sigmas), size=len(batch))).to(device)
        eps = torch.from_numpy(rng.standard_normal(tuple(clean.shape), dtype=np.float32)).to(device)
        sigma = self._sigmas[timesteps].reshape(-1, 1, 1, 1)
        noisy = (clean + sigma * eps) * input_scale(sigma)
        target = self._model.prediction.target(clean, eps, sigma)
        return (self._predict(noisy, timesteps, batch).float() - target) ** 2

    def _predict(self, noisy: Tensor, timesteps: Tensor, batch: Batch) -> Tensor:
        """What the U-Net says of latents of unit variance, told about the masked pictures as in inference."""
        unet, head, rows = self._model.unet, self._model.head, len(batch)
        precision = self._model.precision
        told = batch.told.to(precision)
        sample = noisy.to(precision)
        if head is None:
            sample = torch.cat([sample, told], dim=1)
            feature = None
        else:
            feature = F.conv2d(F.pad(told, (1, 1, 1, 1), mode="replicate"), head.to(told))
        with unet.conv_in.register_forward_hook(
            lambda _module, _inputs, output: output if feature is None else output + feature
        ):
            output: Tensor = unet(
                sample,
                timesteps,
                encoder_hidden_states=self._prompts.tokens[batch.words].to(precision),
                added_cond_kwargs={
                    "text_embeds": self._prompts.pooled[batch.words].to(precision),
                    "time_ids": time_ids(batch.size).to(noisy.device, precision).expand(rows, -1),
                },
            ).sample
        return output


def _by_size(shares: list[tuple[float, Batch]]) -> Iterator[tuple[Tensor, Batch]]:
    """What goes through the U-Net in one pass: shares of one size, joined, and what each row weighs."""
    for size in dict.fromkeys(batch.size for _, batch in shares):
        parts = [(weight, batch) for weight, batch in shares if batch.size == size]
        batch = Batch.joined([batch for _, batch in parts])
        weights = [weight / len(part) for weight, part in parts for _ in range(len(part))]
        yield torch.tensor(weights, device=batch.latents.device), batch


def fresh_lora(model: BaseModel, rank: int, seed: int) -> LoraWeights:
    """A LoRA to be learned, in fp32, that changes nothing yet: down is of variance 1 / r^2, up is 0."""
    device = model.device
    layers = {}
    for place, (name, module) in enumerate(lora_targets(model.unet).items()):
        rng = rng_for(seed, Use.FACTORS, place)
        down = rng.standard_normal((rank, module.in_features), dtype=np.float32) / np.float32(rank)
        layers[name] = Factors(
            torch.from_numpy(down).to(device).requires_grad_(),
            torch.zeros(module.out_features, rank, device=device, requires_grad=True),
        )
    return LoraWeights(rank, layers)


def worn(lora: LoraWeights, dtype: torch.dtype) -> LoraWeights:
    """A copy of a LoRA as it is now, in a precision, that learns no more."""
    layers = {
        name: Factors(*(factor.detach().to(dtype, copy=True) for factor in (factors.down, factors.up)))
        for name, factors in lora.layers.items()
    }
    return LoraWeights(lora.rank, layers)
