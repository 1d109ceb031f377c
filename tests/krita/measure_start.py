"""What the plugin adds to Krita's start, measured in starts with it and without it (run as a module).

Both profiles have been started once before, so that neither Krita nor Python does anything for the first
time. What a start computes does not depend on how busy the machine is; the time of the wall does.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from tests.krita.harness import running
from tests.krita.studio import build_plugin

ROUNDS: Final = 6
SETTLED_S: Final = 3.0
"""How long Krita is left alone before it is asked what its start has cost."""
MADE: Final = """
from PyQt5 import QtWidgets
def made():
    return any(one.objectName() == "dreammix_panel" for one in QtWidgets.QApplication.allWidgets())
"""
TIMES: Final = """
import os
with open("/proc/self/stat") as stream:
    told = stream.read().rpartition(")")[2].split()
user, system, began = (int(told[field]) / os.sysconf("SC_CLK_TCK") for field in (11, 12, 19))
[probe.opened - began, user + system]
"""
"""Seconds until there was a window, and seconds of the processor by now."""


def main() -> None:
    """Print both, and the difference."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder:
        plugin = build_plugin(Path(folder))
        homes = {"with the plugin": (Path(folder, "a"), plugin), "without": (Path(folder, "b"), None)}
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in homes}
        for home, _ in homes.values():
            home.mkdir()
        for _ in range(ROUNDS + 1):
            for name, (home, wanted) in homes.items():
                found[name].append(start(home, wanted))
    (with_it, without) = ([median(one) for one in zip(*times[1:], strict=True)] for times in found.values())
    tell("with the plugin", *with_it)
    tell("without", *without)
    tell("more with it", with_it[0] - without[0], with_it[1] - without[1])


def tell(what: str, window: float, computed: float) -> None:
    """A line."""
    print(f"{what:16} {1000 * window:5.0f} ms to the window, {1000 * computed:5.0f} ms of computing")


def start(home: Path, plugin: Path | None) -> tuple[float, float]:
    """One start: seconds to the window, and seconds of computing until nothing is left to do."""
    with running(home, plugin) as krita:
        if plugin is not None:
            krita.run(MADE)
            krita.wait_until("made()")
        time.sleep(SETTLED_S)
        window, computed = krita.run(TIMES)
        assert krita.quit() == 0
    return window, computed


if __name__ == "__main__":
    main()
