"""How the docker looks in each state: narrow and wide, with large letters, in every theme of Krita's."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from dreammix_krita.legible import LEAST_CONTRAST
from tests.plugin.docker.states import STATES, Docker, shown
from tests.plugin.looks import THEMES, USUAL, application_looks, cut_off, faint, overlapping

LETTERS = (1.0, 1.5, 2.0)
"""So many times as large as usual: a desktop without a scale of its own enlarges letters alone."""
WIDTHS_PX = (240, 400)


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("state", STATES)
def test_every_text_has_its_room(tmp_path: Path, state: str, language: str, letters: float) -> None:
    """In a narrow docker and in a wide one nothing is cut off, lies on another thing, or outside."""
    with application_looks(letters), closing(Docker(tmp_path, language=language)) as docker:
        STATES[state](docker)
        for width in WIDTHS_PX:
            docker.panel.resize(round(width * letters), 720)
            docker.settle()
            viewport, body = docker.panel.viewport(), docker.body
            assert viewport is not None
            assert body.width() <= viewport.width() <= width * letters
            seen = shown(docker)
            assert [widget.objectName() for widget in seen if cut_off(widget)] == []
            assert overlapping(seen, body) == []


@pytest.mark.parametrize("theme", USUAL)
@pytest.mark.parametrize("state", STATES)
def test_every_text_stands_out_from_its_ground(tmp_path: Path, state: str, theme: str) -> None:
    """Also where the theme's own letters are too faint."""
    with application_looks(colours=theme), closing(Docker(tmp_path)) as docker:
        STATES[state](docker)
        docker.settle()
        assert faint(shown(docker), docker.body, LEAST_CONTRAST) == {}


@pytest.mark.parametrize("state", ["ready", "many", "advanced", "error"])
def test_another_theme_is_taken_at_once(tmp_path: Path, state: str) -> None:
    """An artist who changes Krita's theme, to any that comes with it, reads on."""
    with closing(Docker(tmp_path)) as docker:
        STATES[state](docker)
        for theme in THEMES:
            with application_looks(colours=theme):
                docker.settle()
                assert faint(shown(docker), docker.body, LEAST_CONTRAST) == {}


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_a_dense_screen_shows_the_same(scale: str) -> None:
    """With a desktop's scale, which Qt takes only at the start of a process."""
    here = "tests/plugin/docker/test_looks.py"
    chosen = (
        f"test_every_text_has_its_room and en-{LETTERS[0]} and (ready or many or error or done or advanced)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--no-cov", "-p", "no:xdist", here, "-k", chosen],
        env=os.environ | {"QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
