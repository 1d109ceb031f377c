"""How long the client keeps an interface waiting while a picture travels (run as a module).

A heartbeat of 1 ms in the same event loop; its longest gap while 4096 x 4096 pixels go up to a real server as
an insert's scene, and while the result comes down. The control is the same loop with nothing to do.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dreammix_krita.client.address import find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.jobs import Painting
from dreammix_krita.protocol import (
    InsertSettings,
    InsertWish,
    JobChanged,
    Picture,
    ResultPicture,
    SampleFormat,
)
from dreammix_krita.qt import QtCore
from tests.backend.serving import box, plain, serving
from tests.krita_plugin.loop import Box, Diary, until

SIDE_PX = 4096
CONTROL_S = 2.0


def longest_gap(condition: Callable[[], bool]) -> tuple[float, float]:
    """Until the condition holds: the heartbeat's longest gap in ms, and how long it took in s."""
    gaps = [0.0]
    begun = last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    heart = QtCore.QTimer()
    heart.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
    heart.timeout.connect(beat)
    heart.start(1)
    until(condition)
    return 1000 * max(gaps), time.perf_counter() - begun


def main() -> None:
    """Print a line for each."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        client = Client()
        client.connect_to(lambda: find_local(server.folder))
        until(lambda: client.phase is Phase.READY)
        end = time.perf_counter() + CONTROL_S
        show("nothing", *longest_gap(lambda: time.perf_counter() > end))
        diary, fetched = Diary(), Box[Picture | bytes]()
        wish = InsertWish(prompt="a red mug", settings=InsertSettings(steps=1))
        scene, mask = plain(SIDE_PX, SampleFormat.RGBA8), plain(SIDE_PX, SampleFormat.GRAY8)
        client.start(Painting(wish, scene, mask, box(SIDE_PX)), diary)
        show("80 MiB up", *longest_gap(lambda: bool(diary.infos)))
        until(lambda: any(isinstance(e, JobChanged) and e.state.final for e in diary.events))
        client.fetch(ResultPicture(diary.infos[0].job, 0), fetched.put, fetched.fail)
        show("64 MiB down", *longest_gap(lambda: bool(fetched.values or fetched.errors)))
        client.close()


def show(what: str, gap_ms: float, took_s: float) -> None:
    """One line."""
    print(f"{what:12} {took_s:6.2f} s   longest gap {gap_ms:6.1f} ms")


if __name__ == "__main__":
    main()
