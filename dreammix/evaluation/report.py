"""What an evaluation says: figures with their intervals and goals, as a table, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Final

import numpy as np

from dreammix.evaluation.intervals import Interval, bootstrap, wilson

PERCENT: Final = "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure is to reach.

    Attributes:
        bound: the least or most that is good enough, in the figure's unit.
        at_least: whether more is better.
        required: whether the project holds itself to it; else it is aimed at.
    """

    bound: float
    at_least: bool
    required: bool

    def met(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number.

    Attributes:
        what: what was measured.
        interval: the number and its 95 % interval.
        unit: "%", "dB", "levels" (255 from black to white), "s", or "" for a ratio.
        cases: how many it was measured on.
        goal: what it is to reach, if anything.
    """

    what: str
    interval: Interval
    unit: str
    cases: int
    goal: Goal | None = None

    @property
    def met(self) -> bool:
        """Whether it reaches its goal; true where it has none."""
        return self.goal is None or self.goal.met(self.interval.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one evaluation.

    Attributes:
        name: of the evaluation.
        how: how its figures are measured, in a few sentences.
        command: what prints it again.
        seconds: how long it took.
        figures: what was measured.
    """

    name: str
    how: str
    command: str
    seconds: float
    figures: tuple[Figure, ...]

    def json(self) -> str:
        """Everything, as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"

    def table(self) -> str:
        """The figures as a Markdown table that also reads well in a terminal."""
        rows = [
            ("what", "measured", "95 % interval", "goal", "cases"),
            *(_row(figure) for figure in self.figures),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
            for row in rows
        ]
        return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def read(content: str) -> Report:
    """The report that `Report.json` wrote."""
    fields = json.loads(content)
    figures = tuple(
        Figure(
            what=figure["what"],
            interval=Interval(**figure["interval"]),
            unit=figure["unit"],
            cases=figure["cases"],
            goal=figure["goal"] and Goal(**figure["goal"]),
        )
        for figure in fields.pop("figures")
    )
    return Report(**fields, figures=figures)


def share(what: str, right: list[bool], goal: Goal | None = None) -> Figure:
    """How often something is so, in percent."""
    interval = wilson(sum(right), len(right))
    percent = Interval(100 * interval.value, 100 * interval.low, 100 * interval.high)
    return Figure(what=what, interval=percent, unit=PERCENT, cases=len(right), goal=goal)


def mean(what: str, values: list[float], unit: str, goal: Goal | None = None) -> Figure:
    """The mean of a value over cases."""
    return Figure(what=what, interval=bootstrap(np.array(values)), unit=unit, cases=len(values), goal=goal)


def at_least(bound: float, *, required: bool = False) -> Goal:
    """The least that is good enough."""
    return Goal(bound=bound, at_least=True, required=required)


def at_most(bound: float, *, required: bool = False) -> Goal:
    """The most that is good enough."""
    return Goal(bound=bound, at_least=False, required=required)


def _row(figure: Figure) -> tuple[str, ...]:
    interval, unit, goal = figure.interval, figure.unit, ""
    if figure.goal is not None:
        least = "at least" if figure.goal.at_least else "at most"
        verdict = "met" if figure.met else "missed"
        goal = f"{least} {number(figure.goal.bound, unit)}{' *' * figure.goal.required}: {verdict}"
    spread = f"{number(interval.low)} to {number(interval.high)}"
    return figure.what, number(interval.value, unit), spread, goal, str(figure.cases)


def number(value: float, unit: str = "") -> str:
    """Three digits or so, and the unit."""
    digits = 0 if not isfinite(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return f"{text} {unit}" if unit else text
