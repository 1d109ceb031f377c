"""The study's numbers as tables of rows and metrics: in Markdown, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from dreammix.evaluation.intervals import Cases, Interval, bootstrap, jackknife
from dreammix.evaluation.report import Report, number
from dreammix.evaluation.report import read as read_report
from dreammix.evaluation.subjects.cells import Scores
from dreammix.evaluation.subjects.frechet import frechet
from dreammix.evaluation.subjects.study import Record

FRECHET: Final = "Frechet"


@dataclass(frozen=True, slots=True)
class Metric:
    """A column: what it is called, and its value for one result."""

    name: str
    of: Callable[[Scores], float]


CLIP_T: Final = Metric("CLIP-T", lambda scores: 100 * scores.clip_t)
CLIP_I: Final = Metric("CLIP-I", lambda scores: 100 * scores.clip_i)
ASKED: Final = Metric("asked", lambda scores: 100.0 * bool(scores.asked))
KEPT: Final = Metric("kept", lambda scores: 100 * scores.kept)
TOLD: Final = Metric("told apart", lambda scores: 100 * scores.told)
DISTANCE: Final = Metric("distance", lambda scores: scores.distance)
IDENTITY: Final = Metric("identity", lambda scores: 50 * (scores.kept + scores.told))


def encoder_metric(name: str, place: int) -> Metric:
    """The similarity in another encoder."""
    return Metric(name, lambda scores: 100 * scores.encoders[place])


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its name, how many results it has, its figure in every column (none where it has none)."""

    name: str
    cases: int
    figures: tuple[Interval | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under a title."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    def markdown(self) -> str:
        """As Markdown: each figure with its 95 % interval."""
        head = ("row", "results", *self.columns)
        rows = [(line.name, str(line.cases), *map(_words, line.figures)) for line in self.lines]
        lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
        return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What the study ends with: its tables, the goals and directions, and remarks on what is not in them."""

    tables: tuple[Table, ...]
    report: Report
    remarks: tuple[str, ...]

    def json(self) -> str:
        """Everything, as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read(content: str) -> Ablation:
    """What `Ablation.json` wrote."""
    fields = json.loads(content)
    tables = tuple(
        Table(table["title"], tuple(table["columns"]), tuple(_line(line) for line in table["lines"]))
        for table in fields["tables"]
    )
    report = read_report(json.dumps(fields["report"]))
    return Ablation(tables=tables, report=report, remarks=tuple(fields["remarks"]))


def by_subject(records: Sequence[Record], metric: Metric) -> Cases:
    """The mean of each subject, (subjects,), in their order: what intervals are drawn from.

    The results of one subject hang together by what was learnt of it, so it is subjects that are drawn.
    """
    values: dict[int, list[float]] = {}
    for record in records:
        values.setdefault(record.question.specimen.number, []).append(metric.of(record.scores))
    return np.array([np.mean(values[number]) for number in sorted(values)])


def line(name: str, records: Sequence[Record], metrics: Sequence[Metric], truth: Sequence[Record]) -> Line:
    """A row of a table: its metrics, and the Frechet distance to the true renders (`truth`)."""
    figures = [bootstrap(by_subject(records, metric)) for metric in metrics]
    return Line(
        name, len(records), (*figures, None if records is truth else frechet_interval(records, truth))
    )


def frechet_interval(records: Sequence[Record], truth: Sequence[Record]) -> Interval:
    """100 times the Frechet distance of two rows' features, of the same subjects."""
    ours, true = _features(records), _features(truth)
    numbers = np.array(sorted(ours))

    def distance(drawn: Cases) -> float:
        chosen = [int(n) for n in drawn]
        return 100 * frechet(*(np.concatenate([of[n] for n in chosen]) for of in (ours, true)))

    # A subject that is drawn twice narrows what is compared, so a bootstrap's distances are all too large.
    interval = jackknife(numbers.astype(np.float64), distance)
    return replace(interval, low=max(0.0, interval.low))


def _features(records: Sequence[Record]) -> dict[int, Cases]:
    features: dict[int, list[tuple[float, ...]]] = {}
    for record in records:
        features.setdefault(record.question.specimen.number, []).append(record.scores.feature)
    return {number: np.array(rows) for number, rows in features.items()}


def _line(fields: Any) -> Line:
    figures = (None if figure is None else Interval(**figure) for figure in fields["figures"])
    return Line(fields["name"], fields["cases"], tuple(figures))


def _words(figure: Interval | None) -> str:
    if figure is None:
        return ""
    return f"{number(figure.value)} ({number(figure.low)} to {number(figure.high)})"
