"""The method beside its halves: on words, photographs, small regions, over lambda, on large canvases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from dreammix.evaluation.answers import (
    GLOBAL_ONLY,
    HARD_EDGE,
    LOCAL_ONLY,
    PAPERS,
    UNSETTLED,
    Answer,
    Arm,
    answer_all,
)
from dreammix.evaluation.bench import Bench, Outcome
from dreammix.evaluation.cases import (
    DETAIL_4,
    DETAIL_8,
    SMALL,
    SWEEP,
    TEXT,
    Case,
    CaseSet,
    cases,
    photograph_cases,
)
from dreammix.evaluation.intervals import Cases, bootstrap
from dreammix.evaluation.pictures import Marks, gradient_energy, grown, painted
from dreammix.evaluation.plots import Chart, Curve
from dreammix.evaluation.report import PERCENT, Figure, Goal, at_least, at_most, mean, share
from dreammix.evaluation.sheets import Strip, Tile
from dreammix.geometry import Units, enlarge, mask_box
from dreammix.protocol import Size
from dreammix.sandbox.world import HELD_OUT

SHARES: Final = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
"""The lambdas of the sweep."""
PHOTOGRAPHS: Final = Path("tests/benchmarks/photos")
"""Held-out photographs, from the project's folder."""
SHOWN: Final = 6
"""Cases on a sheet."""
CLOSE: Final = 1.5
"""Sides of what is looked at closely, over the region's."""
DEFAULT: Final = Arm("default", HARD_EDGE)
LOCAL: Final = Arm("LCG only", LOCAL_ONLY)
GLOBAL: Final = Arm("GCH only", GLOBAL_ONLY)
PAPER: Final = Arm("the paper's GCH", PAPERS)
BARE: Final = Arm("unsettled", UNSETTLED)
RULES: Final = (
    DEFAULT,
    PAPER,
    Arm("window 1.3", replace(HARD_EDGE, window_ratio=1.3)),
    Arm("window 2.4", replace(HARD_EDGE, window_ratio=2.4)),
    Arm("lambda 0.85", replace(HARD_EDGE, local_share=0.85)),
    Arm("no detail of LCG", replace(HARD_EDGE, detail=0.0)),
    Arm("no matte", replace(HARD_EDGE, matte=0.0)),
    Arm("no settling", replace(HARD_EDGE, settle=0.0)),
)
"""The default, and what it could be instead: one choice changed at a time."""


def text(bench: Bench) -> Outcome:
    """Does the model paint what the words say?"""
    answers = answer_all(
        bench.pipeline, bench.judge, cases(TEXT, bench.count, bench.seed), [DEFAULT], bench.said
    )
    given = answers[DEFAULT.name]
    unseen = [a for a in given if _held_out(a)]
    goal = at_least(90, required=True)
    figures = [
        share("right category", [a.right_category for a in given], goal),
        share("right colour", [a.right_colour for a in given], goal),
        share("right category, pairs that training never saw", [a.right_category for a in unseen]),
        share("right colour, pairs that training never saw", [a.right_colour for a in unseen]),
        *_edges("", given),
    ]
    return Outcome(figures=figures, strips=_strips(answers))


def photographs(bench: Bench) -> Outcome:
    """The same on photographs that training never saw."""
    questions = photograph_cases(PHOTOGRAPHS, bench.count, bench.seed)
    answers = answer_all(bench.pipeline, bench.judge, questions, [DEFAULT, LOCAL], bench.said)
    figures = []
    for name, given in answers.items():
        figures += [
            share(f"{name}: right category", [a.right_category for a in given]),
            share(f"{name}: right colour", [a.right_colour for a in given]),
            *_edges(f"{name}: ", given),
        ]
    return Outcome(figures=figures, strips=_strips(answers))


