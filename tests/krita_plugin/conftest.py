"""One Qt application without a screen for all tests of the plugin, and errors in its slots that are seen."""

import os
import sys
from collections.abc import Iterator
from types import TracebackType

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def no_error_is_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Qt drops what a slot raises: here it fails the test."""
    errors: list[BaseException] = []

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        errors.append(error)

    monkeypatch.setattr(sys, "excepthook", note)
    yield
    if errors:
        raise errors[0]
