"""The study's arithmetic, on results whose quality is chosen."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dreammix.evaluation.report import Figure
from dreammix.evaluation.subjects.cells import Lesson, Scores
from dreammix.evaluation.subjects.documents import files_of
from dreammix.evaluation.subjects.questions import Question, questions
from dreammix.evaluation.subjects.rows import ADM, BASE, DIF, DREAMBOOTH, TRUE, rows
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.evaluation.subjects.study import Record
from dreammix.evaluation.subjects.summary import AS_IT_IS, EDITED, NO_ENCODER, NO_INCEPTION, summarise
from dreammix.evaluation.subjects.tables import Ablation, read
from dreammix.protocol import InsertSettings, TeachSettings
from tests.benchmarks.ablation import page

NAMES = [row.name for row in rows(TeachSettings(), InsertSettings())]
PLAIN = Scores(
    clip_t=0.2,
    clip_i=0.5,
    encoders=(0.4,),
    asked=None,
    kept=0.5,
    told=0.5,
    distance=30.0,
    feature=(1.0, 0.0, 0.0),
    seconds=2.0,
)
BETTER = {
    TRUE: replace(PLAIN, kept=1.0, told=1.0, feature=(0.0, 1.0, 0.0)),
    BASE: replace(PLAIN, kept=0.2, told=0.5),
    DREAMBOOTH: PLAIN,
    DIF: replace(PLAIN, clip_t=0.22, clip_i=0.6),
    ADM: replace(PLAIN, kept=0.8, told=0.9),
}


def scores_of(row: str, question: Question) -> Scores:
    """Edits succeed in every row but DreamBooth's, where the second subject's do."""
    scores = BETTER.get(row, PLAIN)
    if question.edit is None:
        return scores
    return replace(scores, asked=row != DREAMBOOTH or question.specimen.number == 1)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Two subjects in two scenes, variants of the first of them."""
    picture = tmp_path_factory.mktemp("pictures") / "result.png"
    Image.new("RGB", (20, 20), (200, 60, 60)).save(picture)

    def made() -> Iterator[Record]:
        for number in (0, 1):
            for question in questions(specimen(number, 0), 2, 1, 0):
                for place, row in enumerate(NAMES):
                    if place < 6 or number == 0:
                        yield Record(
                            row=row, question=question, scores=scores_of(row, question), picture=picture
                        )

    return list(made())


@pytest.fixture(scope="module")
def ablation(records: list[Record]) -> Ablation:
    """What the study says of them."""
    lessons = [Lesson("a" * 16, 1, 100.0), Lesson("b" * 16, 1, 140.0), Lesson("c" * 16, 1, None)]
    return summarise(records, lessons, ["dino"], "dreammix evaluate sandbox", 1.0)


def figure(ablation: Ablation, words: str) -> Figure:
    """The one figure that is called so."""
    (found,) = (it for it in ablation.report.figures if words in it.what)
    return found


def test_identity_is_measured_between_base_and_true_renders(ablation: Ablation) -> None:
    """The base has 35 %, true renders 100 %, the method 85 %: it is 50 of 65 points on the way."""
    way = figure(ablation, "on the way")
    assert way.interval.value == pytest.approx(100 * 50 / 65)
    assert way.met


def test_edits_are_compared_subject_by_subject(ablation: Ablation) -> None:
    """DreamBooth's succeed for one of two subjects, so that the gain is 50 points, or 0, or 100."""
    gain = figure(ablation, "asked of +++ ADM over DreamBooth")
    assert gain.interval.value == pytest.approx(50)
    assert (gain.interval.low, gain.interval.high) == (0, 100)
    assert figure(ablation, "asked attribute is there").interval.value == 100
    assert figure(ablation, "teaching").interval.value == 120


def test_the_measure_is_held_against_true_renders(ablation: Ablation) -> None:
    """All of them are read rightly here."""
    for words in ("the measure itself: kept", "the measure itself: asked"):
        assert figure(ablation, words).interval.value == 100
        assert figure(ablation, words).met


def test_tables_have_a_line_for_each_row(ablation: Ablation) -> None:
    """The variants beside the whole method on the same subjects; the true renders are at no distance."""
    tables = {table.title: table for table in ablation.tables}
    ladder, variants = tables[AS_IT_IS], tables[f"{EDITED}: variants"]
    assert [line.cases for line in ladder.lines] == [4] * 6
    assert [line.cases for line in variants.lines] == [2] * (1 + len(NAMES) - 6)
    lines = {line.name: dict(zip(ladder.columns, line.figures, strict=True)) for line in ladder.lines}
    assert lines[TRUE]["Frechet"] is None
    distance = lines[BASE]["Frechet"]
    assert distance is not None
    assert distance.value == pytest.approx(200)
    assert distance.low <= distance.value <= distance.high
    dino = lines[BASE]["dino"]
    assert dino is not None
    assert dino.value == pytest.approx(40)
    first, _, *rest = ladder.markdown().splitlines()
    assert {line.count("|") for line in (first, *rest)} == {len(ladder.columns) + 3}


def test_without_edits_and_encoders_the_tables_do_without(records: list[Record]) -> None:
    """And say what is missing."""
    plain = [record for record in records if record.question.edit is None]
    said = summarise(plain, [Lesson("a" * 16, 1, 1.0)], [], "", 1.0)
    assert [table.title for table in said.tables] == [AS_IT_IS, f"{AS_IT_IS}: variants"]
    assert NO_ENCODER in said.remarks
    assert NO_INCEPTION in said.remarks


def test_the_page_shows_what_was_written(ablation: Ablation, records: list[Record], tmp_path: Path) -> None:
    """Numbers are read as they were written; the page has the tables, pictures that are there, and causes."""
    files = files_of(tmp_path / "sandbox.json", ablation, records)
    for path, content in files.items():
        path.write_bytes(content)
    assert read((tmp_path / "sandbox.json").read_text()) == ablation
    (tmp_path / "causes.md").write_text("Because of the weather.\n")
    text = page(tmp_path)
    assert all(table.markdown() in text for table in ablation.tables)
    assert ablation.report.table() in text
    assert "Because of the weather." in text
    for path in files:
        if path.suffix == ".png":
            assert path.name in text
            with Image.open(path) as image:
                image.verify()
    assert "Holds: " in text
