"""How quickly the sandbox is taught best: `python -m tests.benchmarks.rates FOLDER`, two minutes a teaching.

A few subjects of the study, each taught at several learning rates, then asked for as they are and edited.
What is finished is kept in FOLDER and not done again.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from dreammix.evaluation.intervals import bootstrap
from dreammix.evaluation.subjects.rows import ADM, Row
from dreammix.evaluation.subjects.study import Plan, Record, Study
from dreammix.evaluation.subjects.tables import ASKED, IDENTITY, KEPT, TOLD, Line, Table, by_subject

SUBJECTS: Final = 4
SCENES: Final = 3
EDITS: Final = 2
RATES: Final = (5e-4, 1e-3, 2e-3, 4e-3)
"""Learning rates, each for the usual number of steps: more of them take longer than a lesson may."""


class _Sweep(Study):
    """The study with one row for each rate, each with everything on."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        (full,) = (row for row in super().rows if row.name == ADM)
        teaching = full.teaching
        assert teaching is not None
        return tuple(
            replace(
                full,
                name=f"{rate:g}",
                teaching=replace(teaching, settings=replace(teaching.settings, rate=rate)),
            )
            for rate in RATES
        )


def main() -> None:
    """Teach, ask, and print a table for subjects as they are and one for edits."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rates", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="sandbox", metavar="NAME", help="a name or folder (sandbox)")
    folder, model = (parsed := parser.parse_args()).folder, parsed.model
    # Rows that are none of Table 3 are tried on the first half of the subjects.
    plan = Plan(model=model, subjects=2 * SUBJECTS, scenes=SCENES, edits=EDITS)
    sweep = _Sweep(plan, folder, [], lambda words: print(f"\r{words:70}", end="", flush=True))
    records = list(sweep.run())
    edited = [record for record in records if record.question.edit is not None]
    whole = [record for record in records if record.question.edit is None]
    print()
    for title, kind, metrics in (
        ("as it is", whole, (KEPT, TOLD, IDENTITY)),
        ("edited", edited, (ASKED, KEPT)),
    ):
        by_row: dict[str, list[Record]] = {}
        for record in kind:
            by_row.setdefault(record.row, []).append(record)
        lines = tuple(
            Line(name, len(rows), tuple(bootstrap(by_subject(rows, metric)) for metric in metrics))
            for name, rows in by_row.items()
        )
        columns = tuple(metric.name for metric in metrics)
        print(Table(title, columns, lines).markdown(), end="\n\n")


if __name__ == "__main__":
    main()
