"""The guide's steps in a clean profile, to their end: the plugin starts what paints."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from dreammix_backend.endpoint import Endpoint, read_endpoint
from tests.krita.hands import PICTURE, changed, exported, select, sit_down, write
from tests.krita.harness import OPENGL, Krita, running
from tests.krita.studio import build_plugin

WORDS: Final = "a red mug"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A Krita with the plugin, and the folder in which a backend says that it runs."""

    krita: Krita
    backend: Path


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    """Somebody who has the plugin and a Python with the backend, and nothing that was ever started."""
    with tempfile.TemporaryDirectory(prefix="dm-") as name:
        folder = Path(name)
        places = {"BACKEND": "backend", "LIBRARY": "library", "MODELS": "models", "SETUP": "setup"}
        variables = {f"DREAMMIX_{key}": str(folder / place) for key, place in places.items()}
        variables["DREAMMIX_PYTHON"] = sys.executable
        with running(folder, build_plugin(folder), variables, renderer=OPENGL) as krita:
            sit_down(krita)
            yield Newcomer(krita, folder / "backend")


def lives(backend: Endpoint) -> bool:
    """Whether its process goes on: one that has ended may wait for a parent that asks how."""
    try:
        told = Path(f"/proc/{backend.pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] != "Z"


def test_the_guide_is_followed_from_the_first_start_to_a_layer(newcomer: Newcomer, tmp_path: Path) -> None:
    """Start backend, a drag, words, a click: a layer in the region; and the backend goes with Krita."""
    krita = newcomer.krita
    krita.wait_until("desk.can('Start backend')")
    assert read_endpoint(newcomer.backend) is None
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("desk.text('dreammix_message') == 'Open a picture'")
    backend = read_endpoint(newcomer.backend)
    assert backend is not None and lives(backend)
    krita.run(f"desk.open_picture({str(PICTURE)!r})")
    krita.wait_until("len(desk.stack()) == 1")
    before = exported(newcomer, tmp_path)
    select(newcomer)
    write(newcomer, WORDS)
    krita.wait_until("desk.can('Insert subject')")
    krita.click(krita.run("desk.place('dreammix_action')"))
    krita.wait_until("len(desk.stack()) == 2 and desk.step() == -1")
    assert krita.run("desk.stack()[1]") == WORDS
    assert changed(before, exported(newcomer, tmp_path), krita.run("desk.selected()")) == {"inside"}
    krita.close_all()
    assert krita.quit() == 0
    krita.wait_for(lambda: not lives(backend), "the backend has ended")
