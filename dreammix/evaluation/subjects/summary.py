"""What the study says: Table 3 on the sandbox, its variants, the goals, and whether the directions show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dreammix.evaluation.intervals import Cases, bootstrap
from dreammix.evaluation.plots import Chart, Curve
from dreammix.evaluation.report import PERCENT, Figure, Goal, Report, at_least, at_most, mean
from dreammix.evaluation.subjects.cells import Lesson
from dreammix.evaluation.subjects.rows import (
    ADM,
    BASE,
    DIF,
    DREAMBOOTH,
    LADDER,
    STRENGTHS,
    TAS,
    TRUE,
    strength_row,
)
from dreammix.evaluation.subjects.study import Record
from dreammix.evaluation.subjects.tables import (
    ASKED,
    CLIP_I,
    CLIP_T,
    DISTANCE,
    FRECHET,
    IDENTITY,
    KEPT,
    TOLD,
    Ablation,
    Line,
    Metric,
    Table,
    by_subject,
    encoder_metric,
    line,
)

HOW: Final = (
    "Subjects are things of the world with traits that no caption names (proportions, second colour, "
    "the pattern's pitch and angle, emblem), each taught from its pictures and asked for in scenes of "
    "256 x 256, three of ten on photographs that training never saw: as it is, and edited. CLIP-T and "
    "CLIP-I are cosines times 100 in the metrics CLIP, computed by torchmetrics; Frechet is 100 times "
    "the Frechet distance to the true renders in its features. What is in a picture is read by a network "
    "that was trained on renders, spoilt and not, and is not told what was asked for. "
    "Asked: a thing is there and has the asked attribute. Of a pattern's two colours either counts, as "
    "nobody can tell the main one; a shape is there if the thing's width is nearer to the right "
    "answer's than to that of the other shapes of it. Kept: the share of "
    "its category and all other attributes that are as they should be. Told apart: how often a render of "
    "the right answer fits the picture better than one of a look-alike, which has the same named attributes "
    "and other traits; 50 % is chance. Identity: the mean of kept and told apart. Distance: to the rendered "
    "right answer where it fits best, in levels. The row DreamBooth has its own loss, regular pictures and "
    "GCH alone, but keeps this project's crops at teaching (half of the pictures as LCG sees them) and its "
    "matte and settling at insert. The regular pictures of +++ ADM are learned under what the metrics CLIP "
    "sees in them, which may flatter its CLIP-T, CLIP-I and Frechet. "
    "Variants are tried on the first half of the subjects. "
    "Intervals are drawn over subjects (by bootstrap; by jackknife for Frechet, which repetitions falsify)."
)
AS_IT_IS: Final = "As it is"
EDITED: Final = "Edited"
NO_INCEPTION: Final = (
    "Inception's FID is not built: torchmetrics' class for it needs torchvision, and its weights are a "
    "pickle, which is never loaded. The Frechet distance in the metrics CLIP's features stands instead."
)
NO_ENCODER: Final = (
    "DINO-style similarity is not measured: no encoder was named (--encoder FOLDER, such as DINOv2's)."
)
POINTS: Final = "points"
TEACHING: Final = "teaching, without the regular pictures and samples"


class _Results:
    """The results of one kind of question, by their rows."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._rows: dict[str, list[Record]] = {}
        for record in records:
            self._rows.setdefault(record.row, []).append(record)
        self.variants = [name for name in self._rows if name not in LADDER]

    def of(self, row: str) -> list[Record]:
        return self._rows[row]

    def beside_variants(self, row: str) -> list[Record]:
        """Of a row of Table 3, the results of the subjects that variants are tried on."""
        tried = {record.question.specimen.number for name in self.variants for record in self._rows[name]}
        return [record for record in self._rows[row] if record.question.specimen.number in tried]

    def values(self, row: str, metric: Metric) -> Cases:
        return by_subject(self._rows[row], metric)

    def __bool__(self) -> bool:
        return bool(self._rows)