def small(bench: Bench) -> Outcome:
    """The paper's reason for LCG: small regions of a large canvas."""
    arms = [GLOBAL, PAPER, LOCAL, DEFAULT]
    answers = answer_all(bench.pipeline, bench.judge, cases(SMALL, bench.count, bench.seed), arms, bench.said)
    figures = [
        share(f"{n}: wrong category", [not a.right_category for a in given]) for n, given in answers.items()
    ]
    for arm in (DEFAULT, PAPER, LOCAL):
        errors = [[not a.right_category for a in answers[name]] for name in (arm.name, GLOBAL.name)]
        goal = at_most(0.5, required=True) if arm is DEFAULT else None
        what = f"errors of {arm.name} over those of GCH only"
        figures.append(_figure(what, np.array(errors, float).T, _ratio, "", goal))
    return Outcome(figures=figures, strips=_strips(answers, close=True))


def sweep(bench: Bench) -> Outcome:
    """How lambda trades the subject for the seam, for both kinds of GCH."""
    kinds = {"window": UNSETTLED, "whole canvas": PAPERS}
    arms = [
        Arm(f"{kind}, {share:g}", replace(settings, local_share=share))
        for kind, settings in kinds.items()
        for share in SHARES
    ]
    answers = answer_all(bench.pipeline, bench.judge, cases(SWEEP, bench.count, bench.seed), arms, bench.said)
    figures: list[Figure] = []
    for arm in arms:
        given = answers[arm.name]
        figures += [
            share(f"{arm.name}: right category", [a.right_category for a in given]),
            *_edges(f"{arm.name}: ", given),
        ]
    by_name = {figure.what: figure.interval for figure in figures}

    def chart(what: str, up: str) -> Chart:
        curves = tuple(
            Curve(kind, tuple(by_name[f"{kind}, {share:g}: {what}"] for share in SHARES)) for kind in kinds
        )
        return Chart(title=what, across="lambda (1: LCG only)", up=up, x=SHARES, curves=curves)

    charts = (chart("right category", "%"), chart("seam", "levels"), chart("ring", "levels"))
    return Outcome(figures=figures, charts=charts, strips=_strips(answers))


def rules(bench: Bench) -> Outcome:
    """Each choice in how the stages are joined, beside its alternatives."""
    questions = cases(DETAIL_4, bench.count, bench.seed)
    answers = answer_all(bench.pipeline, bench.judge, questions, [LOCAL, *RULES], bench.said)
    figures: list[Figure] = []
    for arm in RULES:
        given = answers[arm.name]
        logs = _detail_logs(given, answers[LOCAL.name])
        figures += [
            share(f"{arm.name}: right category", [a.right_category for a in given]),
            _figure(f"{arm.name}: detail over that of LCG only", logs, _geometric_mean, ""),
            *_edges(f"{arm.name}: ", given),
        ]
    return Outcome(figures=figures, strips=_strips(answers, close=True))


def detail(bench: Bench) -> Outcome:
    """What GCH costs the subject on a large canvas, and what it gains at the edge."""
    figures: list[Figure] = []
    strips: list[Strip] = []
    for times, kind in ((4, DETAIL_4), (8, DETAIL_8)):
        more, looked = _detail(bench, f"{times} x native", kind)
        figures += more
        strips += looked
    return Outcome(figures=figures, strips=tuple(strips))


