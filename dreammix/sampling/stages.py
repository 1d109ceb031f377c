"""One stage of the sampler: denoising steps (Eq. 4), each followed by the blend with what is known."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from dreammix.denoisers import Denoiser
from dreammix.protocol import Box, NumericalFailure, Stage
from dreammix.sampling.noise import Draw, Noise
from dreammix.sampling.records import Step
from dreammix.sampling.solvers import Trajectory


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StageRun:
    """Everything that one stage works with.

    Attributes:
        stage: which of the two.
        box: what its latents show, on the canvas.
        denoiser: the model, told about that picture.
        trajectory: the schedule and its solver, at this stage's first step.
        known: z^L or z^G, (1 or N, C, h, w): the latent of what is known; None: all of it may be painted.
        editable: m' or m, (1, 1, h, w): 1 where the model may paint, 0 where the known latent stays.
        noise: the variants' noise.
    """

    stage: Stage
    box: Box
    denoiser: Denoiser
    trajectory: Trajectory
    known: Tensor | None
    editable: Tensor
    noise: Noise

    def denoise(self, z: Tensor, steps: range) -> Generator[Step, None, Tensor]:
        """Take the steps, from latents z (N, C, h, w) at the noise level of the first.

        Returns:
            (N, C, h, w): the clean latents that the model predicted in the last step, blended with what is
            known; where the last step's noise level is followed by 0, that is Eq. 6's final latent.
        """
        clean = z
        z = self._blend(z, steps.start)
        for done, t in enumerate(steps, start=1):
            predicted = finite(self.denoiser(z, self.trajectory.sigmas[t]), "a denoising step")
            clean = predicted if self.known is None else self._keep_known(predicted, self.known)
            z = self.trajectory.step(z, predicted, partial(self.noise.draw, Draw.SOLVER, z, t))  # Eq. 4
            z = self._blend(z, t + 1)  # Eq. 5 or Eq. 6
            yield Step(stage=self.stage, step=done, steps=len(steps), box=self.box, predicted=clean)
        return clean

    def _blend(self, z: Tensor, t: int) -> Tensor:
        """Eq. 5 and Eq. 6: what is generated where the model may paint, the noisy known latent elsewhere."""
        if self.known is None:
            return z
        fresh = self.noise.draw(Draw.BLEND, z, t)
        return self._keep_known(z, self.known + self.trajectory.sigmas[t] * fresh)

    def _keep_known(self, generated: Tensor, known: Tensor) -> Tensor:
        return torch.where(self.editable > 0, generated, known)


def finite(tensor: Tensor, source: str) -> Tensor:
    """The tensor itself; raises `NumericalFailure` where it holds NaN or infinity."""
    if not bool(torch.isfinite(tensor).all()):
        raise NumericalFailure(
            f"The model broke down in {source}",
            "it gave numbers that are not finite",
            "Lower the guidance, or run the model in fp32",
        )
    return tensor
