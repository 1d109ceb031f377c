"""Measures options of the authors' code that the product does not have: `python -m tests.benchmarks.options`.

Each is tried by changing the sampler for the time of a run, on the cases of `dreammix evaluate rules` and
without the matte, which would hide the ground that they are about. Minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Final
from unittest import mock

import numpy as np
from torch import Tensor

from dreammix.denoisers import Denoiser, HeadUNet, Inpainting, TextUNet
from dreammix.evaluation.answers import HARD_EDGE, measured, request_of
from dreammix.evaluation.bench import Bench
from dreammix.evaluation.cases import DETAIL_4, Case, cases
from dreammix.geometry import Units, View, fit, to_array, to_bytes, to_picture, to_units
from dreammix.pipeline import bound, composite
from dreammix.protocol import Result, Size, Stage
from dreammix.sampling import Canvas, Draw, Noise, trajectory
from dreammix.sampling.local_global import _Insertion
from dreammix.sampling.records import Step
from dreammix.sampling.stages import StageRun

COUNT: Final = 12
SETTINGS: Final = replace(HARD_EDGE, matte=0.0)
FILL_CELLS: Final = (2, 4, 8, 16, 32, 64)
"""Sides of the grids whose blurs fill the region, coarse to fine; known pixels come back after each."""
LAST_STEPS: Final = SETTINGS.steps // 5
"""What the second U-Net takes."""


def filled(case: Case) -> Units:
    """The scene with its region filled from its surroundings, blur by blur."""
    known = (case.region == 0)[..., None]
    picture = np.where(known, case.scene, case.scene[known[..., 0]].mean(axis=0))
    height, width = case.region.shape
    for cells in FILL_CELLS:
        soft = fit(fit(picture, Size(cells, cells)), Size(width, height))
        picture = np.where(known, case.scene, soft)
    return picture.astype(np.float32)


@contextmanager
def from_fill() -> Iterator[None]:
    """LCG starts from noise over what it knows of the picture, instead of noise alone."""
    plain, usual = StageRun.denoise, _Insertion.generate

    def generate(job: _Insertion, steps: range) -> Generator[Step, None, Units]:
        known = job._encode(job.canvas.crop(job.views.local))

        def denoise(run: StageRun, z: Tensor, steps: range) -> Generator[Step, None, Tensor]:
            return plain(run, z + known, steps)

        with mock.patch.object(StageRun, "denoise", denoise):
            return (yield from usual(job, steps))

    with mock.patch.object(_Insertion, "generate", generate):
        yield


@contextmanager
def two_unets(last: float) -> Iterator[None]:
    """At noise below `last` the U-Net is the bare base: it is not told of the picture around the region."""

    def head_unet(unet: TextUNet, head: Tensor, inpainting: Inpainting) -> Denoiser:
        told = HeadUNet(unet, head, inpainting)
        return lambda x, sigma: unet(x, sigma) if float(sigma) < last else told(x, sigma)

    with mock.patch.object(bound, "HeadUNet", head_unet):
        yield


@contextmanager
def one_noise() -> Iterator[None]:
    """The known latent has the same noise at each step."""
    fresh = Noise.draw

    def draw(noise: Noise, kind: Draw, like: Tensor, step: int = 0) -> Tensor:
        return fresh(noise, kind, like, 0 if kind is Draw.BLEND else step)

    with mock.patch.object(Noise, "draw", draw):
        yield


@contextmanager
def only_m() -> Iterator[None]:
    """LCG keeps the ring around m as the scene has it, as GCH does."""
    plain, cells = StageRun.denoise, Canvas.cells
    masks: list[Tensor] = []

    def noted(canvas: Canvas, view: View, scale: int) -> Tensor:
        masks.append(cells(canvas, view, scale))
        return masks[-1]

    def denoise(run: StageRun, z: Tensor, steps: range) -> Generator[Step, None, Tensor]:
        return plain(replace(run, editable=masks[-1]) if run.stage is Stage.LOCAL else run, z, steps)

    with mock.patch.object(StageRun, "denoise", denoise), mock.patch.object(Canvas, "cells", noted):
        yield


def main() -> None:
    """Print a row for the sampler as it is, and one for each option."""
    bench = Bench(model="sandbox", count=COUNT, seed=0, said=lambda _: None)
    last = float(
        trajectory(SETTINGS.solver, bench.pipeline.model.levels, SETTINGS.steps).sigmas[-1 - LAST_STEPS]
    )
    options: dict[str, tuple[Callable[[], AbstractContextManager[None]], Callable[[Case], Units]]] = {
        "as it is": (nullcontext, unfilled),
        "started from the fill": (from_fill, filled),
        "two U-Nets": (partial(two_unets, last), unfilled),
        "one noise for all blends": (one_noise, unfilled),
        "LCG paints m alone": (only_m, unfilled),
    }
    print(f"{'':24} category   seam    ring  change")
    plain: list[Units] = []
    for name, (change, scene_of) in options.items():
        rows = []
        for number, case in enumerate(cases(DETAIL_4, COUNT, bench.seed)):
            with change():
                picture = inserted(bench, case, scene_of(case))
            if change is nullcontext:
                plain.append(picture)
            answer = measured(bench.judge, case, picture)
            changed = np.abs(picture - plain[number])[case.region > 0].mean()
            rows.append((100 * answer.right_category, answer.seam, answer.ring, 255 * changed))
        print(f"{name:24}" + "".join(f"{value:8.2f}" for value in np.mean(rows, axis=0)), flush=True)


def unfilled(case: Case) -> Units:
    """The scene as it is."""
    return case.scene


def inserted(bench: Bench, case: Case, scene: Units) -> Units:
    """The case's own scene with what was painted into another."""
    request = replace(request_of(case, SETTINGS), scene=to_picture(to_bytes(scene)))
    (result,) = (event for event in bench.pipeline.insert(request) if isinstance(event, Result))
    own = to_picture(to_bytes(case.scene))
    return to_units(to_array(composite(own, result))[..., :3])


if __name__ == "__main__":
    main()
