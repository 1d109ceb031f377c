"""Results on disk."""

from dataclasses import replace
from pathlib import Path

from dreammix.evaluation.subjects.cells import Cells, Lesson, Scores, key_of

SCORES = Scores(
    clip_t=0.25,
    clip_i=0.8,
    encoders=(0.5,),
    asked=None,
    kept=0.6,
    told=1.0,
    distance=12.5,
    feature=(0.6, -0.8),
    seconds=3.5,
)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    """Scores to the last digit, the picture's bytes beside them."""
    cells = Cells(tmp_path / "cells")
    assert cells.scores("a") is None
    for asked in (None, True, False):
        cells.keep("a", replace(SCORES, asked=asked), b"picture")
        assert cells.scores("a") == replace(SCORES, asked=asked)
    assert cells.picture("a").read_bytes() == b"picture"
    cells.keep_lesson("b", Lesson("f" * 16, 2, 30.0))
    assert cells.lesson("b") == Lesson("f" * 16, 2, 30.0)


def test_what_cannot_be_read_is_as_good_as_nothing(tmp_path: Path) -> None:
    """A file that somebody cut, emptied or filled with something else."""
    cells = Cells(tmp_path)
    cells.keep("a", SCORES, b"")
    whole = (tmp_path / "a.json").read_text()
    for content in (whole[:-20], "", "{}", '{"told": 1}', "[]"):
        (tmp_path / "a.json").write_text(content)
        assert cells.scores("a") is None
        assert cells.lesson("a") is None


def test_a_key_says_all_that_it_was_made_from() -> None:
    """In order; the same parts give the same key."""
    keys = [key_of("a", 1), key_of("a", 2), key_of(1, "a"), key_of("a", 1, None)]
    assert len(set(keys)) == len(keys)
    assert key_of("a", SCORES) == key_of("a", replace(SCORES))
