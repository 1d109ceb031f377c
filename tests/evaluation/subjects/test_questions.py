"""Where subjects are asked for, and which answers are right."""

from pathlib import Path

import numpy as np
import pytest

from dreammix.evaluation.subjects.questions import SIDE, questions, spot_of
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.protocol import InvalidRequest

ONE = specimen(2, seed=0)


def test_each_scene_asks_for_the_subject_as_it_is_and_edited() -> None:
    """The sorts of edits come in turn, so that in five scenes of two each comes twice."""
    asked = [
        (q.spot.number, None if q.edit is None else q.edit.name)
        for q in questions(ONE, scenes=5, edits=2, seed=0)
    ]
    assert [number for number, edit in asked if edit is None] == [0, 1, 2, 3, 4]
    sorts = [edit for _, edit in asked if edit is not None]
    assert sorted(sorts) == sorted([edit.name for edit in ONE.edits] * 2)


def test_all_questions_of_a_scene_are_about_one_place() -> None:
    """What is outside of the object is the scene; what is inside is the right answer."""
    plain, edited = questions(ONE, scenes=1, edits=1, seed=0)
    assert (plain.spot.scene == edited.spot.scene).all()
    assert plain.placed.x == edited.placed.x
    assert plain.thing == ONE.thing
    assert edited.edit is not None
    assert edited.thing == edited.edit.of(ONE.thing)
    covered = plain.spot.show(plain.placed)[1] > 0.5
    assert np.abs(plain.truth - plain.spot.scene)[covered].mean() > 0.05
    assert plain.region[covered].mean() > 0.9
    assert plain.region.shape == (SIDE, SIDE)


def test_the_other_true_render_shows_the_same_thing_aside() -> None:
    """So that comparing it with the right answer is no comparison with itself."""
    (question,) = questions(ONE, scenes=1, edits=0, seed=0)
    other = question.elsewhere
    assert (other != question.truth).any()
    inside = question.region > 0
    assert np.abs(other - question.truth)[inside].mean() < np.abs(question.spot.scene - other)[inside].mean()


def test_every_third_scene_is_a_photograph(tmp_path: Path) -> None:
    """Where there are none, that is said."""
    spot_of(ONE, 0, 0, photographs=tmp_path)
    with pytest.raises(InvalidRequest, match="No photographs"):
        spot_of(ONE, 1, 0, photographs=tmp_path)
    assert spot_of(ONE, 4, 0).scene.shape == (SIDE, SIDE, 3)
