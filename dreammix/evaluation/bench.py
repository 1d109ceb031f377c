"""What an evaluation works with, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from dreammix.evaluation.judge import Judge
from dreammix.evaluation.plots import Chart
from dreammix.evaluation.report import Figure
from dreammix.evaluation.sheets import Strip
from dreammix.pipeline import Pipeline, load


@dataclass(frozen=True, eq=False, kw_only=True)
class Bench:
    """What an evaluation works with; models are loaded when they are first asked for.

    Attributes:
        model: the name or folder of the model under test.
        count: cases.
        seed: of the cases; another seed gives other cases.
        said: told, in a few words, what is being done.
    """

    model: str
    count: int
    seed: int
    said: Callable[[str], None]

    @cached_property
    def pipeline(self) -> Pipeline:
        """The model under test."""
        self.said("loading the model")
        return load(self.model)

    @cached_property
    def judge(self) -> Judge:
        """The metrics CLIP that came with it."""
        self.said("loading the metrics CLIP")
        return Judge.load(self.model)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What comes of an evaluation: figures, and where there are any, charts and pictures to look at."""

    figures: list[Figure]
    charts: tuple[Chart, ...] = ()
    strips: tuple[Strip, ...] = ()
