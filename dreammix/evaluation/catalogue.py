"""Runs an evaluation by its name. Loads torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dreammix.evaluation.bench import Bench, Outcome
from dreammix.evaluation.comparisons import detail, photographs, rules, small, sweep, text
from dreammix.evaluation.names import Evaluation
from dreammix.evaluation.plots import draw
from dreammix.evaluation.report import Report
from dreammix.evaluation.sheets import sheet
from dreammix.evaluation.speed import speed
from dreammix.evaluation.validation import measure_autoencoder, validate

MEASURES: Final[Mapping[str, Callable[[Bench], Outcome]]] = {
    "autoencoder": measure_autoencoder,
    "validation": validate,
    "text": text,
    "photographs": photographs,
    "small": small,
    "lambda": sweep,
    "detail": detail,
    "rules": rules,
    "speed": speed,
}


def evaluate(evaluation: Evaluation, bench: Bench) -> tuple[Report, Outcome]:
    """Measure, and say what came of it.

    Raises:
        ModelNotFound, ModelDamaged: the model under test, or its metrics CLIP, cannot be loaded.
    """
    began = time.monotonic()
    outcome = MEASURES[evaluation.name](bench)
    model = "" if bench.model == "sandbox" else f" --model {bench.model}"
    report = Report(
        name=evaluation.name,
        how=evaluation.how,
        command=f"dreammix evaluate {evaluation.name} --count {bench.count} --seed {bench.seed}{model}",
        seconds=time.monotonic() - began,
        figures=tuple(outcome.figures),
    )
    return report, outcome


def files_of(folder: Path, report: Report, outcome: Outcome) -> dict[Path, bytes]:
    """What is written of an evaluation: its figures, its plot, its pictures."""
    files = {folder / f"{report.name}.json": report.json().encode()}
    if outcome.charts:
        files[folder / f"{report.name}.png"] = draw(outcome.charts)
    if outcome.strips:
        files[folder / f"{report.name}-pictures.png"] = sheet(outcome.strips)
    return files
