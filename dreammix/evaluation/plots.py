"""Curves with their intervals, drawn by matplotlib (the extra `evaluation`), loaded when one is drawn."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreammix.evaluation.intervals import Interval

SIZE_INCHES: Final = (5.0, 3.6)
"""Of one chart."""
DPI: Final = 120


@dataclass(frozen=True, slots=True)
class Curve:
    """One way over all x."""

    name: str
    points: tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Curves over the same x; `ticks` are words for its values, where they are no numbers."""

    title: str
    across: str
    up: str
    x: tuple[float, ...]
    curves: tuple[Curve, ...]
    ticks: tuple[str, ...] = ()


def draw(charts: Sequence[Chart]) -> bytes:
    """The charts side by side, as a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((SIZE_INCHES[0] * len(charts), SIZE_INCHES[1]), DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for place, chart in enumerate(charts, start=1):
        axes = figure.add_subplot(1, len(charts), place)
        for curve in chart.curves:
            middle = [point.value for point in curve.points]
            below = [point.value - point.low for point in curve.points]
            above = [point.high - point.value for point in curve.points]
            axes.errorbar(chart.x, middle, (below, above), marker="o", capsize=3, label=curve.name)
        axes.set(title=chart.title, xlabel=chart.across, ylabel=chart.up)
        if chart.ticks:
            axes.set_xticks(chart.x, chart.ticks, rotation=30, ha="right")
        axes.grid(alpha=0.3)
        axes.legend()
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
