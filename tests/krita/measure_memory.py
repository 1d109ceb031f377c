"""Krita's memory after twenty inserts, beside a Krita without the plugin, measured in both (run as a module).

The inserts go into pictures of 2048 x 2048, with all that can come between (`twenty`). The control adds the
same layers by Krita's API alone: with them it has the same undo history, and no plugin.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from dreammix.protocol import Size
from tests.krita import painter, twenty
from tests.krita.harness import Krita, running
from tests.krita.studio import studio

SIDE_PX: Final = 2048
REGION: Final = (700, 700, 640, 640)
NEW: Final = f'createDocument({SIDE_PX}, {SIDE_PX}, "new", "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 300.0)'
SETTLED_S: Final = 10.0
"""How long Krita is left alone before it is weighed."""


def main() -> None:
    """Print what both weigh, and the difference."""
    before, after = without()
    print(f"without the plugin: {before:4.0f} MiB at the start, {after:4.0f} MiB at the end")
    before, with_it = within()
    print(f"with the plugin:    {before:4.0f} MiB at the start, {with_it:4.0f} MiB at the end")
    print(f"more at the end: {with_it - after:.0f} MiB")


def within() -> tuple[float, float]:
    """Twenty inserts by the plugin: MiB before and after."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder)) as found:
        krita = found.krita
        krita.run("from tests.krita import desk")
        krita.wait_until("desk.made()")
        before = weigh(krita)
        krita.run(f"desk.docker()\ndesk.new({SIDE_PX})")
        krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")
        krita.run("desk.choose('Pip')")
        layers = twenty.insert(found, REGION, f"desk.new({SIDE_PX})")
        assert krita.run("len(desk.stack())") == layers
        after = weigh(krita)
        krita.close_all()
        assert krita.quit() == 0
    return before, after


def without() -> tuple[float, float]:
    """The same layers by Krita's API alone: MiB before and after."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, running(Path(folder)) as krita:
        krita.run("Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)")
        before = weigh(krita)
        pixels = Path(folder) / "layer"
        pip = painter.pip_in(Size(*REGION[2:])).round().astype(np.uint8)
        pixels.write_bytes(pip[..., [2, 1, 0, 3]].tobytes())
        layers = twenty.control(krita, REGION, NEW, str(pixels))
        assert krita.run("len(stack())") == layers
        after = weigh(krita)
        assert krita.quit() == 0
    return before, after


def weigh(krita: Krita) -> float:
    """What of Krita lies in memory when it has come to rest, in MiB."""
    time.sleep(SETTLED_S)
    return krita.memory_mib()


if __name__ == "__main__":
    main()
