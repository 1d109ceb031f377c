"""Prediction types, against the way in which diffusers adds noise for training."""

from __future__ import annotations

import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor

from dreammix.denoisers import NoiseLevels, Prediction
from dreammix.denoisers.prediction import input_scale


@pytest.mark.parametrize("timestep", [0, 1, 500, 999])
@pytest.mark.parametrize("prediction", Prediction)
def test_inverts_training(levels: NoiseLevels, prediction: Prediction, timestep: int) -> None:
    """A network that predicts its training target gives the clean latents back, at every noise level."""
    generator = torch.Generator().manual_seed(timestep)
    clean, noise = torch.randn(2, 2, 4, 6, 5, generator=generator, dtype=torch.float64)
    scheduler = DDPMScheduler(trained_betas=levels.betas)
    when = torch.tensor([timestep] * 2)
    sigma = NoiseLevels(scheduler.alphas_cumprod).sigmas[timestep]
    shown: Tensor = scheduler.add_noise(clean, noise, when)
    targets = {
        Prediction.EPSILON: noise,
        Prediction.V: scheduler.get_velocity(clean, noise, when),
        Prediction.SAMPLE: clean,
    }
    torch.testing.assert_close(prediction.target(clean, noise, sigma), targets[prediction], rtol=0, atol=1e-5)
    x = clean + sigma * noise
    torch.testing.assert_close(x * input_scale(sigma), shown, rtol=0, atol=1e-5)
    found = prediction.denoised(targets[prediction], x, sigma)
    torch.testing.assert_close(found, clean, rtol=0, atol=2e-3 if timestep == 999 else 1e-4)


def test_words_of_diffusers() -> None:
    """The types are called as in the configuration of a diffusers scheduler."""
    assert [Prediction(word) for word in ("epsilon", "v_prediction", "sample")] == list(Prediction)
