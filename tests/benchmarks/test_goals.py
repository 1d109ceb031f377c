"""Every evaluation at its usual size: prints its table and holds the project to the goals marked with a star.

`make bench` runs this and writes the figures and pictures of `docs/benchmarks.md`. Minutes to an hour.
"""

from pathlib import Path

import pytest

from dreammix.evaluation import EVALUATIONS, Evaluation
from dreammix.evaluation.bench import Bench
from dreammix.evaluation.catalogue import evaluate, files_of
from dreammix.files import write_whole
from tests.benchmarks.page import FIGURES, PAGE, page


@pytest.mark.parametrize("evaluation", EVALUATIONS, ids=lambda evaluation: evaluation.name)
def test_required_goals_are_met(evaluation: Evaluation, request: pytest.FixtureRequest) -> None:
    """No figure that the project holds itself to misses its goal."""
    root = request.config.rootpath
    bench = Bench(model="sandbox", count=evaluation.count, seed=0, said=lambda _: None)
    report, outcome = evaluate(evaluation, bench)
    print(f"\n{report.table()}")
    write_whole(files_of(root / FIGURES, report, outcome))
    write_whole({root / PAGE: page(root / FIGURES).encode()})
    assert [f.what for f in report.figures if f.goal is not None and f.goal.required and not f.met] == []


def test_the_page_shows_every_evaluation() -> None:
    """Whoever reads the docs sees all of it."""
    text = Path(PAGE).read_text(encoding="utf-8")
    assert all(f"## {evaluation.summary.capitalize()}" in text for evaluation in EVALUATIONS)
