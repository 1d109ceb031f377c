"""The artist's story in a real Krita, with mouse and keyboard: select, choose, type, click, done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from tests.krita import painter, twenty
from tests.krita.studio import DEMO, Studio, studio

PICTURE: Final = DEMO / "lawn.jpg"
PICTURES: Final = [DEMO / f"pip-{number}.png" for number in (1, 2, 4)]
"""Of a new subject."""
REGION: Final = (230, 180, 260, 260)
"""What is selected of it: x, y, width, height."""
SEEN: Final = Path(__file__).resolve().parents[2] / "docs/images/guide"
"""Where the guide's pictures go, when `DREAMMIX_GUIDE` is set; else they are taken and thrown away."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Studio]:
    """Krita with the plugin, as it stands after its start; at the end it must go without complaint."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder)) as found:
        found.krita.run("from tests.krita import desk")
        found.krita.wait_until("desk.made()")
        found.krita.run("desk.docker()\ndesk.alone()")
        yield found
        found.krita.close_all()
        assert found.krita.quit() == 0


@pytest.fixture
def artist(opened: Studio) -> Studio:
    """Somebody with a picture open, and the backend connected."""
    krita = opened.krita
    krita.close_all()
    krita.run(f"desk.open_picture({str(PICTURE)!r})")
    krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")
    return opened


@pytest.fixture
def ready(artist: Studio) -> Studio:
    """Somebody who has selected a region and chosen Pip, with the real mouse."""
    select(artist)
    choose(artist, "Pip")
    artist.krita.wait_until("desk.can('Insert subject')")
    return artist


def select(artist: Studio) -> None:
    """Draw a rectangle with the selection tool."""
    krita, (x, y, width, height) = artist.krita, REGION
    krita.act("KisToolSelectRectangular")
    start, end = krita.run(f"[desk.on_screen({x}, {y}), desk.on_screen({x + width}, {y + height})]")
    krita.drag(start, end)
    krita.wait_until("desk.selected() != []")
    krita.rest()


def choose(artist: Studio, name: str) -> None:
    """Click a subject's card, unless it is chosen."""
    krita = artist.krita
    names = krita.run("desk.items('dreammix_subjects')")
    if krita.run("desk.chosen('dreammix_subjects')") != [name]:
        krita.click(krita.run(f"desk.item('dreammix_subjects', {names.index(name)})"))
    krita.wait_until(f"desk.chosen('dreammix_subjects') == [{name!r}]")


def write(artist: Studio, words: str) -> None:
    """Say this, and nothing else."""
    krita = artist.krita
    krita.click(krita.run("desk.place('dreammix_edit')"))
    krita.press("ctrl+a")
    krita.type(words)
    krita.wait_until(f"desk.text('dreammix_edit') == {words!r}")


def photograph(artist: Studio, name: str, folder: Path, frame: list[int] | None = None) -> None:
    """The screen, or a rectangle of it; for the guide if that is wanted."""
    path = (SEEN if "DREAMMIX_GUIDE" in os.environ else folder) / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    artist.krita.rest()
    artist.krita.wait_until("desk.messages() == 0")
    artist.krita.photograph(folder / "screen.png")
    with Image.open(folder / "screen.png") as screen:
        left, top, right, bottom = frame or (0, 0, *screen.size)
        seen = screen.convert("RGB").crop((left, top, right, bottom))
    seen.save(path, quality=90, subsampling=0)


