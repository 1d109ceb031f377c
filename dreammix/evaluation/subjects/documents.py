"""The study's files: its numbers, its figure, its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dreammix.evaluation.plots import draw
from dreammix.evaluation.subjects.gallery import at_random, worst
from dreammix.evaluation.subjects.study import Record
from dreammix.evaluation.subjects.summary import charts
from dreammix.evaluation.subjects.tables import Ablation


def files_of(out: Path, ablation: Ablation, records: Sequence[Record]) -> dict[Path, bytes]:
    """What is written of a study: its numbers as `out`, pictures beside it."""
    return {
        out.with_name(f"{out.stem}.png"): draw(charts(ablation)),
        out.with_name(f"{out.stem}-pictures.png"): at_random(records),
        out.with_name(f"{out.stem}-worst.png"): worst(records),
        out: ablation.json().encode(),
    }
