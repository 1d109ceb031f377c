"""How long after the click the picture begins to form, measured in a real Krita (run as a module).

The backend's own time is that from the moment a worker takes the job to its first preview; the stand-in for a
model notes it. The rest is the plugin's and the way between them: reading the picture, sending it, fetching
the preview, drawing it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dreammix.protocol import Event, InsertRequest, Preview, Profile
from tests.krita.painter import Painter
from tests.krita.studio import Studio, studio

SIDE_PX: Final = 2048
REGIONS: Final = {"region of 256": (800, 800, 256, 256), "region of 1024": (500, 500, 1024, 1024)}
ROUNDS: Final = 5
STEPS: Final = 8
TIMES: Final = "times"
"""A file in the library's folder."""
WATCH: Final = """
import time
from dreammix_krita.canvas.overlay import Overlay
seen = []
painted = Overlay.paintEvent
def paint(self, event):
    painted(self, event)
    if self.sketch.picture is not None:
        seen.append(time.monotonic())
Overlay.paintEvent = paint
"""


class Noting(Painter):
    """Notes when it begins and when it has something to show."""

    def __init__(self, library: Path, device: str, profile: Profile | None) -> None:
        super().__init__(library, device, profile)
        self._times = library / TIMES

    def insert(self, request: InsertRequest, artist: str, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """See `Painter`."""
        begun, shown = time.monotonic(), False
        for event in super().insert(request, artist, cancelled):
            if isinstance(event, Preview) and not shown:
                shown = True
                self._times.write_text(f"{time.monotonic() - begun}")
            yield event


def load(model: str, library: Path | None, device: str, profile: Profile | None) -> Painter:
    """It is always there."""
    assert library is not None
    return Noting(library, device, profile)


def main() -> None:
    """Print a line for each region."""
    with (
        tempfile.TemporaryDirectory(prefix="dm-") as folder,
        studio(Path(folder), "tests.krita.measure_preview:load") as found,
    ):
        krita = found.krita
        krita.run("from tests.krita import desk\n" + WATCH)
        krita.wait_until("desk.made()")
        krita.run(f"desk.docker()\ndesk.new({SIDE_PX})")
        krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")
        krita.run(f"desk.steps({STEPS})\ndesk.choose('Pip')")
        for name, region in REGIONS.items():
            # The first one starts the worker: that is the backend's time, and not asked for here.
            over = [insert(found, region) for _ in range(ROUNDS + 1)][1:]
            print(f"{name}: {min(over):.2f} to {max(over):.2f} s over the backend's own time, of {ROUNDS}")
        krita.close_all()
        krita.quit()


def insert(found: Studio, region: tuple[int, int, int, int]) -> float:
    """Seconds from the click to the first preview, without the backend's own."""
    krita = found.krita
    krita.wait_until("desk.ground()")
    krita.run(f"desk.select(*{region})\nseen.clear()")
    krita.wait_until("desk.can('Insert subject')")
    layers = krita.run("len(desk.stack())")
    krita.run("clicked = time.monotonic()\ndesk.press()")
    krita.wait_until(f"len(desk.stack()) == {layers + 1} and desk.step() == -1")
    took = krita.run("seen[0] - clicked")
    return float(took) - float((found.server.library / TIMES).read_text())


if __name__ == "__main__":
    main()
