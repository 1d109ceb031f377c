"""The artist's story in a real Krita with the real backend and the sandbox model, with mouse and keyboard."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.krita.hands import changed, exported, open_picture, select, sit_down, write
from tests.krita.studio import Studio, studio

TOOLS: Final = "tests.krita.lessons:load"
WORDS: Final = "a red mug"
STEPS: Final = 8


@pytest.fixture(scope="module")
def opened() -> Iterator[Studio]:
    """Krita with the plugin and a model; at the end it must go without complaint."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder), TOOLS) as found:
        sit_down(found)
        yield found
        found.krita.close_all()
        assert found.krita.quit() == 0


@pytest.fixture
def artist(opened: Studio) -> Studio:
    """Somebody with a picture open, the backend connected, and few steps wanted."""
    open_picture(opened)
    opened.krita.run(f"desk.steps({STEPS})")
    return opened


def test_the_model_paints_what_was_said_where_it_was_selected(artist: Studio, tmp_path: Path) -> None:
    """A drag, words, a click; it forms in the region, is a layer, and outside of that no byte is another."""
    krita = artist.krita
    before = exported(artist, tmp_path)
    select(artist)
    write(artist, WORDS)
    krita.wait_until("desk.can('Insert subject')")
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.previews() == 1")
    assert krita.run("len(desk.stack())") == 1
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == WORDS
    assert changed(before, exported(artist, tmp_path), krita.run("desk.selected()")) == {"inside"}
