"""`dreammix train`: from a subject in the library to a version of it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from dreammix.attributes.encoders import ClipSight
from dreammix.files import png
from dreammix.geometry import to_picture
from dreammix.models.usual import USUAL
from dreammix.protocol import Picture, TeachSettings
from dreammix.segmentation import OfflineSegmenter
from dreammix.subjects import Library, NewPicture, Subject
from dreammix.training.checkpoints import checkpoints
from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]
INTERRUPTED = 130


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Where the command line looks for it; teaching is made small."""
    monkeypatch.setenv("DREAMMIX_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)
    monkeypatch.setitem(cast(dict[str, TeachSettings], USUAL), "tiny", TeachSettings(samples=1))
    return Library(tmp_path / "library")


@pytest.fixture
def pip(library: Library) -> Subject:
    """A mug of noise, with its mask."""
    pixels = np.random.default_rng(1).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    mask = np.zeros((40, 48), np.uint8)
    mask[5:30, 5:30] = 255
    return library.create("Pip", "mug", pictures=[NewPicture(png(to_picture(pixels)), png(to_picture(mask)))])


def words(model: Path, *more: str) -> list[str]:
    """A quick teaching of Pip."""
    return ["train", "pip", "--model", str(model), "--steps", "2", "--regular", "0", *more]


def test_a_subject_is_taught_by_its_name(
    run: Run, library: Library, pip: Subject, tiny_model: Path, tmp_path: Path
) -> None:
    """It says so, keeps a version, and leaves the last sample where it was asked for."""
    outcome = run(words(tiny_model, "--sample", str(tmp_path / "sample.png")))
    assert outcome.status == 0
    assert outcome.out.startswith("Pip is taught (version 1, loss ")
    assert "Teaching" in outcome.err
    assert library.get(pip.id).active == 1
    with Image.open(tmp_path / "sample.png") as sample:
        assert sample.size == (32, 32)


def test_a_clip_of_ones_own_describes_the_regular_pictures(
    run: Run, pip: Subject, tiny_model: Path, clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any model can be taught with descriptions, if somebody names what sees; it is shown each picture."""
    shown: list[int] = []
    see = ClipSight.__call__

    def spy(
        self: ClipSight, pictures: Sequence[Picture], sentences: Sequence[str]
    ) -> Sequence[Sequence[float]]:
        shown.append(len(pictures))
        return see(self, pictures, sentences)

    def everything(self: object, picture: Picture, class_word: str) -> Picture:
        return to_picture(np.pad(np.full((16, 16), 255, np.uint8), 8))

    monkeypatch.setattr(ClipSight, "__call__", spy)
    monkeypatch.setattr(OfflineSegmenter, "segment", everything)
    outcome = run([*words(tiny_model, "--clip", str(clip_folder)), "--regular", "3"])
    assert outcome.status == 0, outcome.err
    assert shown == [1, 1, 1]


def test_a_subject_of_a_newer_program_is_not_taught(run: Run, library: Library, pip: Subject) -> None:
    """Its id is known, and what is the matter is said before a model is loaded."""
    manifest = library.folder(pip.id) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"schema": 1', b'"schema": 9'))
    outcome = run(["train", pip.id, "--model", "/nowhere"])
    assert outcome.status == 1
    assert "Update DreamMix" in outcome.err


def test_what_cannot_be_taught_is_one_line(
    run: Run, library: Library, pip: Subject, tiny_model: Path
) -> None:
    """A subject that is not there, a setting that cannot be, a mask that is empty."""
    for arguments, said in (
        (["train", "nobody"], "nobody"),
        (words(tiny_model, "--steps", "0"), "number of steps"),
        (words(tiny_model, "--sample", "/nowhere/sample.png"), "/nowhere"),
        (words(tiny_model, "--clip", "/nowhere"), "There is no CLIP"),
    ):
        outcome = run(arguments)
        assert outcome.status == 1
        assert said in outcome.err
        assert outcome.err.count("\n") == 1
    empty = np.zeros((40, 48), np.uint8)
    library.set_mask(pip.id, 0, png(to_picture(empty)))
    outcome = run(words(tiny_model))
    assert outcome.status == 1
    assert "mask" in outcome.err.splitlines()[-1]


def test_ctrl_c_keeps_a_checkpoint_and_the_same_command_goes_on(
    run: Run, library: Library, pip: Subject, tiny_model: Path
) -> None:
    """In a process of its own: the status of an interruption, one line, and nothing is lost."""
    command = [sys.executable, "-m", "dreammix", *words(tiny_model, "--steps", "100000", "--regular", "0")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as child:
        assert child.stderr is not None
        told = b""
        while not re.search(rb"\| [1-9]\d*/100000", told):
            more = child.stderr.read(1)
            assert more, told
            told += more
        child.send_signal(signal.SIGINT)
        last = child.stderr.read().decode().splitlines()[-1]
    assert child.returncode == INTERRUPTED
    assert last.startswith("dreammix: Teaching was stopped")
    (kept,) = checkpoints(library.work_folder(pip.id))
    with safe_open(kept, "np") as file:
        steps = int(file.get_tensor("step")) + 1
    outcome = run(words(tiny_model, "--steps", str(steps), "--regular", "0"))
    assert outcome.status == 0
    assert f"| {steps}/{steps}" in outcome.err and f"| 1/{steps}" not in outcome.err
    assert library.get(pip.id).loras[0].steps == steps
