"""Films a real insert in a real Krita: `python -m tests.krita.film docs/images/insert.gif`.

The sandbox model paints what the words say where the mouse has drawn a selection.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from PIL import Image

from tests.krita.hands import sit_down
from tests.krita.studio import DEMO, Studio, studio

MODEL: Final = "dreammix_backend.worker.tools:load"
PICTURE: Final = DEMO / "lawn.jpg"
REGION: Final = (190, 230, 360, 190)
WORDS: Final = "a yellow car"
SEED: Final = 4
"""With the weights of 36,000 steps it is better than 1."""
FRAME: Final = (0, 0, 1600, 960)
"""What of the screen is shown: left, top, right, bottom."""
WIDTH_PX: Final = 800
MOST_FRAMES: Final = 20
SHOWN_MS: Final = 700
LAST_MS: Final = 2500
PATIENCE_S: Final = 900.0


def main(path: Path) -> None:
    """Write the film."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder), MODEL) as found:
        frames = film(found, Path(folder) / "frame.png")
        found.krita.close_all()
        found.krita.quit()
    step = max(1, len(frames) // MOST_FRAMES)
    kept = [*frames[:-1:step], frames[-1]]
    times = [SHOWN_MS] * (len(kept) - 1) + [LAST_MS]
    first, *rest = (frame.quantize(256) for frame in kept)
    first.save(path, save_all=True, append_images=rest, duration=times, loop=0, optimize=True)
    print(f"{path}: {len(kept)} of {len(frames)} frames")


def film(found: Studio, place: Path) -> list[Image.Image]:
    """Every different moment of an insert."""
    krita, (x, y, width, height) = found.krita, REGION
    sit_down(krita)
    krita.run(f"desk.open_picture({str(PICTURE)!r})")
    krita.act("KisToolSelectRectangular")
    krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")
    frames = [photographed(found, place)]
    krita.drag(*krita.run(f"[desk.on_screen({x}, {y}), desk.on_screen({x + width}, {y + height})]"))
    krita.wait_until("desk.selected() != []")
    krita.click(krita.run("desk.place('dreammix_edit')"))
    krita.type(WORDS)
    krita.run(f"desk.seed({SEED})")
    krita.wait_until(f"desk.text('dreammix_edit') == {WORDS!r} and desk.can('Insert subject')")
    krita.wait_until("desk.messages() == 0")
    frames.append(photographed(found, place))
    krita.click(krita.run("desk.place('dreammix_action')"))
    end, last = time.monotonic() + PATIENCE_S, -1
    while krita.run("len(desk.stack())") == 1:
        assert time.monotonic() < end, krita.run("desk.text('dreammix_message')")
        step = krita.run("desk.step()")
        if step != last:
            last = step
            frames.append(photographed(found, place))
    krita.wait_until("desk.previews() == 0 and desk.step() == -1")
    krita.act("deselect")
    krita.wait_until("desk.selected() == [] and desk.overlays() == 0")
    return [*frames, photographed(found, place)]


def photographed(found: Studio, place: Path) -> Image.Image:
    """The screen, as it is in the film."""
    found.krita.photograph(place)
    with Image.open(place) as screen:
        seen = screen.convert("RGB").crop(FRAME)
    return seen.resize((WIDTH_PX, round(WIDTH_PX * seen.height / seen.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
