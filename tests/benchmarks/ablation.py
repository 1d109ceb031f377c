"""The page of what `dreammix evaluate sandbox` wrote: `python -m tests.benchmarks.ablation`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dreammix.evaluation.report import Figure
from dreammix.evaluation.subjects.tables import Ablation, read
from dreammix.files import write_whole

FIGURES: Final = Path("docs/images/ablation")
"""Where the study's files are, from the project's folder."""
NUMBERS: Final = "sandbox.json"
CAUSES: Final = "causes.md"
"""Beside the numbers, written by hand: why what is missed is missed, and what was tried."""
PAGE: Final = Path("docs/ablation.md")
_HEAD: Final = """\
# Ablation

What each part of the method does for a subject: the paper's Table 3 on things of the sandbox's world, whose
right answers can be rendered. This page is made by `make ablation` (or, from numbers that are there, by
`python -m tests.benchmarks.ablation`). A star marks the goals that the project holds itself to. Each figure
is given with its 95 % interval.
"""


def page(folder: Path) -> str:
    """The page of a folder with the study's files."""
    ablation = read((folder / NUMBERS).read_text(encoding="utf-8"))
    causes = folder / CAUSES
    sections = [
        _HEAD,
        f"{ablation.report.how}\n",
        f"```console\n$ {ablation.report.command}\n```\n",
        *(f"## {table.title}\n\n{table.markdown()}\n" for table in ablation.tables),
        _picture("sandbox.png", "the rows' figures, and the sweep over the strength of TAS"),
        f"## What holds and what does not\n\n{_verdict(ablation)}\n\n{ablation.report.table()}\n",
        *([causes.read_text(encoding="utf-8")] if causes.exists() else []),
        "\n".join(["## What is not measured", "", *(f"- {remark}" for remark in ablation.remarks), ""]),
        "## Results at random\n\n" + _picture("sandbox-pictures.png", "results at random"),
        "## The worst results\n\n" + _picture("sandbox-worst.png", "the worst results"),
    ]
    return "\n".join(sections)


def _verdict(ablation: Ablation) -> str:
    """In words, which goals are met, which are missed, and which of the missed might be by chance."""
    with_goal = [figure for figure in ablation.report.figures if figure.goal is not None]
    groups = {
        "Holds": [figure for figure in with_goal if figure.met],
        "Does not hold": [figure for figure in with_goal if not figure.met and not _close(figure)],
        "Does not hold here, but the interval does not rule it out": [
            figure for figure in with_goal if not figure.met and _close(figure)
        ],
    }
    return "\n\n".join(
        f"{words}: {'; '.join(figure.what for figure in figures)}."
        for words, figures in groups.items()
        if figures
    )


def _close(figure: Figure) -> bool:
    ends = (figure.interval.low, figure.interval.high)
    return figure.goal is not None and any(map(figure.goal.met, ends))


def _picture(name: str, words: str) -> str:
    return f"![{words}](images/{FIGURES.name}/{name})\n"


if __name__ == "__main__":
    write_whole({PAGE: page(FIGURES).encode()})