def summarise(
    records: Sequence[Record],
    lessons: Sequence[Lesson],
    encoders: Sequence[str],
    command: str,
    seconds: float,
) -> Ablation:
    """Tables, goals and directions of at least one subject's results.

    Args:
        records: every result.
        lessons: every teaching.
        encoders: names of the other encoders.
        command: what prints it again.
        seconds: how long this run took.
    """
    identity = _Results([record for record in records if record.question.edit is None])
    edited = _Results([record for record in records if record.question.edit is not None])
    others = [encoder_metric(name, place) for place, name in enumerate(encoders)]
    tables = [*_tables(AS_IT_IS, identity, [CLIP_T, CLIP_I, *others, KEPT, TOLD, IDENTITY, DISTANCE])]
    figures = [_true("kept", identity, KEPT)]
    figures += [
        _figure("as it is: identity of +++ ADM, on the way from base to true renders", _way(identity))
    ]
    if edited:
        tables += _tables(EDITED, edited, [CLIP_T, CLIP_I, *others, ASKED, KEPT, TOLD, DISTANCE])
        tables.append(_by_sort(edited))
        figures += [_true("asked", edited, ASKED), *_edit_goals(edited)]
    taken = [lesson.seconds for lesson in lessons if lesson.seconds is not None]
    if taken:
        figures.append(mean(TEACHING, taken, "s", at_most(180, required=True)))
    figures += _directions(identity, edited, others)
    painted = [record.scores.seconds for record in records if record.row != TRUE]
    remarks = (
        *(() if encoders else (NO_ENCODER,)),
        NO_INCEPTION,
        f"A result took {np.mean(painted):.1f} s to paint on average.",
    )
    report = Report(name="sandbox", how=HOW, command=command, seconds=seconds, figures=tuple(figures))
    return Ablation(tables=tuple(tables), report=report, remarks=remarks)


def charts(ablation: Ablation) -> tuple[Chart, ...]:
    """Table 3 as curves over its rows, and the sweep over the strength of TAS."""
    tables = {table.title: table for table in ablation.tables}
    drawn = [_ladder(tables[AS_IT_IS], (CLIP_I, KEPT, TOLD))]
    if EDITED in tables:
        drawn.append(_ladder(tables[EDITED], (ASKED, KEPT, TOLD)))
        variants = tables[f"{EDITED}: variants"]
        strengths = (*STRENGTHS, 1.0)
        drawn.append(
            Chart(
                title="edited, over TAS",
                across="strength",
                up=PERCENT,
                x=strengths,
                curves=_curves(variants, (ASKED, KEPT), [strength_row(s) for s in strengths]),
            )
        )
    return tuple(drawn)


def _ladder(table: Table, metrics: Sequence[Metric]) -> Chart:
    return Chart(
        title=table.title.lower(),
        across="",
        up="",
        x=tuple(map(float, range(len(LADDER)))),
        curves=_curves(table, metrics, LADDER),
        ticks=LADDER,
    )


def _curves(table: Table, metrics: Sequence[Metric], names: Sequence[str]) -> tuple[Curve, ...]:
    lines = {line.name: line for line in table.lines}
    places = {metric.name: table.columns.index(metric.name) for metric in metrics}
    return tuple(
        Curve(name, tuple(point for row in names if (point := lines[row].figures[place]) is not None))
        for name, place in places.items()
    )


def _tables(title: str, results: _Results, metrics: Sequence[Metric]) -> list[Table]:
    """Table 3, and the variants beside its last row on the same scenes."""
    columns = (*(metric.name for metric in metrics), FRECHET)
    truth, few = results.of(TRUE), results.beside_variants(TRUE)
    return [
        Table(title, columns, tuple(line(name, results.of(name), metrics, truth) for name in LADDER)),
        Table(
            f"{title}: variants",
            columns,
            tuple(
                line(name, rows, metrics, few)
                for name, rows in (
                    (ADM, results.beside_variants(ADM)),
                    *((name, results.of(name)) for name in results.variants),
                )
            ),
        ),
    ]