def _detail(bench: Bench, size: str, kind: CaseSet) -> tuple[list[Figure], tuple[Strip, ...]]:
    arms = [LOCAL, PAPER, BARE, DEFAULT]
    answers = answer_all(bench.pipeline, bench.judge, cases(kind, bench.count, bench.seed), arms, bench.said)
    figures: list[Figure] = []
    for arm in (PAPER, BARE, DEFAULT):
        logs = _detail_logs(answers[arm.name], answers[LOCAL.name])
        what = f"{size}, {arm.name}: detail over that of LCG only"
        figures.append(_figure(what, logs, _geometric_mean, ""))
        if arm is DEFAULT:
            near = at_most(15, required=True)
            figures.append(_figure(f"{what}, distance from 1", logs, _percent_off, PERCENT, near))
    for arm in arms:
        figures += _edges(f"{size}, {arm.name}: ", answers[arm.name])
    for what in ("seam", "ring"):
        for arm in (BARE, DEFAULT):
            columns = [[getattr(a, what) for a in answers[one.name]] for one in (LOCAL, PAPER, arm)]
            name = f"{size}, {arm.name}: gain in {what} over LCG only, less half of the paper's"
            goal = at_least(0, required=True) if arm is DEFAULT else None
            figures.append(_figure(name, np.array(columns).T, _margin, "levels", goal))
    return figures, _strips(answers, close=True)


def _detail_logs(given: list[Answer], local: list[Answer]) -> Cases:
    return np.log([_detail_kept(answer, alone) for answer, alone in zip(given, local, strict=True)])


def _detail_kept(answer: Answer, local: Answer) -> float:
    """Gradient energy over that of LCG's own picture, where both painted something, away from the edge.

    Where the matte gave the scene back there is no subject, but the grain of a ground that LCG painted.
    """
    inside = ~grown(answer.case.region == 0, 2)
    here, there = (painted(one.picture, one.case.scene, one.case.region) for one in (answer, local))
    subject: Marks = here & there & inside
    subject = subject if subject.any() else inside
    return (gradient_energy(answer.picture, subject) + 1) / (gradient_energy(local.picture, subject) + 1)


def _geometric_mean(logs: Cases) -> float:
    return float(np.exp(logs.mean()))


def _percent_off(logs: Cases) -> float:
    return 100 * abs(_geometric_mean(logs) - 1)


def _ratio(errors: Cases) -> float:
    """The first column's errors over the second's, which count as one at least."""
    return float(errors[:, 0].sum() / max(1.0, errors[:, 1].sum()))


def _margin(values: Cases) -> float:
    """How much less the third column is than the first, less half of how much the second is."""
    local, papers, third = values.mean(axis=0)
    return float((local - third) - (local - papers) / 2)


def _figure(
    what: str, values: Cases, statistic: Callable[[Cases], float], unit: str, goal: Goal | None = None
) -> Figure:
    return Figure(what=what, interval=bootstrap(values, statistic), unit=unit, cases=len(values), goal=goal)


def _edges(prefix: str, given: list[Answer]) -> list[Figure]:
    return [
        mean(f"{prefix}seam", [a.seam for a in given], "levels"),
        mean(f"{prefix}ring", [a.ring for a in given], "levels"),
    ]


def _held_out(answer: Answer) -> bool:
    return (answer.case.thing.category, answer.case.thing.colour) in HELD_OUT


def _strips(answers: dict[str, list[Answer]], *, close: bool = False) -> tuple[Strip, ...]:
    """The first cases: scene, what was painted in each arm, truth; `close`: the region alone."""
    columns = list(answers.values())

    def tile(words: str, picture: Units, case: Case) -> Tile:
        return Tile(words, look_closely(picture, case.region) if close else picture)

    strips = []
    for row in zip(*(column[:SHOWN] for column in columns), strict=True):
        case = row[0].case
        tiles = [tile("scene", case.scene, case)]
        for name, answer in zip(answers, row, strict=True):
            seen = "-" if answer.verdict.category is None else answer.verdict.category.value
            tiles.append(tile(f"{name}: {answer.verdict.colour.value} {seen}", answer.picture, case))
        strips.append(Strip(case.prompt, (*tiles, tile("truth", case.truth, case))))
    return tuple(strips)


def look_closely(picture: Units, region: Units) -> Units:
    """The part of a picture with the region and half as much again around it."""
    canvas = Size(picture.shape[1], picture.shape[0])
    box = enlarge(mask_box(region), CLOSE, canvas)
    return picture[box.y : box.bottom, box.x : box.right]
