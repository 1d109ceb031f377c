"""Noise levels: sigma to timestep."""

from __future__ import annotations

import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from dreammix.denoisers import NoiseLevels


def test_table(levels: NoiseLevels) -> None:
    """The levels are those of SDXL's scheduler, from 0.0292 to 14.6146."""
    assert levels.smallest == pytest.approx(0.0292, abs=1e-4)
    assert levels.largest == pytest.approx(14.6146, abs=1e-3)


def test_every_timestep(levels: NoiseLevels) -> None:
    """The timestep of a level of the table is its place in the table."""
    torch.testing.assert_close(levels.timestep(levels.sigmas), torch.arange(1000.0))


def test_between(levels: NoiseLevels) -> None:
    """Halfway between two timesteps lies the geometric mean of their levels."""
    between = (levels.sigmas[:-1] * levels.sigmas[1:]).sqrt()
    torch.testing.assert_close(levels.timestep(between), torch.arange(999.0) + 0.5)


def test_outside(levels: NoiseLevels) -> None:
    """Less noise than in training counts as the first timestep, more as the last."""
    assert levels.timestep(torch.tensor([1e-4, 100.0])).tolist() == [0, 999]


def test_scalar(levels: NoiseLevels) -> None:
    """A single level gives a single timestep, in fp32."""
    timestep = levels.timestep(torch.tensor(1.0))
    assert timestep.shape == ()
    assert timestep.dtype == torch.float32


def test_betas(levels: NoiseLevels) -> None:
    """A diffusers scheduler built from the betas has the same levels."""
    scheduler = DDPMScheduler(trained_betas=levels.betas)
    torch.testing.assert_close(NoiseLevels(scheduler.alphas_cumprod).sigmas, levels.sigmas, rtol=1e-4, atol=0)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_no_row(shape: tuple[int, ...]) -> None:
    """A table is one row of at least two levels."""
    with pytest.raises(ValueError, match="2 levels in one row"):
        NoiseLevels(torch.full(shape, 0.5))