def _by_sort(edited: _Results) -> Table:
    """How often what was asked for is there, by the sort of edit."""
    sorts = list(dict.fromkeys(_sort(record) for record in edited.of(TRUE)))

    def figures(row: str) -> Line:
        records = edited.of(row)
        groups = [[record for record in records if _sort(record) == sort] for sort in sorts]
        return Line(row, len(records), tuple(bootstrap(by_subject(group, ASKED)) for group in groups))

    return Table(f"{EDITED}: asked, by the sort of edit", tuple(sorts), tuple(map(figures, LADDER)))


def _sort(record: Record) -> str:
    return "" if record.question.edit is None else record.question.edit.name


def _edit_goals(edited: _Results) -> list[Figure]:
    asked = edited.values(ADM, ASKED)
    return [
        Figure(
            what="edited: asked attribute is there, +++ ADM",
            interval=bootstrap(asked),
            unit=PERCENT,
            cases=len(edited.of(ADM)),
            goal=at_least(80, required=True),
        ),
        _over(edited, "edited", ASKED, ADM, DREAMBOOTH, at_least(15)),
        _over(edited, "edited", KEPT, ADM, DIF, at_least(-5)),
    ]


def _true(what: str, results: _Results, metric: Metric) -> Figure:
    """How right the measure itself is: what it misreads of true renders, it may misread of others."""
    return Figure(
        what=f"the measure itself: {what}, {TRUE}",
        interval=bootstrap(results.values(TRUE, metric)),
        unit=PERCENT,
        cases=len(results.of(TRUE)),
        goal=at_least(98),
    )


def _directions(identity: _Results, edited: _Results, others: Sequence[Metric]) -> list[Figure]:
    """The directions of the paper's Table 3: DIF raises everything, TAS and ADM trade likeness for words."""
    figures = [
        _over(identity, "as it is", metric, DIF, DREAMBOOTH, at_least(0))
        for metric in (CLIP_T, CLIP_I, *others)
    ]
    figures.append(_over(identity, "as it is", CLIP_T, ADM, DIF, at_least(-2)))
    figures.append(_over(identity, "as it is", CLIP_I, ADM, DIF, at_least(-2)))
    if edited:
        figures += [
            _over(edited, "edited", metric, DIF, DREAMBOOTH, at_least(0))
            for metric in (CLIP_T, CLIP_I, *others)
        ]
        figures += [
            _over(edited, "edited", CLIP_T, upper, lower, at_least(0))
            for upper, lower in ((TAS, DIF), (ADM, TAS))
        ]
        figures += [_over(edited, "edited", metric, ADM, DIF, at_least(-5)) for metric in (CLIP_I, *others)]
    return figures


def _over(results: _Results, task: str, metric: Metric, row: str, other: str, goal: Goal) -> Figure:
    """How much more a row has than another, subject by subject."""
    gain = results.values(row, metric) - results.values(other, metric)
    return Figure(
        what=f"{task}: {metric.name} of {row} over {other}",
        interval=bootstrap(gain),
        unit=POINTS,
        cases=len(results.of(row)),
        goal=goal,
    )


def _way(identity: _Results) -> Cases:
    return np.stack([identity.values(row, IDENTITY) for row in (BASE, ADM, TRUE)], axis=1)


def _figure(what: str, way: Cases) -> Figure:
    return Figure(
        what=what,
        interval=bootstrap(way, _share),
        unit=PERCENT,
        cases=len(way),
        goal=at_least(50, required=True),
    )


def _share(way: Cases) -> float:
    """How far the second column is on the way from the first to the third, in percent; 0 where none leads."""
    low, ours, high = way.mean(axis=0)
    return float(100 * (ours - low) / (high - low)) if high > low else 0.0
