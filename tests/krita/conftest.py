"""One real Krita for all tests of this folder: it takes seconds to start."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita.harness import TOOLS, Krita, running
from tests.krita.spaces import open_new


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """What every test here needs; only where the project is checked for good it must not be missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        told = f"needs {', '.join(missing)}: apt install krita xvfb xdotool imagemagick"
        if "CI" in os.environ:
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def started() -> Iterator[Krita]:
    """Krita, as it stands after its start; at the end it must go without complaint."""
    # A short path: the socket in it may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, running(Path(folder)) as krita:
        krita.run(
            "from tests.krita import inside\n"
            "Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)"
        )
        yield krita
        krita.close_all()
        assert krita.quit() == 0


@pytest.fixture
def krita(started: Krita) -> Krita:
    """Krita with one new document of 64 x 64 pixels: 8-bit sRGB, its layer `base` transparent."""
    open_new(started)
    return started
