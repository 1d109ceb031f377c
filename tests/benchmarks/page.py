"""Makes docs/benchmarks.md of what evaluations wrote: `python -m tests.benchmarks.page`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dreammix.evaluation import EVALUATIONS, Evaluation
from dreammix.evaluation.report import Report, read
from dreammix.files import write_whole

FIGURES: Final = Path("docs/images/benchmarks")
"""Where evaluations write to, from the project's folder."""
PAGE: Final = Path("docs/benchmarks.md")
_HEAD: Final = """\
# Benchmarks

What the built-in sandbox model can do and what it cannot, each number with the command that prints it. This
page is made by `make bench` (or, from figures that are there, by `python -m tests.benchmarks.page`). A star
marks the goals that the project holds itself to. Shares have Wilson's interval, everything else a bootstrap
over cases.
"""


def page(folder: Path) -> str:
    """The page of all reports (*.json) in a folder, in the order of `EVALUATIONS`."""
    sections = [_HEAD]
    for evaluation in EVALUATIONS:
        path = folder / f"{evaluation.name}.json"
        if path.exists():
            sections.append(_section(evaluation, read(path.read_text(encoding="utf-8")), folder))
    return "\n".join(sections)


def _section(evaluation: Evaluation, report: Report, folder: Path) -> str:
    lines = [
        f"## {evaluation.summary.capitalize()}",
        "",
        report.how,
        "",
        "```console",
        f"$ {report.command}",
        "```",
        "",
        report.table(),
    ]
    for suffix, words in (("", "plot"), ("-pictures", "pictures")):
        name = f"{evaluation.name}{suffix}.png"
        if (folder / name).exists():
            lines += ["", f"![{words} of {evaluation.name}](images/{FIGURES.name}/{name})"]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    write_whole({PAGE: page(FIGURES).encode()})
