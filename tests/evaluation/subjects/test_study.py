"""The study itself, with a model that has learned nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dreammix.cli import main
from dreammix.evaluation.subjects.rows import ADM, DIF, TAS, TRUE
from dreammix.evaluation.subjects.specimens import Specimen, specimen
from dreammix.evaluation.subjects.study import Plan, Record, Study, Work
from dreammix.pipeline import Pipeline


@pytest.fixture(autouse=True)
def small_teaching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few pairs of picture and mask, and one thread."""
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def study_of(model: Path, folder: Path, part: tuple[int, int] = (1, 1)) -> Study:
    """The smallest one."""
    plan = Plan(model=str(model), subjects=1, scenes=1, edits=1, steps=2, teach_steps=1, regular=1, part=part)
    return Study(plan, folder, [], lambda _: None)


def test_a_study_that_was_stopped_goes_on(
    judged_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made is read, not made again; what rows share is made once; a part has its subjects."""
    assert study_of(judged_model, tmp_path).work() == Work(teachings=4, inserts=18, readings=20)
    running = study_of(judged_model, tmp_path).run()
    first = [next(running) for _ in range(4)]
    running.close()
    records = list(study_of(judged_model, tmp_path).run())
    assert [record.scores for record in records[:4]] == [record.scores for record in first]
    plain = {record.row: record for record in records if record.question.edit is None}
    edited = {record.row: record for record in records if record.question.edit is not None}
    assert list(plain) == list(edited)
    assert plain[DIF].picture == plain[TAS].picture
    assert edited[DIF].picture != edited[TAS].picture
    assert edited["TAS strength 0"].picture != edited[ADM].picture
    assert len(study_of(judged_model, tmp_path).lessons()) == 4
    assert study_of(judged_model, tmp_path).work() == Work(teachings=0, inserts=0, readings=0)
    assert list(study_of(judged_model, tmp_path, part=(2, 2)).run()) == []

    def refuse(*_: object) -> None:
        raise AssertionError("painted again")

    monkeypatch.setattr(Pipeline, "insert", refuse)
    again: list[Record] = list(study_of(judged_model, tmp_path).run())
    assert [record.scores for record in again] == [record.scores for record in records]
    assert plain[TRUE].scores.kept >= 0


def test_what_has_changed_is_asked_anew(
    judged_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit in other words has no answer yet; what was taught from other pictures is another subject."""
    list(study_of(judged_model, tmp_path).run())

    def reworded(number: int, seed: int) -> Specimen:
        one = specimen(number, seed)
        return replace(one, edits=tuple(replace(edit, words=f"now {edit.words}") for edit in one.edits))

    with monkeypatch.context() as changed:
        changed.setattr("dreammix.evaluation.subjects.study.specimen", reworded)
        work = study_of(judged_model, tmp_path).work()
        assert work.teachings == 0 and 0 < work.inserts < 18
    with monkeypatch.context() as changed:
        changed.setattr("dreammix.evaluation.subjects.specimens.PICTURE_SIDE", 96)
        assert study_of(judged_model, tmp_path).work().teachings == 4


def test_the_command_prints_tables_and_writes_files(
    judged_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers, figure, pictures; a part of it prints no tables."""
    words = ["evaluate", "sandbox", "--model", str(judged_model), "--subjects", "1", "--scenes", "1"]
    words += ["--edits", "0", "--steps", "2", "--teach-steps", "1", "--regular", "1"]
    words += ["--out", str(tmp_path / "work")]
    assert main([*words, "--part", "1/2"]) == 0
    assert capsys.readouterr().out.startswith("14 results")
    out = tmp_path / "docs" / "numbers.json"
    assert main([*words, "--json", str(out)]) == 0
    printed = capsys.readouterr()
    ablation = json.loads(out.read_text())
    assert all(line["name"] in printed.out for line in ablation["tables"][0]["lines"])
    assert "DINO-style similarity is not measured" in printed.err
    names = sorted(path.name for path in out.parent.iterdir())
    assert names == ["numbers-pictures.png", "numbers-worst.png", "numbers.json", "numbers.png"]


@pytest.mark.parametrize(
    ("option", "value"), [("--edits", "6"), ("--subjects", "0"), ("--part", "3/2"), ("--part", "x")]
)
def test_what_cannot_be_is_one_clear_line(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the value."""
    with pytest.raises(SystemExit):
        main(["evaluate", "sandbox", option, value])
    said = capsys.readouterr().err
    assert value in said
    assert said.count("\n") == 1
