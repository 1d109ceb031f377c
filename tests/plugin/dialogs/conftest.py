"""One Qt application without a screen for the tests of dialogs; errors in slots are seen, no window stays."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import application
from tests.plugin.dialogs.scripted import make_services


@pytest.fixture(autouse=True)
def nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a slot raises fails the test; every window is gone afterwards."""
    errors: list[BaseException] = []

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        errors.append(error)

    monkeypatch.setattr(sys, "excepthook", note)
    application()
    yield
    for window in QtWidgets.QApplication.topLevelWidgets():
        window.hide()
        window.deleteLater()
    QtCore.QCoreApplication.sendPostedEvents(None, int(QtCore.QEvent.Type.DeferredDelete))
    if errors:
        raise errors[0]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """The plugin's parts, with a scripted backend and a canvas without Krita."""
    return make_services(tmp_path)
