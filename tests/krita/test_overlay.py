"""What is shown over the canvas of a real Krita."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.krita.harness import Krita
from tests.krita.spaces import open_new

BOX = [8, 16, 24, 8]
SURFACES = {"started": "KisQPainterCanvas", "started_with_opengl": "KisOpenGLCanvas2"}
"""What each of the Kritas draws its canvas with."""

in_every_view = pytest.mark.parametrize(
    ("zoom", "rotation", "mirrored"),
    [(1.0, 0, False), (4.0, 0, False), (4.0, 90, False), (4.0, 90, True), (4.0, 30, False)],
)


@pytest.fixture(params=SURFACES)
def drawn(request: pytest.FixtureRequest) -> Krita:
    """Krita with one new document, its canvas drawn in either way."""
    krita: Krita = request.getfixturevalue(request.param)
    open_new(krita)
    assert krita.run("inside.show([0, 0, 64, 64])") is True
    assert krita.run("inside.surfaces()") == [SURFACES[request.param]]
    krita.run("inside.show(None)")
    return krita


@in_every_view
def test_it_lies_where_the_picture_is(
    drawn: Krita, tmp_path: Path, zoom: float, rotation: int, mirrored: bool
) -> None:
    """A rectangle of the picture is on the screen where the overlay takes it to be, within a pixel or so."""
    drawn.run(f"inside.fill({BOX}, [0, 0, 255, 255])")
    drawn.run(f"inside.view({zoom}, {rotation}, {mirrored})")
    # Outlined is another place, and thinly: it must not cover what is looked for.
    assert drawn.run("inside.show([0, 0, 64, 64])") is True
    is_red_on_screen(drawn, rotation, mirrored, tmp_path)


@in_every_view
def test_a_preview_lies_on_its_place(
    drawn: Krita, tmp_path: Path, zoom: float, rotation: int, mirrored: bool
) -> None:
    """A picture shown over the canvas covers its box of the document, however that is looked at."""
    drawn.run("inside.fill([0, 0, 64, 64], [255, 255, 255, 255])")
    drawn.run(f"inside.view({zoom}, {rotation}, {mirrored})")
    assert drawn.run(f"inside.preview({BOX})") is True
    is_red_on_screen(drawn, rotation, mirrored, tmp_path)


def is_red_on_screen(krita: Krita, rotation: int, mirrored: bool, folder: Path) -> None:
    """The box is red where the overlay takes it to be, and nothing else is."""
    krita.wait_until(f"inside.seen({rotation}, {mirrored})")
    around, wanted = krita.run(f"inside.on_screen({BOX})")
    krita.wait_for(
        lambda: red_in(krita, folder / "screen.png", around) == pytest.approx(wanted, abs=1.5),
        f"red is {wanted} of the canvas",
    )


def red_in(krita: Krita, path: Path, around: tuple[float, float, float, float]) -> list[int]:
    """The box around what is red on a part of the screen, by its edges; empty where nothing is."""
    krita.photograph(path)
    with Image.open(path) as screen:
        canvas = np.asarray(screen.convert("RGB").crop(around)).astype(int)
    red = (canvas[..., 0] > 200) & (canvas[..., 1:] < 100).all(axis=-1)
    rows, columns = np.nonzero(red.any(axis=1))[0], np.nonzero(red.any(axis=0))[0]
    return [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1] if red.any() else []


def test_it_touches_nothing_of_the_document(krita: Krita) -> None:
    """Shown and taken away it leaves the document unmodified, its layers as they were, and no widget."""
    before = krita.run("[inside.stack(), inside.visible()]")
    assert krita.run("inside.show([1, 1, 9, 9])") is True
    assert krita.run("len(inside.overlays())") == 1
    krita.run("inside.show([2, 2, 9, 9])")
    assert krita.run("len(inside.overlays())") == 1
    krita.run("inside.show(None)")
    krita.wait_until("inside.overlays() == []")
    assert krita.run("inside.host().modified()") is False
    assert krita.run("[inside.stack(), inside.visible()]") == before


def test_it_goes_with_its_document(krita: Krita) -> None:
    """A document that is closed while something is shown over it leaves no widget and no error."""
    krita.run("inside.show([1, 1, 9, 9])")
    krita.run("kept = inside.ours()")
    krita.close_all()
    krita.wait_until("inside.overlays() == []")
    assert krita.run("kept.show(None)") is True
