"""The paper's disentangled inpainting (Sec. 3.2): local content generation, then global harmonisation.

In the paper's letters: x is the scene, m the artist's mask, m' the region enlarged around it; L marks what
local content generation (LCG) sees, G what global context harmonisation (GCH) sees. T steps lead down the
noise levels sigma_0 > ... > sigma_T = 0; at step t the noisy latent of z is z + sigma_t * eps.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dreammix.denoisers import Watch
from dreammix.geometry import Bytes, Units, View
from dreammix.protocol import Box, InsertSettings, Stage
from dreammix.sampling.canvas import Canvas, cut, fine, to_canvas
from dreammix.sampling.matte import Matte
from dreammix.sampling.model import InpaintingModel
from dreammix.sampling.noise import Draw, Noise
from dreammix.sampling.records import Finished, Pasted, Record, Step
from dreammix.sampling.solvers import Trajectory, trajectory
from dreammix.sampling.stages import StageRun, finite


@dataclass(frozen=True, slots=True)
class Views:
    """What the two stages see of the canvas.

    Attributes:
        local: LCG's crop, m'.
        global_: what GCH sees: the whole canvas, or a window of it; it holds the crop.
    """

    local: View
    global_: View

    def __post_init__(self) -> None:
        if not self.global_.box.contains(self.local.box):
            raise ValueError(f"{self.global_} does not hold {self.local}")


def local_steps(settings: InsertSettings) -> int:
    """How many of the T steps are LCG's: lambda * T, rounded, halves up."""
    return int(settings.local_share * settings.steps + 0.5)


@torch.no_grad()
def local_global(
    scene: Bytes | Units,
    mask: Bytes | Units,
    views: Views,
    model: InpaintingModel,
    settings: InsertSettings,
    noise: Noise,
) -> Generator[Record]:
    """Paint into the masked region of a scene: one variant for each seed of the noise, all in one batch.

    Outside of m the picture is the scene's: only the pixels of m's box are given back, to be laid over the
    scene through m. Between two records the caller may show a preview, or close the generator to cancel.

    Args:
        scene: x, (H, W, 3).
        mask: m, (H, W), not empty, inside of both views.
        views: what the stages see.
        model: the base model, with words and guidance bound.
        settings: T, lambda, the solver, the share of detail and whether it is a draft are read here.
        noise: the variants' noise.

    Yields:
        a `Step` for each denoising step, `Pasted` between the stages, and at last `Finished`.

    Raises:
        InvalidMask: the mask is empty.
        NumericalFailure: the model gave NaN or infinity.
    """
    canvas = Canvas(scene, mask)
    m, crop = canvas.masked, views.local.box
    T, switch = settings.steps, local_steps(settings)
    first = views.local if switch else views.global_  # Its high noise levels decide what is where.
    matte = Matte(first, canvas.cells(first, model.scale), len(noise))
    job = _Insertion(canvas, views, model, settings, noise, matte)
    if not crop.contains(m):
        raise ValueError(f"LCG's crop {crop} does not hold the mask's box {m}")

    if switch == 0:
        x_global = yield from job.harmonise(None, range(T))
        yield Finished(m, x_global, job.shares(m))
        return
    x_local = yield from job.generate(range(switch))
    shares = job.shares(m)
    if switch == T:
        yield Finished(m, cut(x_local, crop, m), shares)
        return
    yield Pasted(m, cut(x_local, crop, m), shares)
    x_global = yield from job.harmonise(x_local, range(switch, T))
    # GCH says how the subject fits in, its light and its colours; LCG's crop has the sharper outlines.
    sharper = fine(cut(x_local, crop, m) - x_global, m, views.global_)
    yield Finished(m, np.clip(x_global + settings.detail * sharper, 0, 1), shares)


@dataclass(frozen=True, slots=True, eq=False)
class _Insertion:
    """The two stages of one insert, each from the pixels that it sees to the pixels that it paints."""

    canvas: Canvas
    views: Views
    model: InpaintingModel
    settings: InsertSettings
    noise: Noise
    matte: Matte

    def generate(self, steps: range) -> Generator[Step, None, Units]:
        """Local content generation. Returns x^L of all variants, the pixels of the crop's box."""
        view = self.views.local
        told = self.canvas.tell(self.canvas.crop(view), view, self.model)
        run = self._trajectory()
        eps = self.noise.draw(Draw.START, told.masked_latent)
        stage = StageRun(
            stage=Stage.LOCAL,
            box=view.box,
            denoiser=self.model.denoiser(told, view.size, Stage.LOCAL, self.matte.watch),
            trajectory=run,
            known=None,  # The crop is m', so Eq. 5 keeps nothing of z^L: the ring follows.
            editable=torch.ones_like(told.mask),
            noise=self.noise,
        )
        clean = yield from stage.denoise(_nothing_but_noise(eps, run.sigmas[0]), steps)
        return to_canvas(self._decode(clean), view, view.box)

    def harmonise(self, x_local: Units | None, steps: range) -> Generator[Step, None, Units]:
        """Global context harmonisation of what LCG gave, or from noise. Returns the pixels of m's box."""
        view = self.views.global_
        crop = self.canvas.crop(view)
        told = self.canvas.tell(crop, view, self.model)  # Of the scene without the subject, as in LCG.
        run = self._trajectory(steps.start)
        sigma = run.sigmas[steps.start]
        if x_local is None:
            z_global = self._encode(crop)
            eps = self.noise.draw(Draw.START, z_global)
            z = _nothing_but_noise(eps, sigma)
            watch: Watch = self.matte.watch
        else:
            box = self.views.local.box
            z_global = self._encode(self.canvas.pasted(x_local, self.shares(box), box, view))  # Eq. 3, of x^G
            watch = _look_away
            eps = self.noise.draw(Draw.SWITCH, z_global)
            z = z_global + sigma * eps
        stage = StageRun(
            stage=Stage.GLOBAL,
            box=view.box,
            denoiser=self.model.denoiser(told, view.size, Stage.GLOBAL, watch),
            trajectory=run,
            known=z_global,
            editable=told.mask,
            noise=self.noise,
        )
        clean = yield from stage.denoise(z, steps)
        return to_canvas(self._decode(clean), view, self.canvas.masked)

    def shares(self, box: Box) -> Units:
        """How much of each pixel of a box is painted, once the first stage is done: (N, h, w) in [0, 1]."""
        ground = self.settings.matte * (1 - self.matte.alpha(box))
        return np.asarray(1 - ground, np.float32)

    def _trajectory(self, begin: int = 0) -> Trajectory:
        settings = self.settings
        return trajectory(settings.solver, self.model.levels, settings.steps, begin, trailing=settings.draft)

    def _encode(self, pictures: Tensor) -> Tensor:
        return finite(self.model.encode(pictures), "encoding the picture")

    def _decode(self, latents: Tensor) -> Tensor:
        return finite(self.model.decode(latents), "decoding the picture")


def _look_away(_change: Tensor) -> None:
    """For a stage whose matte nobody needs."""


def _nothing_but_noise(eps: Tensor, sigma: Tensor) -> Tensor:
    """Latents of which nothing is known: of the variance that clean ones of unit variance have at sigma."""
    return eps * (1 + sigma**2).sqrt()
