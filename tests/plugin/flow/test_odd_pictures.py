"""Pictures and selections that are not as one expects them: a plain sentence, or the insert itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol import Box, Size
from dreammix_krita.canvas import CanvasFailure, Selected, Unselected
from dreammix_krita.docker.panel import Panel
from dreammix_krita.qt import QtWidgets
from dreammix_krita.state import Button
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import CANVAS, FakeDocument, region
from tests.plugin.flow.scripted import Desk

PIXEL = Box(7, 9, 1, 1)
EVERYTHING = region(Box.of(CANVAS))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A backend, a document, and Pip chosen."""
    desk = Desk(tmp_path).ready()
    yield desk
    desk.close()


def shown(desk: Desk) -> tuple[str, bool]:
    """What the docker says beneath its button, and whether that can be pressed."""
    panel = Panel(desk.controller, desk.services)
    message = panel.findChild(QtWidgets.QLabel, "dreammix_message")
    button = panel.findChild(QtWidgets.QPushButton, "dreammix_action")
    assert desk.controller.shown.button is Button.INSERT
    return message.text(), button.isEnabled()


@pytest.mark.parametrize(
    ("selected", "says", "possible"),
    [
        (Unselected.NONE, "Select where it should go", False),
        (Unselected.EMPTY, "The selection is empty: select where it should go", False),
        (Unselected.OUTSIDE, "The selection lies outside of the picture", False),
        (region(PIXEL), "The region is 1 px: details will be few", True),
        (EVERYTHING, "Everything is selected: the whole picture is painted anew", True),
    ],
)
def test_an_odd_selection_has_its_sentence(desk: Desk, selected: Selected, says: str, possible: bool) -> None:
    """Where there is nothing to paint in, the button is off; else it is a hint."""
    desk.document.selected = selected
    desk.controller.look()
    assert shown(desk) == (says, possible)


def test_without_a_document_one_is_to_be_opened(desk: Desk) -> None:
    """And a click by the shortcut begins nothing."""
    desk.canvas.active = None
    desk.controller.look()
    assert shown(desk) == ("Open a picture", False)
    desk.controller.insert()
    assert desk.client.jobs == []


@pytest.mark.parametrize("box", [PIXEL, Box.of(CANVAS)])
def test_one_pixel_and_all_of_them_are_painted(desk: Desk, box: Box) -> None:
    """Both are regions like any other."""
    desk.document.selected = region(box)
    desk.controller.look()
    desk.finish(desk.insert(), box)
    assert [added.box for added in desk.document.added] == [box]


def test_without_a_layer_it_is_said_what_to_pick(desk: Desk) -> None:
    """As where a mask of the whole picture is the current one."""
    desk.document.selected, desk.document.layer = region(PIXEL), None
    desk.controller.insert()
    until(lambda: desk.controller.trouble is not None)
    trouble = desk.controller.trouble
    assert isinstance(trouble, CanvasFailure)
    assert (trouble.what, trouble.remedy) == ("There is no background", "Pick a layer")
    assert desk.controller.jobs == ()


def test_a_canvas_that_is_too_wide_is_told_at_the_click(desk: Desk) -> None:
    """And nothing hangs: there is no job, and looking at it goes on."""
    desk.document.canvas_size, desk.document.selected = Size(40_000, 100), region(Box(5, 5, 20, 20))
    desk.controller.look()
    desk.controller.insert()
    assert desk.controller.jobs == () and desk.controller.trouble is not None
    assert str(desk.controller.trouble) == (
        "The picture has 40000 x 100 pixels: at most 32768 a side are allowed. Scale it down or crop it"
    )


def test_two_documents_at_once_keep_their_own(desk: Desk) -> None:
    """Each result goes where it was asked for, in whatever order they come."""
    first, second = desk.document, FakeDocument(key="{2}", canvas_size=Size(100, 100))
    first.selected, second.selected = region(Box(5, 5, 20, 20)), region(Box(50, 50, 20, 20))
    desk.controller.look()
    one = desk.insert()
    desk.canvas.active = second
    other = desk.insert()
    desk.finish(other, Box(50, 50, 20, 20))
    desk.finish(one, Box(5, 5, 20, 20))
    assert [added.box for added in first.added] == [Box(5, 5, 20, 20)]
    assert [added.box for added in second.added] == [Box(50, 50, 20, 20)]
