"""An insert against a real server process that outlives Krita, or does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dreammix.protocol import Box, InsertSettings, Size
from dreammix_krita.client.address import find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.keeper import Keeper
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.history import History
from dreammix_krita.services import Services
from dreammix_krita.settings import FILE, Settings
from dreammix_krita.texts import Catalogue
from tests.backend.serving import Serving, serving
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeCanvas, FakeDocument, region

PICTURE = "/pictures/lawn.kra"


class Start:
    """One start of Krita, with one picture open; it ends without a word."""

    def __init__(self, folder: Path, server: Serving, document: FakeDocument | None = None) -> None:
        settings = Settings(folder / FILE)
        self.client = Client(session=settings.value.session)
        self.document = document or FakeDocument(path=PICTURE, selected=region(Box(100, 100, 60, 40)))
        services = Services(
            client=self.client,
            keeper=Keeper(self.client, settings, {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}),
            canvas=FakeCanvas(self.document),
            shelf=Shelf(self.client, settings),
            texts=Catalogue("en"),
            settings=settings,
        )
        self.controller = Controller(services, History())
        self.controller.look()
        self.client.connect_to(lambda: find_local(server.folder))
        until(lambda: self.client.phase is Phase.READY)


def test_an_insert_outlives_krita_and_the_backend(tmp_path: Path) -> None:
    """Both are gone in the middle of it; at their next start it is painted, and offered in its picture."""
    with serving(tmp_path) as server:
        first = Start(tmp_path, server)
        first.controller.change(words="slow 200", settings=InsertSettings(steps=9))
        first.controller.insert()
        until(lambda: bool(first.controller.jobs and first.controller.jobs[0].progress))
        server.process.kill()
        server.process.wait()
    first.client.close()
    with serving(tmp_path) as server:
        second = Start(tmp_path, server)
        until(lambda: bool(second.controller.outcomes))
        (outcome,) = second.controller.outcomes
        assert (outcome.wish.words, outcome.region) == ("slow 200", first.document.selected)
        assert second.document.added == []
        second.controller.apply()
        assert len(second.document.added) == 1
        second.client.close()


@pytest.mark.parametrize(
    ("canvas", "box"),
    [
        (Size(640, 480), Box(7, 9, 1, 1)),
        (Size(640, 480), Box(0, 0, 640, 480)),
        (Size(30_000, 30_000), Box(29_900, 29_910, 100, 90)),
    ],
)
def test_odd_regions_are_planned_and_painted(tmp_path: Path, canvas: Size, box: Box) -> None:
    """One pixel, all of them, and the corner of a canvas of 30,000 pixels, of which little is read."""
    document = FakeDocument(canvas_size=canvas, selected=region(box))
    with serving(tmp_path) as server:
        start = Start(tmp_path, server, document)
        start.controller.change(words="a red mug", settings=InsertSettings(steps=2))
        start.controller.insert()
        until(lambda: bool(document.added) or start.controller.trouble is not None)
        assert start.controller.trouble is None
        (added,) = document.added
        assert added.box.intersect(box) is not None and Box.of(canvas).contains(added.box)
        start.client.close()
