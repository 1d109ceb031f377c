"""The comparisons' arithmetic, on answers whose quality is chosen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dreammix.evaluation import comparisons
from dreammix.evaluation.answers import Answer, Arm
from dreammix.evaluation.cases import Case, CaseSet, cases
from dreammix.evaluation.judge import Verdict
from dreammix.evaluation.report import Figure
from dreammix.geometry import mask_box
from dreammix.protocol import InsertSettings
from dreammix.sandbox.world import Category

TINY = CaseSet(number=98, sides=(64,), object=(0.4, 0.6))
COUNT = 8


def fields_of(settings: InsertSettings) -> dict[str, object]:
    """Each setting by its name."""
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def painter(quality: Callable[[Arm, int, Case], Answer]) -> Any:
    """Stands for `answer_all`: makes every answer by a rule."""

    def answer_all(
        _pipeline: object, _judge: object, questions: Iterable[Case], arms: Sequence[Arm], _said: object
    ) -> dict[str, list[Answer]]:
        asked = list(questions)
        return {arm.name: [quality(arm, k, case) for k, case in enumerate(asked)] for arm in arms}

    return answer_all


def right(case: Case) -> Answer:
    """The right answer, as a judge that sees everything sees it."""
    verdict = Verdict(case.thing.category, case.thing.colour)
    return Answer(case=case, picture=case.truth, verdict=verdict, seam=0.0, ring=0.0)


def wrong(case: Case) -> Answer:
    """Something else is there."""
    answer = right(case)
    other = next(c for c in Category if c is not case.thing.category)
    return replace(answer, verdict=Verdict(other, answer.verdict.colour))


def measured(
    measure: Callable[[Any], Any],
    quality: Callable[[Arm, int, Case], Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Figure]:
    """The figures of a comparison by their names, on small cases."""
    monkeypatch.setattr(comparisons, "answer_all", painter(quality))
    monkeypatch.setattr(comparisons, "cases", lambda _kind, count, seed: cases(TINY, count, seed))
    bench = SimpleNamespace(pipeline=None, judge=None, count=COUNT, seed=0, said=None)
    return {figure.what: figure for figure in measure(bench).figures}


def test_half_of_the_errors_are_a_ratio_of_a_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """GCH only fails at 4 of 8 cases, the default at 2, and the goal is met."""
    fails = {"GCH only": 4, "default": 2}
    figures = measured(
        comparisons.small,
        lambda arm, k, case: (wrong if k < fails.get(arm.name, 0) else right)(case),
        monkeypatch,
    )
    assert figures["GCH only: wrong category"].interval.value == 50
    assert figures["errors of default over those of GCH only"].interval.value == 0.5
    assert figures["errors of default over those of GCH only"].met
    assert figures["errors of LCG only over those of GCH only"].interval.value == 0


def test_text_counts_pairs_that_training_never_saw_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other case is such a pair: where all of those fail, half of all do."""
    figures = measured(comparisons.text, lambda _, k, case: (right if k % 2 else wrong)(case), monkeypatch)
    assert figures["right category"].interval.value == 50
    assert figures["right category, pairs that training never saw"].interval.value == 0
    assert not figures["right category"].met


def test_the_sweep_draws_every_lambda_for_both_kinds_of_harmonisation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The curve's points are the table's figures."""
    figures = measured(
        comparisons.sweep,
        lambda arm, _, case: replace(right(case), seam=arm.settings.local_share * 10),
        monkeypatch,
    )
    assert figures["window, 0: seam"].interval.value == 0
    assert figures["whole canvas, 0.7: seam"].interval.value == pytest.approx(7)
    assert len(figures) == 2 * len(comparisons.SHARES) * 3


def test_detail_is_lost_with_the_square_of_contrast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of LCG's contrast is a quarter of its energy; the default, which keeps it, meets its goal."""
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, (64, 64, 3)).astype(np.float32)

    def quality(arm: Arm, _: int, case: Case) -> Answer:
        contrast = 0.5 if arm is comparisons.PAPER else 1.0
        picture = np.float32(0.5) + np.float32(contrast) * noise
        edge = {"LCG only": 10.0, "the paper's GCH": 2.0}.get(arm.name, 5.0)
        return replace(right(case), picture=picture, seam=edge, ring=edge)

    figures = measured(comparisons.detail, quality, monkeypatch)
    name = "4 x native, the paper's GCH: detail over that of LCG only"
    assert figures[name].interval.value == pytest.approx(0.25, abs=0.01)
    default = "8 x native, default: detail over that of LCG only, distance from 1"
    assert figures[default].interval.value == pytest.approx(0, abs=1e-3)
    assert figures[default].met
    gain = "4 x native, default: gain in seam over LCG only, less half of the paper's"
    assert figures[gain].interval.value == pytest.approx(5 - 8 / 2)


def test_detail_of_a_ground_that_was_given_back_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an arm shows the scene again, LCG's grain is nothing that it lost."""
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, (64, 64, 3)).astype(np.float32)

    def quality(arm: Arm, _: int, case: Case) -> Answer:
        picture = np.float32(0.5) + noise
        if arm is comparisons.DEFAULT:
            box = mask_box(case.region)
            picture = np.where(np.arange(64)[:, None, None] < box.y + box.height // 2, picture, case.scene)
        return replace(right(case), picture=picture)

    figures = measured(comparisons.detail, quality, monkeypatch)
    default = "8 x native, default: detail over that of LCG only, distance from 1"
    assert figures[default].met


def test_rules_are_held_against_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule differs from the default in one thing, and has figures of its own."""
    default = comparisons.DEFAULT
    figures = measured(
        comparisons.rules, lambda arm, _k, case: (right if arm is default else wrong)(case), monkeypatch
    )
    for arm in comparisons.RULES:
        found = figures[f"{arm.name}: right category"].interval.value
        assert found == (100 if arm is default else 0)
        assert figures[f"{arm.name}: detail over that of LCG only"].interval.value == pytest.approx(1.0)
    changed = [arm for arm in comparisons.RULES if arm.name not in ("default", "the paper's GCH")]
    for arm in changed:
        own, usual = fields_of(arm.settings), fields_of(default.settings)
        others = [name for name in own if own[name] != usual[name]]
        assert len(others) == 1, arm.name
