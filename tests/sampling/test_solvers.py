"""The schedulers of diffusers, against their formulas written by hand in the variance-exploding scale."""

from __future__ import annotations

from functools import partial
from math import exp, expm1, log, sqrt

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor

from dreammix.denoisers import NoiseLevels
from dreammix.protocol import Solver
from dreammix.protocol.requests import DRAFT_STEPS, MAX_DRAFT_STEPS
from dreammix.sampling import trajectory

LEVELS = NoiseLevels(torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0))


START = 10_000
"""Names the noise that a run starts from: no step has this number."""


def model(x: Tensor, sigma: Tensor) -> Tensor:
    """A denoiser that is neither constant nor linear, so that every order of a solver shows."""
    return torch.tanh(x / (1 + sigma)) * (1 + 0.3 * torch.cos(sigma))


def noise_of(step: int) -> Tensor:
    """The unit noise of a step."""
    return torch.randn(2, 4, 3, 3, generator=torch.Generator().manual_seed(step))


def by_hand(solver: Solver, sigmas: list[float], x: Tensor, begin: int) -> Tensor:
    """Follow a schedule with Euler's method, DPM-Solver++ (2M), or its SDE variant (midpoint, eta 1)."""
    before: Tensor | None = None
    last_h = 0.0
    for i in range(begin, len(sigmas) - 1):
        here, there = sigmas[i], sigmas[i + 1]
        denoised = model(x, torch.tensor(here))
        if there == 0:
            return denoised
        h = log(here / there)  # the step in log signal-to-noise
        slope = (denoised - before) * (h / last_h) if before is not None else torch.zeros_like(x)
        if solver is Solver.EULER:
            x = x + (x - denoised) / here * (there - here)
        elif solver is Solver.DPMPP_2M:
            x = there / here * x - expm1(-h) * (denoised + slope / 2)
        else:
            x = there / here * exp(-h) * x - expm1(-2 * h) * (denoised + slope / 2)
            x = x + there * sqrt(-expm1(-2 * h)) * noise_of(i)
        before, last_h = denoised, h
    raise AssertionError("a schedule ends at 0")


def follow(solver: Solver, steps: int, x: Tensor, begin: int) -> Tensor:
    """Follow a schedule from one of its steps with diffusers' scheduler."""
    run = trajectory(solver, LEVELS, steps, begin)
    for i in range(begin, steps):
        x = run.step(x, model(x, run.sigmas[i]), partial(noise_of, i))
    return x


@pytest.mark.parametrize("solver", Solver)
@pytest.mark.parametrize(("steps", "begin"), [(1, 0), (2, 0), (7, 3), (30, 0), (30, 21), (30, 29), (200, 50)])
def test_formula(solver: Solver, steps: int, begin: int) -> None:
    """A run from any step of any schedule is the formula's, with a history that begins there."""
    sigmas = [float(sigma) for sigma in trajectory(solver, LEVELS, steps).sigmas]
    x = noise_of(START) * sigmas[begin]
    torch.testing.assert_close(
        follow(solver, steps, x, begin), by_hand(solver, sigmas, x, begin), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("solver", Solver)
def test_schedule(solver: Solver) -> None:
    """All solvers go through Karras' levels with rho 7, over all noise of the training, and then to 0."""
    high, low = LEVELS.largest ** (1 / 7), LEVELS.smallest ** (1 / 7)
    karras = [(high + i / 9 * (low - high)) ** 7 for i in range(10)]
    torch.testing.assert_close(trajectory(solver, LEVELS, 10).sigmas, torch.tensor([*karras, 0.0]))


@pytest.mark.parametrize("solver", Solver)
@pytest.mark.parametrize("steps", range(1, MAX_DRAFT_STEPS + 1))
def test_trailing_levels(solver: Solver, steps: int) -> None:
    """They lie at even distances in the timesteps, and begin with the last of them."""
    timesteps = [round(1000 - i * 1000 / steps) - 1 for i in range(steps)]
    expected = [float(LEVELS.sigmas[timestep]) for timestep in timesteps]
    sigmas = trajectory(solver, LEVELS, steps, trailing=True).sigmas
    torch.testing.assert_close(sigmas, torch.tensor([*expected, 0.0]), rtol=1e-4, atol=1e-5)


def test_eulers_method_on_trailing_levels_is_ddim() -> None:
    """Step by step what diffusers' DDIM does, in its own scale, which LoRAs for few steps are told to use."""
    ddim = DDIMScheduler(
        trained_betas=LEVELS.betas,
        prediction_type="sample",
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )
    ddim.set_timesteps(DRAFT_STEPS)
    run = trajectory(Solver.EULER, LEVELS, DRAFT_STEPS, trailing=True)
    x = noise_of(START) * run.sigmas[0]
    theirs = x / (1 + run.sigmas[0] ** 2).sqrt()
    for i, timestep in enumerate(ddim.timesteps):
        denoised = model(x, run.sigmas[i])
        theirs = ddim.step(denoised, int(timestep), theirs).prev_sample
        x = run.step(x, denoised, partial(noise_of, i))
        torch.testing.assert_close(theirs * (1 + run.sigmas[i + 1] ** 2).sqrt(), x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("solver", Solver)
@pytest.mark.parametrize("steps", [1, 2, 14, 15, 999, 1000])
def test_any_number_of_steps(solver: Solver, steps: int) -> None:
    """Every number of steps has as many levels, falling from the largest of the training to 0."""
    sigmas = trajectory(solver, LEVELS, steps).sigmas
    assert len(sigmas) == steps + 1
    assert bool((sigmas.diff() < 0).all())
    assert float(sigmas[0]) == pytest.approx(LEVELS.largest, rel=1e-4)
    assert sigmas[-1] == 0


@pytest.mark.parametrize("solver", Solver)
def test_last_step(solver: Solver) -> None:
    """The step to no noise gives what the model expects."""
    x, clean = noise_of(1), noise_of(2)
    found = trajectory(solver, LEVELS, 30, begin=29).step(x, clean, partial(noise_of, 3))
    torch.testing.assert_close(found, clean)


def test_noise_only_where_it_is_needed() -> None:
    """Only the SDE solver asks for noise."""
    asked: list[Solver] = []

    def noise(solver: Solver) -> Tensor:
        asked.append(solver)
        return noise_of(1)

    for solver in Solver:
        trajectory(solver, LEVELS, 30).step(noise_of(1), noise_of(2), partial(noise, solver))
    assert asked == [Solver.DPMPP_2M_SDE]


@pytest.mark.parametrize("begin", [-1, 30])
def test_no_such_step(begin: int) -> None:
    """A run begins at one of its steps."""
    with pytest.raises(ValueError, match=f"cannot begin at step {begin} of 30"):
        trajectory(Solver.EULER, LEVELS, 30, begin)