def test_an_insert_from_selection_to_layer(ready: Studio, tmp_path: Path) -> None:
    """Select, choose, type, click, watch it form; it is a layer, one undo step, and nothing else changed."""
    krita = ready.krita
    krita.run(f"desk.export({str(tmp_path / 'before.png')!r})")
    write(ready, "red")
    krita.wait_until("desk.items('dreammix_chips')")
    photograph(ready, "ready", tmp_path)
    ready.hold()
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.step() >= 15 and desk.previews() == 1")
    photograph(ready, "forming", tmp_path)
    ready.go_on()
    krita.wait_until("len(desk.stack()) == 2")
    krita.wait_until("desk.previews() == 0 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == "Pip: red"
    photograph(ready, "result", tmp_path)
    krita.run(f"desk.export({str(tmp_path / 'after.png')!r})")
    krita.press("ctrl+z")
    krita.wait_until("len(desk.stack()) == 1")
    krita.press("ctrl+shift+z")
    krita.wait_until("len(desk.stack()) == 2")
    before, after = pixels(tmp_path / "before.png"), pixels(tmp_path / "after.png")
    x, y, width, height = krita.run("desk.selected()")
    inside = np.zeros(before.shape[:2], bool)
    inside[y : y + height, x : x + width] = True
    assert np.array_equal(before[~inside], after[~inside])
    assert not np.array_equal(before[inside], after[inside])


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
    photograph(ready, "again", tmp_path, krita.run("desk.docked()"))


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
    photograph(opened, "narrow", tmp_path, krita.run("desk.docked()"))
    krita.run("desk.docker()")


@pytest.fixture
def tidy(artist: Studio) -> Iterator[Studio]:
    """Somebody whose windows are closed afterwards."""
    yield artist
    artist.krita.run("desk.close_dialogs()")


def opens(artist: Studio, button: str, dialog: str) -> list[int]:
    """Click a button; where the dialog is that it opens. Krita goes on: it is none that blocks."""
    krita = artist.krita
    krita.click(krita.run(f"desk.place('dreammix_{button}')"))
    krita.wait_until(f"desk.dialog({dialog!r}) != []")
    return list(krita.run(f"desk.dialog({dialog!r})"))


def test_a_new_subject_begins_with_its_pictures(tidy: Studio, tmp_path: Path) -> None:
    """Each shows its mask; then comes what it is."""
    krita, frame = tidy.krita, opens(tidy, "new_subject", "TeachDialog")
    krita.run(f"desk.teach({[str(path) for path in PICTURES]!r})")
    krita.wait_until("desk.text('teach_pictures_count') == '3 of 3 ready.'")
    photograph(tidy, "new_subject", tmp_path, frame)
    krita.click(krita.run("desk.place('teach_next')"))
    krita.wait_until("desk.widget('teach_class_word').isVisible()")
    for name, words in (("class_word", "teapot"), ("name", "Pip the second"), ("attributes_words", "green")):
        krita.click(krita.run(f"desk.place('teach_{name}')"))
        krita.type(words)
        krita.wait_until(f"desk.text('teach_{name}') == {words!r}")
    krita.click(krita.run("desk.place('teach_attributes_add')"))
    krita.wait_until("desk.has('teach_attributes_change_0')")
    photograph(tidy, "words", tmp_path, frame)


def test_the_library_shows_what_there_is(tidy: Studio, tmp_path: Path) -> None:
    """All subjects, and everything about the chosen one."""
    krita = tidy.krita
    krita.run("desk.choose_from('dreammix_status_menu', 'Library…')")
    krita.wait_until("desk.items('library_list') and 'teapot' in desk.text('library_about')")
    photograph(tidy, "library", tmp_path, krita.run("desk.dialog('LibraryDialog')"))


def test_the_gear_opens_the_settings(tidy: Studio, tmp_path: Path) -> None:
    """They show how it stands with the backend."""
    frame = opens(tidy, "settings", "SettingsDialog")
    tidy.krita.wait_until("desk.text('settings_state') == 'Connected' and desk.text('settings_health')")
    photograph(tidy, "settings", tmp_path, frame)


def test_what_goes_wrong_is_told_with_what_to_do(ready: Studio, tmp_path: Path) -> None:
    """What, why, and what to do; the button tries again, and the picture is as it was."""
    krita = ready.krita
    write(ready, painter.TOO_MUCH)
    krita.press("Return")
    krita.wait_until("desk.can('Try again') and 'memory' in desk.text('dreammix_what')")
    photograph(ready, "error", tmp_path, krita.run("desk.docked()"))
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
    photograph(ready, "lost", tmp_path, krita.run("desk.docked()"))
    assert krita.run("len(desk.stack())") == 1


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A picture file's."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))
