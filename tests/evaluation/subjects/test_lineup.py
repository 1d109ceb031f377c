"""Telling a subject from its look-alikes."""

from dataclasses import replace

import numpy as np
import pytest

from dreammix.evaluation.subjects.lineup import line_up
from dreammix.evaluation.subjects.questions import Question, questions
from dreammix.evaluation.subjects.specimens import specimen


def question_of(number: int) -> Question:
    """The first one about a subject, as it is."""
    (question,) = questions(specimen(number, seed=0), scenes=1, edits=0, seed=0)
    return question


@pytest.mark.parametrize("number", [3, 7])
def test_the_subject_is_told_from_its_look_alikes(number: int) -> None:
    """Also where it stands a little aside: its renders fit best, and better than the empty scene's."""
    question = question_of(number)
    lined = line_up(question)
    seen = lined.compare(question.elsewhere)
    assert seen.told == 1
    assert seen.distance < lined.compare(question.spot.scene).distance


def test_a_look_alike_is_not_taken_for_the_subject() -> None:
    """Of four look-alikes, the one that is shown fits better than the subject does."""
    question = question_of(0)
    shown, _ = question.spot.show(replace(question.placed, thing=question.specimen.alike[0]))
    assert line_up(question).compare(shown).told <= 0.75


def test_what_shows_nothing_tells_nothing() -> None:
    """Where all fit alike, as many are worse as are better."""
    question = question_of(0)
    lined = line_up(question)
    same = type(lined)(lined.box, lined.region, np.repeat(lined.renders[:1], 5, axis=0))
    assert same.compare(question.truth).told == 0.5
