"""One real Krita for all tests of this folder: it takes seconds to start."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita.harness import LISTED_S, TOOLS, Krita, running


@pytest.fixture(scope="session")
def started() -> Iterator[Krita]:
    """Krita, as it stands after its start; at the end it must go without complaint."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        told = f"needs {', '.join(missing)}: apt install krita xvfb xdotool imagemagick"
        if "CI" in os.environ:
            pytest.fail(told)
        pytest.skip(told)
    # A short path: the socket in it may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, running(Path(folder)) as krita:
        krita.run(
            "from tests.krita import inside\n"
            "Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)"
        )
        yield krita
        time.sleep(LISTED_S)
        assert krita.run("inside.close_all()") == 0
        assert krita.quit() == 0


@pytest.fixture
def krita(started: Krita) -> Krita:
    """Krita with one new document of 64 x 64 pixels: 8-bit sRGB, its layer `base` transparent."""
    time.sleep(LISTED_S)
    started.run("inside.open_new()")
    started.wait_until("inside.picked() == 'base'")
    return started
