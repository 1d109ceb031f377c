"""`dreammix demo`: its pictures are in order, and it shows how an insert comes about."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from dreammix.cli.demo import DEMO_FOLDER, DemoScene, demo_scenes
from dreammix.cli.demo_subject import demo_subject
from dreammix.cli.strips import GAP, TILE_HEIGHT, WORDS_HEIGHT, Tile, strip
from dreammix.files import read_mask, read_scene
from dreammix.models.usual import USUAL
from dreammix.protocol import InsertRequest, TeachSettings
from tests.cli.conftest import Desk


def test_there_are_enough_scenes_with_names_of_their_own() -> None:
    """At least four, and no result overwrites another."""
    names = [scene.name for scene in demo_scenes()]
    assert len(names) == len(set(names)) >= 4


@pytest.mark.parametrize("scene", demo_scenes(), ids=lambda scene: scene.name)
def test_every_scene_makes_a_sound_request(scene: DemoScene) -> None:
    """Scene and mask exist, fit each other, and the mask selects something but not everything."""
    mask = read_mask(DEMO_FOLDER / scene.mask)
    InsertRequest(
        scene=read_scene(DEMO_FOLDER / scene.scene).picture, mask=mask, prompt=scene.prompt, seed=scene.seed
    )
    assert 0 in mask.data


def test_the_demo_shows_how_it_came_about(desk: Desk, tmp_path: Path) -> None:
    """A strip, the result, a film and a sheet of all are written; their places and the time are said."""
    name = demo_scenes()[0].name
    folder = tmp_path / "a" / "demo"
    outcome = desk.run(["demo", name, "--model", str(desk.model), "--out", str(folder)])
    expected = {f"{name}.png", f"{name}-result.png", f"{name}.webp", "all.png"}
    assert outcome.status == 0
    assert {path.name for path in folder.iterdir()} == expected
    assert all(file in outcome.out for file in expected)
    assert " s, " in outcome.out.splitlines()[-1]
    with Image.open(folder / f"{name}.webp") as film, Image.open(folder / f"{name}.png") as strip:
        film.seek(10)  # Raises EOFError where there are fewer frames.
        assert strip.width > 4 * strip.height


@pytest.mark.parametrize("words", ["a long label " * 6, "unbreakable" * 5])
def test_words_under_a_tile_stay_under_it(words: str) -> None:
    """They go on in lines below, or the tile has room for the longest: none is drawn under the next tile."""
    next_tile = Tile("", Image.new("RGB", (40, TILE_HEIGHT)))
    shown = strip("", [Tile(words, Image.new("RGB", (120, TILE_HEIGHT))), next_tile])
    under, beside = WORDS_HEIGHT + TILE_HEIGHT, shown.width - GAP - next_tile.image.width
    ink = (np.asarray(shown) != np.asarray(shown)[-1, -1]).any(axis=2)
    assert not ink[under:, beside:].any()
    for top in range(under, shown.height - GAP, WORDS_HEIGHT):
        assert ink[top : top + WORDS_HEIGHT, :beside].any()


def test_an_unknown_scene_is_one_line(desk: Desk) -> None:
    """The line says which there are."""
    outcome = desk.run(["demo", "moon", "--out", str(desk.folder / "demo")])
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1
    assert demo_scenes()[0].name in outcome.err
    assert not (desk.folder / "demo").exists()


def test_a_folder_that_cannot_be_made_is_one_line(desk: Desk) -> None:
    """A file in the folder's place is an OutputFailure before the model is loaded."""
    outcome = desk.run(["demo", "--out", str(desk.folder / "scene.png" / "demo")])
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1


def test_the_demo_teaches_a_subject(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sheet shows the subject in each of its scenes: an example, plain words, as it is, and each edit."""
    quick = TeachSettings(steps=2, regular_pictures=1, samples=0)
    monkeypatch.setitem(cast(dict[str, TeachSettings], USUAL), "tiny", quick)
    subject = demo_subject(DEMO_FOLDER)
    folder = desk.folder / "demo"
    outcome = desk.run(["demo", subject.name, "--model", str(desk.model), "--out", str(folder)])
    assert outcome.status == 0, outcome.err
    assert {path.name for path in folder.iterdir()} == {f"{subject.name}.png", "all.png"}
    with Image.open(folder / f"{subject.name}.png") as sheet:
        assert sheet.height >= len(subject.scenes) * (2 * WORDS_HEIGHT + TILE_HEIGHT + GAP)
        assert sheet.width > (3 + len(subject.edits)) * TILE_HEIGHT
