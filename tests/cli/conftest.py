"""A desk with a scene and a mask on it, and the command line to work on them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreammix.cli import main


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind: its exit status and what it said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with `scene.png` (64 x 48, RGB noise) and `mask.png` (a box of 20 x 16 in the middle)."""

    folder: Path
    model: Path
    run: Callable[[list[str]], Outcome]

    def insert(self, *changes: str, scene: str = "scene.png", mask: str = "mask.png") -> Outcome:
        """Run a quick insert to `out.png`; later options override earlier ones."""
        paths = [
            str(self.folder / scene),
            "--mask",
            str(self.folder / mask),
            "--out",
            str(self.folder / "out.png"),
        ]
        usual = [
            "--model",
            str(self.model),
            "--prompt",
            "red",
            "--seed",
            "7",
            "--steps",
            "3",
            "--feather",
            "2",
        ]
        return self.run(["insert", *paths, *usual, *changes])

    def files(self) -> set[str]:
        """The names of everything in the folder, hidden files too."""
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[list[str]], Outcome]:
    """Run the command line in this process."""

    def run(arguments: list[str]) -> Outcome:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as exit_:  # argparse leaves this way.
            status = exit_.code if isinstance(exit_.code, int) else 1
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture
def desk(tmp_path: Path, tiny_model: Path, run: Callable[[list[str]], Outcome]) -> Desk:
    """A fresh desk."""
    folder = tmp_path / "desk"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "scene.png")
    mask = np.zeros((48, 64), np.uint8)
    mask[16:32, 22:42] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return Desk(folder, tiny_model, run)
