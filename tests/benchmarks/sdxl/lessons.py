"""How long a step of a lesson takes, and by arithmetic a whole subject by the paper's recipe.

Everything is done once before it is timed: what a library chooses or compiles when it is first used is paid
once, and not at each of a thousand steps.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Final
from unittest.mock import patch

import numpy as np

from dreammix.evaluation.report import Figure, at_most, mean
from dreammix.models.base import BaseModel
from dreammix.models.usual import PAPERS
from dreammix.pipeline import Pipeline
from dreammix.training import Example, Lesson, teach, teaching
from dreammix.training.pool import encode
from tests.benchmarks.sdxl.settings import Wanted, middle, noise, request
from tests.benchmarks.sdxl.turns import in_turns, seconds

GOAL_S: Final = 300.0
WARM_UPS: Final = 2
"""Steps that are not counted: before the first everything is encoded, and at its end Adam begins."""
PAIRS: Final = 1
"""Of picture and mask that are encoded here for each kind of data."""
CARD_FACTOR: Final = 6.0
"""Dense bf16 peak of an H200 (989 TFLOPS) over that of an RTX 4090 with 24 GB (165)."""


def lessons(model: BaseModel, wanted: Wanted) -> list[Figure]:
    """The parts are measured, the whole is their sum: painting D_r and samples, encoding pairs, steps."""
    steps = a_few_steps(model, wanted, steps=wanted.rounds + WARM_UPS)[WARM_UPS:]
    works: dict[str, Callable[[], object]] = {
        "pair": partial(_encode, model, wanted),
        "painting": lambda: list(Pipeline(model).insert(request(wanted))),
    }
    taken = in_turns(works, wanted.rounds, wanted.device)
    step, pair, painting = fmean(steps), fmean(taken["pair"]), fmean(taken["painting"])
    pictures = PAPERS.regular_pictures + PAPERS.samples
    whole = pictures * painting + 2 * teaching.POOL_PAIRS * pair + PAPERS.steps * step
    rows = PAPERS.batch + PAPERS.regular_batch
    goal = at_most(GOAL_S) if wanted.scale.full and wanted.device.type == "cuda" else None
    figures = [
        mean(f"a step of {rows} rows at {wanted.scale.side} px", steps, "s"),
        mean("encoding a pair of picture and mask", taken["pair"], "s"),
        mean(
            f"a whole subject, by arithmetic: {PAPERS.steps} steps, {2 * teaching.POOL_PAIRS} pairs, "
            f"{pictures} pictures painted",
            [whole],
            "s",
            goal,
        ),
    ]
    if goal is not None:
        figures.append(mean(f"the same on an RTX 4090, {CARD_FACTOR:.0f} times", [whole * CARD_FACTOR], "s"))
    return figures


def _encode(model: BaseModel, wanted: Wanted) -> None:
    """One pair, as a lesson does it."""
    example, rng = own_example(wanted.scale.side), np.random.default_rng(0)
    encode(model, example, 0, PAPERS.crops, [rng])


def own_example(side: int) -> Example:
    """A picture of the subject."""
    return Example(noise(side, 3), middle(side), "a q mug")


def a_few_steps(model: BaseModel, wanted: Wanted, steps: int) -> list[float]:
    """The seconds of each; the first with all that comes before it."""
    side = wanted.scale.side
    own, other = own_example(side), Example(noise(side, 4), middle(side), "a mug")
    settings = replace(PAPERS, steps=steps, samples=0)
    with tempfile.TemporaryDirectory() as folder, patch.object(teaching, "POOL_PAIRS", PAIRS):
        run = teach(model, Lesson((own,), (other,)), Path(folder), settings)
        ask: Callable[[], object] = run.__next__
        taken = [seconds(ask, wanted.device) for _ in range(steps)]
        run.close()
    return taken
