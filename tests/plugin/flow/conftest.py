"""A controller at work; as in `tests/krita_plugin` what a slot raises fails the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita_plugin.conftest import no_error_is_lost
from tests.plugin.canvas.fake import region
from tests.plugin.flow.scripted import BOX, Desk

__all__ = ["no_error_is_lost"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A backend, a document with a selected box, and Pip chosen."""
    desk = Desk(tmp_path).ready()
    desk.document.selected = region(BOX)
    desk.controller.look()
    yield desk
    desk.close()
