"""Real Kritas, each for many tests: one takes seconds to start."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.krita import harness
from tests.krita.hands import open_picture, sit_down
from tests.krita.harness import TOOLS, Krita, running
from tests.krita.spaces import open_new
from tests.krita.studio import PAINTER, Studio, studio


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """What every test here needs; only where the project is checked for good it must not be missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        told = f"needs {', '.join(missing)}: apt install krita xvfb xdotool imagemagick"
        if "CI" in os.environ:
            pytest.fail(told)
        pytest.skip(told)


@contextmanager
def for_the_canvas(renderer: str) -> Iterator[Krita]:
    """Krita without the plugin's docker; at the end it must go without complaint."""
    # A short path: the socket in it may have no more than 107 characters.
    with (
        tempfile.TemporaryDirectory(prefix="dm-") as folder,
        running(Path(folder), renderer=renderer) as krita,
    ):
        krita.run(
            "from tests.krita import inside\n"
            "Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)"
        )
        yield krita
        krita.close_all()
        assert krita.quit() == 0


@pytest.fixture(scope="session")
def started() -> Iterator[Krita]:
    """Krita, as it stands after its start."""
    with for_the_canvas(harness.PAINTER) as krita:
        yield krita


@pytest.fixture(scope="session")
def started_with_opengl() -> Iterator[Krita]:
    """The same, whose canvas is drawn with OpenGL, as artists have it."""
    with for_the_canvas(harness.OPENGL) as krita:
        yield krita


@pytest.fixture
def krita(started: Krita) -> Krita:
    """Krita with one new document of 64 x 64 pixels: 8-bit sRGB, its layer `base` transparent."""
    open_new(started)
    return started


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest) -> Iterator[Studio]:
    """Krita with the plugin, as it stands after its start; at the end it must go without complaint.

    Its backend works with the module's `TOOLS`; where it names none, a stand-in paints. So with `RENDERER`.
    """
    tools = getattr(request.module, "TOOLS", PAINTER)
    renderer = getattr(request.module, "RENDERER", harness.PAINTER)
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder), tools, renderer) as found:
        sit_down(found.krita)
        yield found
        found.krita.close_all()
        assert found.krita.quit() == 0


@pytest.fixture
def artist(opened: Studio) -> Studio:
    """Somebody with a picture open, and the backend connected."""
    open_picture(opened)
    return opened


@pytest.fixture
def tidy(artist: Studio) -> Iterator[Studio]:
    """Somebody whose windows are closed afterwards."""
    yield artist
    artist.krita.run("desk.close_dialogs()")
