"""The evaluations themselves, with a model that has learned nothing."""

import json
from pathlib import Path

import pytest
from PIL import Image

from dreammix.cli import main
from dreammix.evaluation import EVALUATIONS
from dreammix.evaluation.catalogue import MEASURES


def test_every_named_evaluation_can_be_measured() -> None:
    """What the command line lists is what the catalogue has."""
    assert [evaluation.name for evaluation in EVALUATIONS] == list(MEASURES)


@pytest.mark.parametrize("name", ["autoencoder", "validation", "text", "speed"])
def test_an_evaluation_prints_its_table_and_writes_its_figures(
    name: str, judged_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table's rows are the figures of the JSON file; pictures to look at lie beside it."""
    out = tmp_path / "out"
    assert main(["evaluate", name, "--count", "1", "--model", str(judged_model), "--out", str(out)]) == 0
    report = json.loads((out / f"{name}.json").read_text())
    printed = capsys.readouterr().out
    assert all(figure["what"] in printed for figure in report["figures"])
    assert report["figures"]
    for path in out.glob("*.png"):
        with Image.open(path) as image:
            image.verify()


def test_the_same_seed_gives_the_same_figures(judged_model: Path, tmp_path: Path) -> None:
    """But for the time that it took, two runs say the same."""
    figures = []
    for run in ("first", "second"):
        out = tmp_path / run
        main(["evaluate", "validation", "--count", "1", "--model", str(judged_model), "--out", str(out)])
        figures.append(json.loads((out / "validation.json").read_text())["figures"])
    assert figures[0] == figures[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "There is no evaluation nonsense"),
        (["text", "--count", "0"], "0 is no whole number"),
        (["text", "--seed", "-1"], "-1 is no whole number"),
        (["text", "--model", "nonsense"], "There is no model nonsense"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is wrong, and the exit status is not 0."""
    try:
        status = main(["evaluate", *arguments, "--out", str(tmp_path)])
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    said = capsys.readouterr().err
    assert status != 0
    assert words in said
    assert said.count("\n") == 1
