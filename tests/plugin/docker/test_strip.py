"""The strip of a document's results."""

from pathlib import Path

from dreammix_krita.docker.strip import THUMBNAIL_PX
from dreammix_krita.history import History
from dreammix_krita.qt import QtWidgets
from tests.plugin.canvas.fake import FakeDocument
from tests.plugin.docker.states import BOX, Docker


def test_a_picture_that_was_opened_again_shows_what_its_results_looked_like(tmp_path: Path) -> None:
    """And not their subject, whose own picture is known too."""
    docker = Docker(tmp_path, memory=History())
    docker.select()
    docker.desk.finish(docker.desk.insert(), BOX)
    kept = docker.desk.document.annotations
    docker.desk.canvas.active = FakeDocument(key="{2}", annotations=kept)
    docker.desk.controller.look()
    docker.settle()
    item = docker.find(QtWidgets.QListWidget, "results").item(0)
    assert item is not None
    image = item.icon().pixmap(THUMBNAIL_PX, THUMBNAIL_PX).toImage()
    assert image.pixelColor(image.rect().center()).getRgb() == (60, 120, 195, 255)
    docker.close()
