"""Which Qt the plugin takes: Krita's own, and never a second one."""

import os
import subprocess
import sys

from dreammix_krita.qt import QtCore
from tests.conftest import QT_VARIABLE

TAKEN = "print(__import__('dreammix_krita.qt').qt.QtCore.__name__)"


def test_the_tests_run_with_the_qt_that_was_asked_for() -> None:
    """`make test` runs these rooms with either; both in one process would crash."""
    assert QtCore.PYQT_VERSION_STR.split(".")[0] == os.environ.get(QT_VARIABLE, "5")
    assert not {"PyQt5", "PyQt6"} <= sys.modules.keys()


def test_the_qt_that_the_host_has_loaded_is_taken() -> None:
    """Both can be found by Python here; what counts is what is there already."""
    for loaded in ("PyQt5", "PyQt6"):
        program = f"import {loaded}.QtCore; {TAKEN}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == f"{loaded}.QtCore\n"
