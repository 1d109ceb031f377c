"""What inserts leave behind when they are over: nothing that only takes room."""

import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol import Box
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.flow.scripted import Desk

BOX = Box(100, 100, 300, 280)
"""Larger than that of other tests, so that what is kept of a result is small beside it."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """As elsewhere, with a larger box."""
    desk = Desk(tmp_path).ready()
    desk.document.selected = region(BOX)
    desk.controller.look()
    yield desk
    desk.close()


def test_an_insert_that_is_over_holds_no_memory(desk: Desk) -> None:
    """It knows the picture at the click: megabytes, which nobody needs then."""
    job = desk.insert()
    desk.finish(job, BOX)
    gone = weakref.ref(job.listener)
    desk.client.jobs.clear()
    del job
    until(lambda: gone() is None)


def test_a_used_result_is_kept_small(desk: Desk) -> None:
    """Its pixels are in the document; what is left is for the strip of thumbnails."""
    desk.finish(desk.insert(), BOX)
    (used,) = desk.controller.outcomes
    assert used.picture is not None and used.picture.size.area < BOX.size.area
    assert desk.document.added[0].picture.size == BOX.size


def test_of_a_closed_document_nothing_is_kept(desk: Desk) -> None:
    """Neither here nor by the backend, which kept the variants to choose from."""
    desk.controller.change(variants=2)
    job = desk.insert()
    desk.finish(job, BOX)
    closed = desk.document
    closed.is_open = False
    desk.canvas.active = FakeDocument(key="{2}")
    desk.controller.look()
    assert desk.client.acknowledged == [job.id]
    desk.canvas.active = FakeDocument(key=closed.key)
    desk.controller.look()
    assert desk.controller.outcomes == ()
