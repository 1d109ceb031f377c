"""The artist's story in a real Krita with the real backend and the sandbox model, with mouse and keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.krita.hands import begin_subject, changed, describe_subject, exported, select, to_page, write
from tests.krita.harness import OPENGL
from tests.krita.lessons import SHORT
from tests.krita.studio import Studio

TOOLS: Final = "tests.krita.lessons:load"
RENDERER: Final = OPENGL
WORDS: Final = "a red mug"
STEPS: Final = 8


@pytest.fixture
def brief(tidy: Studio) -> Studio:
    """Somebody who wants few steps."""
    tidy.krita.run(f"desk.steps({STEPS})")
    return tidy


def test_the_model_paints_what_was_said_where_it_was_selected(brief: Studio, tmp_path: Path) -> None:
    """A drag, words, a click; it forms in the region, is a layer, and outside of that no byte is another."""
    krita = brief.krita
    before = exported(brief, tmp_path)
    select(brief)
    write(brief, WORDS)
    krita.wait_until("desk.can('Insert subject')")
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.previews() == 1")
    assert krita.run("len(desk.stack())") == 1
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == WORDS
    assert changed(before, exported(brief, tmp_path), krita.run("desk.selected()")) == {"inside"}


def test_a_subject_is_taught_and_tried_on_the_picture(brief: Studio, tmp_path: Path) -> None:
    """Pictures, words, Teach, and one click more: what was learned a moment ago is a layer in the region."""
    krita = brief.krita
    before = exported(brief, tmp_path)
    write(brief, "blue")
    select(brief)
    begin_subject(brief)
    describe_subject(brief, "Pip the learned")
    to_page(brief, "teach_start")
    krita.click(krita.run("desk.place('teach_start')"))
    krita.wait_until("desk.text('teach_state') == 'Pip the learned is taught'")
    krita.wait_until(f"desk.items('teach_samples') == ['step {SHORT.steps}']")
    to_page(brief, "teach_try")
    krita.click(krita.run("desk.place('teach_try')"))
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == "Pip the learned: blue"
    assert changed(before, exported(brief, tmp_path), krita.run("desk.selected()")) == {"inside"}
