"""Which client keeps the artist waiting less, measured in a real Krita (run as a module).

A heartbeat in Krita's GUI thread while a picture of 4096 x 4096 goes up to a real server as an insert's
scene, and while the result comes down: for the plugin's client on Qt's socket, and for asyncio in a thread.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.backend.serving import serving
from tests.krita.harness import Krita, running

SIDE_PX = 4096
CONTROL_S = 2.0
PATIENCE_S = 60.0


def main(rounds: int = 3) -> None:
    """Print a line for each client and way."""
    with (
        tempfile.TemporaryDirectory(prefix="dm-") as folder,
        serving(Path(folder) / "server") as server,
        running(Path(folder)) as krita,
    ):
        krita.run("from tests.krita import clients, heart\npulse = heart.Heart()")
        krita.run("pulse.begin()")
        time.sleep(CONTROL_S)
        show("nothing", "", CONTROL_S, krita.run("pulse.end()"))
        for _ in range(rounds):
            for name in ("Own", "Threaded"):
                krita.run(f"client = clients.{name}({str(server.folder)!r})")
                krita.wait_until("client.ready")
                measure(krita, name, "80 MiB up", f"client.send({SIDE_PX})", ("sent", "painted"))
                krita.wait_until("client.state == 'painted'")
                measure(krita, name, "64 MiB down", "client.fetch()", ("fetched",))
                krita.run("client.close()")
        krita.quit()


def measure(krita: Krita, name: str, way: str, begin: str, states: tuple[str, ...]) -> None:
    """One way of one client."""
    krita.run(begin + "\npulse.begin()")
    begun = time.perf_counter()
    while krita.run("client.state") not in states:
        assert time.perf_counter() < begun + PATIENCE_S, krita.run("client.state")
        time.sleep(0.1)
    took = time.perf_counter() - begun
    show(name, way, took, krita.run("pulse.end()"))


def show(name: str, way: str, took_s: float, gaps: list[float]) -> None:
    """One line."""
    print(f"{name:9} {way:12} {took_s:5.1f} s   longest gap {gaps[0]:6.1f} ms, computing {gaps[2]:6.1f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
