"""A subject is taught in a real Krita, from its pictures to the layer, with mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

from tests.krita import painter
from tests.krita.hands import begin_subject, describe_subject, photograph, select, to_page
from tests.krita.studio import Studio


def test_a_subject_is_taught_and_tried_with_one_click(tidy: Studio, tmp_path: Path) -> None:
    """Its pictures with their masks, what it is, how the lesson goes; then it is in the picture."""
    krita, name = tidy.krita, "Pip the second"
    select(tidy)
    frame = begin_subject(tidy)
    photograph(tidy.krita, "new_subject", tmp_path, frame)
    describe_subject(tidy, name)
    photograph(tidy.krita, "words", tmp_path, frame)
    to_page(tidy, "teach_start")
    tidy.hold()
    krita.click(krita.run("desk.place('teach_start')"))
    krita.wait_until(
        "desk.text('teach_state').startswith('Teaching ') and len(desk.items('teach_samples')) == 2"
    )
    photograph(tidy.krita, "teaching", tmp_path, frame)
    tidy.go_on()
    krita.wait_until(f"desk.text('teach_state') == '{name} is taught'")
    krita.wait_until(f"desk.items('teach_samples')[-1] == 'step {painter.LESSON}'")
    photograph(tidy.krita, "taught", tmp_path, frame)
    to_page(tidy, "teach_try")
    photograph(tidy.krita, "try", tmp_path)
    krita.click(krita.run("desk.place('teach_try')"))
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == name
    assert krita.run("desk.chosen('dreammix_subjects')") == [name]


def test_a_lesson_is_paused_goes_on_and_is_cancelled(tidy: Studio) -> None:
    """Paused it waits until it may go on; one that is cancelled can be begun again."""
    krita, name = tidy.krita, "Pip the third"
    begin_subject(tidy)
    describe_subject(tidy, name)
    to_page(tidy, "teach_start")
    begin_lesson(tidy)
    krita.click(krita.run("desk.place('teach_pause')"))
    krita.wait_until("desk.text('teach_state') == 'Paused' and desk.usable('teach_resume')")
    tidy.go_on()
    krita.click(krita.run("desk.place('teach_resume')"))
    krita.wait_until(f"desk.text('teach_state') == '{name} is taught'")
    begin_lesson(tidy)
    krita.click(krita.run("desk.place('teach_cancel')"))
    krita.wait_until("'was cancelled' in desk.text('teach_state')")
    tidy.go_on()
    assert krita.run("[desk.text('teach_start'), desk.usable('teach_start')]") == ["Teach again", True]


def begin_lesson(artist: Studio) -> None:
    """Click Teach; it stays in the middle of the lesson."""
    artist.hold()
    artist.krita.click(artist.krita.run("desk.place('teach_start')"))
    artist.krita.wait_until(f"desk.done('teach_progress') == {painter.LESSON // 2}")
