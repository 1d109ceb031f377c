"""`dreammix masks`: a sheet of what was found, and a word about what was not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with `ball.png`, a disc on grey, and `wall.png`, the grey alone."""
    y, x = np.mgrid[:80, :80]
    wall = np.full((80, 80, 3), 140, np.uint8)
    ball = wall.copy()
    ball[(y - 40) ** 2 + (x - 40) ** 2 < 400] = (20, 60, 200)
    Image.fromarray(wall).save(tmp_path / "wall.png")
    Image.fromarray(ball).save(tmp_path / "ball.png")
    return tmp_path


def test_a_sheet_comes_out(run: Run, pictures: Path) -> None:
    """The sheet is written and named; what was found is tinted on it."""
    sheet = pictures / "sheet.png"
    outcome = run(["masks", str(pictures / "ball.png"), "--class", "ball", "--out", str(sheet)])
    assert (outcome.status, outcome.out) == (0, f"{sheet}\n")
    with Image.open(sheet) as image:
        red = np.asarray(image.convert("RGB"))[..., 0]
    assert (red == 255).any()


def test_a_bad_picture_hides_no_good_one(run: Run, pictures: Path) -> None:
    """The sheet shows both, and one line names the picture in which nothing is."""
    sheet = pictures / "sheet.png"
    names = [str(pictures / "wall.png"), str(pictures / "ball.png")]
    outcome = run(["masks", *names, "--class", "ball", "--out", str(sheet)])
    assert outcome.status == 1
    assert outcome.err.startswith("dreammix: wall.png: No ball was found")
    assert outcome.err.count("\n") == 1
    assert sheet.exists()


def test_every_bad_picture_is_named(run: Run, pictures: Path) -> None:
    """Also one whose mask is of another size; the good one is on the sheet all the same."""
    Image.new("L", (8, 8), 255).save(pictures / "mask.png")
    sheet = pictures / "sheet.png"
    names = [str(pictures / name) for name in ("ball.png", "wall.png", "ball.png")]
    words = ["masks", *names, "--mask", str(pictures / "mask.png"), "--class", "ball", "--out", str(sheet)]
    outcome = run(words)
    assert outcome.status == 1
    first, second = outcome.err.splitlines()
    assert first.startswith("dreammix: ball.png: ") and "80 x 80" in first
    assert second.startswith("dreammix: wall.png: No ball was found")
    assert sheet.exists()


def test_a_given_mask_is_shown(run: Run, pictures: Path) -> None:
    """With a mask the wall has a subject, too."""
    Image.new("L", (80, 80), 255).save(pictures / "mask.png")
    words = ["masks", str(pictures / "wall.png"), "--mask", str(pictures / "mask.png"), "--class", "wall"]
    assert run([*words, "--out", str(pictures / "sheet.png")]).status == 0


def test_more_masks_than_pictures_are_refused(run: Run, pictures: Path) -> None:
    """A mask without its picture is a slip."""
    Image.new("L", (80, 80), 255).save(pictures / "mask.png")
    words = ["masks", str(pictures / "ball.png"), "--class", "ball", "--out", str(pictures / "sheet.png")]
    assert run([*words, *["--mask", str(pictures / "mask.png")] * 2]).status == 1
