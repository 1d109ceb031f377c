"""The schedulers of diffusers, behind one small interface in the variance-exploding scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from torch import Tensor

from dreammix.denoisers import NoiseLevels
from dreammix.protocol import Solver


class Trajectory(Protocol):
    """One run down a noise schedule, from the step it was begun at, with a history of its own."""

    sigmas: Tensor
    """(steps + 1,) falling, on the CPU: step i leads from sigmas[i] to sigmas[i + 1]; the last is 0."""

    def step(self, x: Tensor, denoised: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        """Take the next step.

        Args:
            x: (N, C, h, w) fp32, latents at this step's noise level.
            denoised: (N, C, h, w) fp32, the clean latents that the model expects.
            noise: gives (N, C, h, w) of unit noise; called only by solvers that add noise.

        Returns:
            (N, C, h, w): the latents at the next noise level; `denoised` where that level is 0.
        """
        ...


def trajectory(
    solver: Solver, levels: NoiseLevels, steps: int, begin: int = 0, *, trailing: bool = False
) -> Trajectory:
    """Begin a run at step `begin` of a schedule of `steps` (1 to 1000) levels down to 0, for any solver.

    They are Karras' (rho 7), from the largest to the smallest that the model was trained on. Trailing ones,
    at most `MAX_DRAFT_STEPS`, lie at even distances in the training's timesteps and begin with the last:
    LoRAs for few steps are made for them. Euler's method is then DDIM.
    """
    if not 0 <= begin < steps:
        raise ValueError(f"cannot begin at step {begin} of {steps}")
    if solver is Solver.EULER:
        return _Euler(levels, steps, begin, trailing=trailing)
    stochastic = solver is Solver.DPMPP_2M_SDE
    return _DpmPlusPlus2M(levels, steps, begin, trailing=trailing, stochastic=stochastic)


class _Euler:
    """Euler's method on the probability-flow ODE (Karras et al. 2022, Algorithm 1)."""

    def __init__(self, levels: NoiseLevels, steps: int, begin: int, *, trailing: bool) -> None:
        self._scheduler = EulerDiscreteScheduler(
            num_train_timesteps=len(levels.betas),
            trained_betas=levels.betas,
            prediction_type="sample",
            timestep_spacing=_spacing(trailing),
            use_karras_sigmas=not trailing,
            sigma_min=levels.smallest,
            sigma_max=levels.largest,
        )
        self._scheduler.set_timesteps(steps)
        self._scheduler.set_begin_index(begin)
        self._scheduler.is_scale_input_called = True  # The contract's models scale their input themselves.
        self.sigmas: Tensor = self._scheduler.sigmas

    def step(self, x: Tensor, denoised: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        timestep = self._scheduler.timesteps[-1]  # Not looked at: the run counts its steps from `begin`.
        x_next: Tensor = self._scheduler.step(denoised, timestep, x, return_dict=False)[0]
        return x_next


class _DpmPlusPlus2M:
    """DPM-Solver++ (2M) and its SDE variant (Lu et al. 2022), which run in the variance-preserving scale."""

    def __init__(
        self, levels: NoiseLevels, steps: int, begin: int, *, trailing: bool, stochastic: bool
    ) -> None:
        self._scheduler = DPMSolverMultistepScheduler(
            num_train_timesteps=len(levels.betas),
            trained_betas=levels.betas,
            prediction_type="sample",
            algorithm_type="sde-dpmsolver++" if stochastic else "dpmsolver++",
            timestep_spacing=_spacing(trailing),
            use_karras_sigmas=not trailing,
        )
        self._scheduler.set_timesteps(steps)
        self._scheduler.set_begin_index(begin)
        self._stochastic = stochastic
        self._next = begin
        self.sigmas: Tensor = self._scheduler.sigmas

    def step(self, x: Tensor, denoised: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        here, there = ((1 + sigma**2).sqrt() for sigma in self.sigmas[self._next : self._next + 2])
        self._next += 1
        y: Tensor = self._scheduler.step(
            denoised,
            self._scheduler.timesteps[-1],  # Not looked at: the run counts its steps from `begin`.
            x / here,
            variance_noise=noise() if self._stochastic else None,
            return_dict=False,
        )[0]
        x_next: Tensor = y * there
        return x_next


def _spacing(trailing: bool) -> str:
    return "trailing" if trailing else "linspace"
