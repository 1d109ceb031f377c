"""How long the interface waits for the thumbnails of a large library: `python -m tests.plugin.measure_shelf`.

Told is the longest that the thread computed between two beats of a heart, in milliseconds: while all come to
the docker, while one more comes, and while the library's window opens.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dreammix.files import thumbnail as made_small
from dreammix.protocol.library import GetSubject, ListSubjects, SubjectCard, SubjectDetails, Subjects
from dreammix.protocol.payloads import SubjectThumbnail
from dreammix.subjects.pictures import THUMBNAIL_SIDE_PX
from dreammix_krita.dialogs.library.dialog import LibraryDialog
from dreammix_krita.docker.panel import Panel
from dreammix_krita.qt import QtCore
from tests.krita.studio import DEMO
from tests.krita_plugin.loop import until
from tests.plugin.flow.scripted import NOW, Desk

SUBJECTS: Final = 200
PAGE: Final = 100
SETTLED_S: Final = 2.0
"""What is drawn a little at a time is drawn by then."""


class Heart:
    """Beats as often as it can."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._last = time.thread_time()
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(0)

    def _beat(self) -> None:
        now = time.thread_time()
        self._longest = max(self._longest, now - self._last)
        self._last = now

    def during(self, what: Callable[[], object], done: Callable[[], bool]) -> float:
        """The longest between two beats while something is done, in milliseconds."""
        self._longest, self._last = 0.0, time.thread_time()
        what()
        until(done)
        end = time.monotonic() + SETTLED_S
        until(lambda: time.monotonic() > end)
        return round(1000 * self._longest, 1)


def thumbnail() -> bytes:
    """The PNG file that a library makes of a photograph."""
    return made_small((DEMO / "pip-1.png").read_bytes(), THUMBNAIL_SIDE_PX)


def subject(number: int) -> SubjectCard:
    """One of many."""
    return SubjectCard(
        id=f"s{number}", name=f"S{number}", class_word="teapot", pictures=4, taught=number % 2 == 0,
        favourite=number < 9, modified=NOW,
    )  # fmt: skip


def main() -> None:
    """Measure, and print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        count = SUBJECTS

        def page(question: ListSubjects) -> Subjects:
            cards = tuple(map(subject, range(count)))[question.first : question.first + PAGE]
            return Subjects(cards=cards, total=count)

        png = thumbnail()
        details = partial(SubjectDetails, attributes=(), pictures=(), versions=(), created=NOW, disk_bytes=1)
        desk.client.answers |= {
            ListSubjects: page,
            SubjectThumbnail: lambda source: png + source.subject.encode(),
            GetSubject: lambda question: details(card=subject(int(question.subject[1:]))),
        }
        panel = Panel(desk.controller, desk.services)
        panel.resize(320, 900)
        panel.show()
        shelf, heart = desk.services.shelf, Heart()
        print("all come:", heart.during(desk.client.arrive, lambda: len(shelf.thumbnails) == count), "ms")
        count += 1
        print("one more:", heart.during(shelf.refresh, lambda: len(shelf.thumbnails) == count), "ms")
        windows: list[LibraryDialog] = []

        def open_library() -> None:
            windows.append(LibraryDialog(None, desk.services, lambda _: None))
            windows[0].show()

        print("library:", heart.during(open_library, lambda: windows[0].list.count() == count), "ms")
        print("one more there:", end=" ")
        count += 1
        print(heart.during(shelf.refresh, lambda: windows[0].list.count() == count), "ms")
        windows[0].close()
        desk.close()


if __name__ == "__main__":
    main()
