"""What inserts leave behind when they are over: nothing that only takes room."""

import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol import Box
from dreammix_krita.texts import Words
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.disk import no_room
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


def test_variants_of_a_closed_document_wait_for_it(desk: Desk) -> None:
    """The artist is told; opened again, by the same file, it has them, and elsewhere they are not drawn."""
    desk.document.path = "/pictures/lawn.kra"
    desk.controller.change(variants=2)
    job = desk.insert()
    desk.finish(job, BOX)
    desk.document.is_open = False
    other = desk.canvas.active = FakeDocument(key="{2}")
    desk.controller.look()
    told = Words.WAITS_ELSEWHERE, {"title": "Pip", "document": "picture.kra"}
    assert (desk.controller.notice, desk.client.acknowledged) == (told, [])
    assert (len(desk.controller.outcomes), desk.controller.picked, other.sketches) == (2, None, [])
    desk.canvas.active = FakeDocument(key="{3}", path="/pictures/lawn.kra")
    desk.controller.look()
    assert desk.controller.notice == (Words.WAITS_HERE, {"title": "Pip"})
    desk.controller.apply()
    assert (len(desk.canvas.active.added), [one.used for one in desk.controller.outcomes]) == (
        1,
        [True, False],
    )


def test_a_result_that_comes_after_its_document_was_closed_waits_too(desk: Desk) -> None:
    """Nobody has looked between the two."""
    job = desk.insert()
    desk.document.is_open = False
    desk.finish(job, BOX)
    assert desk.controller.notice == (Words.WAITS_ELSEWHERE, {"title": "Pip", "document": "picture.kra"})
    assert desk.client.acknowledged == []


@pytest.mark.parametrize("what", ["job", "settings"])
def test_a_full_disk_is_told(desk: Desk, what: str) -> None:
    """What cannot be written down is forgotten when Krita ends, and the artist knows before."""
    job = desk.insert()
    with no_room():
        if what == "job":
            job.begin()
        else:
            desk.services.settings.change(artist="Ana")
    assert desk.controller.notice is not None
    assert desk.controller.notice[0] is Words.NOT_KEPT
