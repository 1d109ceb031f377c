"""The artist's story in a real Krita, with mouse and keyboard: select, choose, type, click, done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.krita import painter, twenty
from tests.krita.hands import (
    PICTURE,
    REGION,
    changed,
    choose,
    contrast,
    exported,
    opens,
    photograph,
    select,
    write,
)
from tests.krita.studio import Studio


@pytest.fixture
def ready(artist: Studio) -> Studio:
    """Somebody who has selected a region and chosen Pip, with the real mouse."""
    select(artist)
    choose(artist, "Pip")
    artist.krita.wait_until("desk.can('Insert subject')")
    return artist


def test_an_insert_from_selection_to_layer(ready: Studio, tmp_path: Path) -> None:
    """Select, choose, type, click, watch it form; it is a layer, one undo step, and nothing else changed."""
    krita = ready.krita
    before = exported(ready, tmp_path)
    write(ready, "red")
    krita.wait_until("desk.items('dreammix_chips')")
    photograph(ready.krita, "ready", tmp_path)
    ready.hold()
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.step() >= 15 and desk.previews() == 1")
    photograph(ready.krita, "forming", tmp_path)
    ready.go_on()
    krita.wait_until("len(desk.stack()) == 2")
    krita.wait_until("desk.previews() == 0 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == "Pip: red"
    photograph(ready.krita, "result", tmp_path)
    after = exported(ready, tmp_path)
    krita.press("ctrl+z")
    krita.wait_until("len(desk.stack()) == 1")
    krita.press("ctrl+shift+z")
    krita.wait_until("len(desk.stack()) == 2")
    assert changed(before, after, krita.run("desk.selected()")) == {"inside"}


def test_cancel_leaves_nothing(ready: Studio) -> None:
    """The same button, at once; no layer, no preview, and the picture is not modified."""
    krita = ready.krita
    krita.run("desk.host().setModified(False)")
    ready.hold()
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.previews() == 1 and desk.can('Cancel')")
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.step() == -1 and desk.can('Insert subject')")
    ready.go_on()
    assert krita.run("[len(desk.stack()), desk.previews(), desk.host().modified()]") == [1, 0, False]


def test_variants_are_looked_at_in_their_place_and_one_is_applied(ready: Studio, tmp_path: Path) -> None:
    """They wait as thumbnails; a click shows one, Apply makes a layer of it, Discard drops the others."""
    krita = ready.krita
    krita.run(f"desk.steps({twenty.STEPS})\ndesk.variants(3)")
    write(ready, "blue")
    krita.wait_until("desk.can('Insert subject')")
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("len(desk.items('dreammix_results')) == 3 and desk.step() == -1")
    krita.click(krita.run("desk.item('dreammix_results', 1)"))
    krita.wait_until("desk.previews() == 1 and desk.usable('dreammix_apply')")
    photograph(krita, "variants", tmp_path)
    assert krita.run("desk.stack()") == ["Background"]
    before = exported(ready, tmp_path)
    krita.click(krita.run("desk.place('dreammix_apply')"))
    krita.wait_until("desk.previews() == 0")
    assert krita.run("desk.stack()") == ["Background", "Pip: blue"]
    assert changed(before, exported(ready, tmp_path), krita.run("desk.selected()")) == {"inside"}
    krita.run("desk.docker(240)")
    photograph(krita, "narrow_results", tmp_path, krita.run("desk.docked()"))
    krita.run("desk.docker()\ndesk.variants(1)")
    for left in (2, 1):
        other = 2 * (
            left - 1
        )  # The last of three, then the first of two: between them is the one that was used.
        krita.click(krita.run(f"desk.item('dreammix_results', {other})"))
        krita.wait_until("desk.usable('dreammix_discard')")
        krita.click(krita.run("desk.place('dreammix_discard')"))
        krita.wait_until(f"len(desk.items('dreammix_results')) == {left}")
    assert krita.run("[desk.previews(), len(desk.stack())]") == [0, 2]


def test_a_result_is_edited_again_after_its_picture_was_opened_anew(ready: Studio, tmp_path: Path) -> None:
    """The .kra file holds what was asked for: with the layer the words come back, and Insert is Update."""
    krita, path = ready.krita, str(tmp_path / "picture.kra")
    krita.run(f"desk.steps({twenty.STEPS})")
    write(ready, "blue")
    krita.wait_until("desk.can('Insert subject')")
    krita.run("desk.paint()")
    krita.press("ctrl+alt+m")
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    krita.rest()
    assert krita.run(f"desk.save({path!r})") is True
    krita.close_all()
    krita.run(f"desk.open_picture({path!r})")
    krita.wait_until("desk.ground()")
    krita.wait_until("desk.can('Insert subject')")
    krita.wait_until("desk.pick('Pip: blue')")
    krita.wait_until("desk.can('Update') and desk.text('dreammix_edit') == 'blue'")
    photograph(ready.krita, "again", tmp_path, krita.run("desk.docked()"))


def test_twenty_inserts_with_all_that_can_come_between(ready: Studio) -> None:
    """Cancelled at any moment, undone, done again, closed in the middle: no stuck spinner, no stray layer."""
    layers = twenty.insert(ready, REGION, f"desk.open_picture({str(PICTURE)!r})")
    assert ready.krita.run("len(desk.stack())") == layers


def test_without_a_picture_the_docker_says_what_is_missing(opened: Studio, tmp_path: Path) -> None:
    """The button is there, off, and the reason stands beneath it; in a narrow docker too."""
    krita = opened.krita
    krita.close_all()
    krita.run("desk.docker(240)")
    krita.wait_until("desk.text('dreammix_message') == 'Open a picture'")
    assert krita.run("[desk.text('dreammix_action'), desk.can('Insert subject')]") == [
        "Insert subject",
        False,
    ]
    photograph(opened.krita, "narrow", tmp_path, krita.run("desk.docked()"))
    krita.run("desk.docker()")


def test_the_library_shows_what_there_is(tidy: Studio, tmp_path: Path) -> None:
    """All subjects, and everything about the chosen one."""
    krita = tidy.krita
    krita.run("desk.choose_from('dreammix_status_menu', 'Library…')")
    krita.wait_until("desk.items('library_list') and 'teapot' in desk.text('library_about')")
    photograph(tidy.krita, "library", tmp_path, krita.run("desk.dialog('LibraryDialog')"))


def test_it_follows_kritas_theme(ready: Studio, tmp_path: Path) -> None:
    """In a light one what is drawn, and not only what is written, can be told from its ground."""
    krita = ready.krita
    write(ready, "red")
    krita.run("desk.theme('Krita bright')")
    krita.wait_until("desk.light()")
    try:
        photograph(krita, "light", tmp_path, krita.run("desk.docked()"))
        for name in ("settings", "status", "new_subject", "action"):
            assert contrast(krita, krita.run(f"desk.frame('dreammix_{name}')"), tmp_path) >= 4.5, name
    finally:
        krita.run("desk.theme('Krita dark')")
        krita.wait_until("not desk.light()")


def test_the_gear_opens_the_settings(tidy: Studio, tmp_path: Path) -> None:
    """They show how it stands with the backend."""
    frame = opens(tidy.krita, "settings", "SettingsDialog")
    tidy.krita.wait_until("desk.text('settings_state') == 'Connected' and desk.text('settings_health')")
    photograph(tidy.krita, "settings", tmp_path, frame)


def test_what_goes_wrong_is_told_with_what_to_do(ready: Studio, tmp_path: Path) -> None:
    """What, why, and what to do; the button tries again, and the picture is as it was."""
    krita = ready.krita
    write(ready, painter.TOO_MUCH)
    krita.press("Return")
    krita.wait_until("desk.can('Try again') and 'memory' in desk.text('dreammix_what')")
    photograph(ready.krita, "error", tmp_path, krita.run("desk.docked()"))
    krita.click(krita.run("desk.place('dreammix_dismiss')"))
    write(ready, "red")
    krita.wait_until("desk.can('Insert subject')")
    assert krita.run("len(desk.stack())") == 1


def test_a_backend_that_dies_is_told_and_nothing_is_lost(ready: Studio, tmp_path: Path) -> None:
    """In the middle of an insert: what can be done; the picture is as it was. Last: it leaves no backend."""
    krita = ready.krita
    ready.hold()
    krita.run("desk.press()")
    krita.wait_until("desk.previews() == 1")
    ready.server.process.kill()
    krita.wait_until("desk.text('dreammix_action') == 'Restart backend'")
    photograph(ready.krita, "lost", tmp_path, krita.run("desk.docked()"))
    assert krita.run("len(desk.stack())") == 1
