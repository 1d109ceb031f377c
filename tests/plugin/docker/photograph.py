"""The docker in every state, to be looked at: `python -m tests.plugin.docker.photograph FOLDER`.

A sheet for each language, theme and width, as `en-darker-240.png`; over each picture stands its state's name.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dreammix_krita.qt import QtCore, QtGui
from tests.krita_plugin.loop import application
from tests.plugin.docker.states import STATES, Docker
from tests.plugin.looks import USUAL, application_looks

LANGUAGES: Final = ("en", "de")
WIDTHS_PX: Final = (240, 400)
COLUMNS: Final = 6
GAP_PX: Final = 12
CAPTION_PX: Final = 20


def photographed(language: str, width: int) -> Mapping[str, QtGui.QPixmap]:
    """Every state in the colours of now, by its name."""
    pictures = {}
    for state, lead in STATES.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Docker(Path(folder), width, language)) as docker,
        ):
            lead(docker)
            docker.settle()
            pictures[state] = docker.panel.grab()
    return pictures


def sheet(pictures: Mapping[str, QtGui.QPixmap]) -> QtGui.QImage:
    """All of them beside and below each other, each under its name."""
    across = GAP_PX + max(picture.width() for picture in pictures.values())
    down = GAP_PX + CAPTION_PX + max(picture.height() for picture in pictures.values())
    rows = -(-len(pictures) // COLUMNS)
    whole = QtGui.QImage(GAP_PX + COLUMNS * across, GAP_PX + rows * down, QtGui.QImage.Format.Format_RGB32)
    whole.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(whole)
    for number, (state, picture) in enumerate(pictures.items()):
        row, column = divmod(number, COLUMNS)
        place = QtCore.QPoint(GAP_PX + column * across, GAP_PX + row * down)
        painter.drawText(place + QtCore.QPoint(0, CAPTION_PX - GAP_PX // 2), state)
        painter.drawPixmap(place + QtCore.QPoint(0, CAPTION_PX), picture)
    painter.end()
    return whole


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description="Photograph the docker in every state.")
    parser.add_argument("folder", type=Path, help="where the sheets go")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    application()
    for language, theme, width in product(LANGUAGES, USUAL, WIDTHS_PX):
        path = folder / f"{language}-{theme}-{width}.png"
        with application_looks(colours=theme):
            if not sheet(photographed(language, width)).save(str(path)):
                parser.error(f"{path} cannot be written")
        print(path)


if __name__ == "__main__":
    main()
