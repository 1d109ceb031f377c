"""What artists do with mouse and keyboard in a studio, and how the guide's pictures are taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from PIL import Image

from tests.krita.harness import Krita
from tests.krita.studio import DEMO

PICTURE: Final = DEMO / "lawn.jpg"
PICTURES: Final = [DEMO / f"pip-{number}.png" for number in (1, 2, 4)]
"""Of a new subject."""
REGION: Final = (230, 180, 260, 260)
"""What is selected of it: x, y, width, height."""
SEEN: Final = Path(__file__).resolve().parents[2] / "docs/images/guide"
"""Where the guide's pictures go, when `DREAMMIX_GUIDE` is set; else they are taken and thrown away."""


class Artist(Protocol):
    """Somebody at a Krita, whoever started what paints."""

    @property
    def krita(self) -> Krita:
        """Theirs."""


def sit_down(krita: Krita) -> None:
    """Have the window in its place, wait until the docker is filled, and make room for it."""
    krita.run("from tests.krita import desk\ndesk.window().setGeometry(0, 0, 1600, 1000)")
    krita.wait_until("desk.made()")
    krita.run("desk.docker()\ndesk.alone()")


def open_picture(artist: Artist) -> None:
    """Have this picture open and nothing else; the backend is connected."""
    krita = artist.krita
    krita.close_all()
    krita.run(f"desk.open_picture({str(PICTURE)!r})")
    krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")


def select(artist: Artist) -> None:
    """Draw a rectangle with the selection tool."""
    krita, (x, y, width, height) = artist.krita, REGION
    krita.act("KisToolSelectRectangular")
    start, end = krita.run(f"[desk.on_screen({x}, {y}), desk.on_screen({x + width}, {y + height})]")
    krita.drag(start, end)
    krita.wait_until("desk.selected() != []")
    krita.rest()


def choose(artist: Artist, name: str) -> None:
    """Click a subject's card, unless it is chosen."""
    krita = artist.krita
    names = krita.run("desk.items('dreammix_subjects')")
    if krita.run("desk.chosen('dreammix_subjects')") != [name]:
        krita.click(krita.run(f"desk.item('dreammix_subjects', {names.index(name)})"))
    krita.wait_until(f"desk.chosen('dreammix_subjects') == [{name!r}]")


def write(artist: Artist, words: str) -> None:
    """Say this, and nothing else."""
    krita = artist.krita
    krita.click(krita.run("desk.place('dreammix_edit')"))
    krita.press("ctrl+a")
    krita.type(words)
    krita.wait_until(f"desk.text('dreammix_edit') == {words!r}")


def photograph(krita: Krita, name: str, folder: Path, frame: list[int] | None = None) -> None:
    """The screen, or a rectangle of it; for the guide if that is wanted."""
    path = (SEEN if "DREAMMIX_GUIDE" in os.environ else folder) / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    krita.rest()
    krita.wait_until("desk.messages() == 0")
    krita.photograph(folder / "screen.png")
    with Image.open(folder / "screen.png") as screen:
        left, top, right, bottom = frame or (0, 0, *screen.size)
        seen = screen.convert("RGB").crop((left, top, right, bottom))
    seen.save(path, quality=90, subsampling=0)


def opens(krita: Krita, button: str, dialog: str) -> list[int]:
    """Click a button; where the dialog is that it opens. Krita goes on: it is none that blocks."""
    krita.click(krita.run(f"desk.place('dreammix_{button}')"))
    krita.wait_until(f"desk.dialog({dialog!r}) != []")
    return list(krita.run(f"desk.dialog({dialog!r})"))


def begin_subject(artist: Artist) -> list[int]:
    """Open the window for a new subject and paste pictures there; where the window is."""
    krita, frame = artist.krita, opens(artist.krita, "new_subject", "TeachDialog")
    krita.run(f"desk.copy({[str(path) for path in PICTURES]!r})")
    krita.click(krita.run("desk.place('teach_paste')"))
    krita.wait_until("desk.text('teach_pictures_count') == '3 of 3 ready.'")
    return frame


def describe_subject(artist: Artist, name: str) -> None:
    """On the next page: a green teapot of that name."""
    krita = artist.krita
    to_page(artist, "teach_class_word")
    for field, words in (("class_word", "teapot"), ("name", name), ("attributes_words", "green")):
        krita.click(krita.run(f"desk.place('teach_{field}')"))
        krita.type(words)
        krita.wait_until(f"desk.text('teach_{field}') == {words!r}")
    krita.click(krita.run("desk.place('teach_attributes_add')"))
    krita.wait_until("desk.has('teach_attributes_change_0')")


def to_page(artist: Artist, name: str) -> None:
    """Turn to the next page, and wait until a widget there can be used."""
    krita = artist.krita
    krita.click(krita.run("desk.place('teach_next')"))
    krita.wait_until(f"desk.usable({name!r})")


Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def exported(artist: Artist, folder: Path) -> Pixels:
    """The picture as Krita exports it, RGBA."""
    path = folder / "exported.png"
    artist.krita.run(f"desk.export({str(path)!r})")
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA")).copy()


def changed(before: Pixels, after: Pixels, region: tuple[int, int, int, int]) -> set[str]:
    """Where pixels differ: `inside` of a region, `outside`, or both; compared byte by byte."""
    x, y, width, height = region
    differ = (before != after).any(axis=-1)
    inside = np.zeros_like(differ)
    inside[y : y + height, x : x + width] = True
    return {name for name, place in (("inside", inside), ("outside", ~inside)) if differ[place].any()}


def contrast(krita: Krita, frame: list[int], folder: Path) -> float:
    """Between the lightest and the darkest of a rectangle of the screen, as WCAG counts it: 1 to 21."""
    krita.photograph(folder / "screen.png")
    with Image.open(folder / "screen.png") as screen:
        left, top, right, bottom = frame
        seen = np.asarray(screen.convert("RGB").crop((left, top, right, bottom)), np.float64) / 255
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return float((luminance.max() + 0.05) / (luminance.min() + 0.05))
