"""The whole way of a large model on the command line: fetched, converted, taught a subject, painted with."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreammix.models.registry import DRAFTS
from dreammix.models.unlisted import FOOOCUS
from tests.cli.conftest import Desk, Outcome
from tests.models.small_hub import serving
from tests.published import INPAINTING, SDXL, hub_of, known, publish


@pytest.fixture
def ordered(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run commands that must go well, with folders of their own for models and subjects."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DREAMMIX_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)

    def run(*words: str) -> Outcome:
        outcome = desk.run(list(words))
        assert outcome.status == 0, outcome.err
        return outcome

    return run


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all that is published lies, and may be fetched from."""
    publish(tmp_path / "published")
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", known(tmp_path / "published"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    return tmp_path / "published"


def test_from_the_hub_to_a_picture(
    desk: Desk, ordered: Callable[..., Outcome], tmp_path: Path, published: Path
) -> None:
    """SDXL comes with Fooocus' weights, no pickle stays; a subject taught on it and drafts look otherwise."""
    with serving(hub_of(published)) as hub:
        for model in (SDXL, DRAFTS):
            ordered("models", "pull", model, "--mirror", hub.endpoint)
    assert {path.suffix for path in (tmp_path / "models" / FOOOCUS).iterdir()} == {".json", ".safetensors"}
    ordered("models", "verify")

    picture, mask = desk.folder / "scene.png", desk.folder / "mask.png"
    ordered("subjects", "new", "Pip", "--class", "mug", "--picture", str(picture), "--mask", str(mask))
    learned = ordered("train", "Pip", "--model", SDXL, "--steps", "1", "--rate", "0.1", "--regular", "0")
    assert learned.out.startswith("Pip is taught (version 1, ")

    plain = ["--prompt", "a mug"]
    ways = {"plain": plain, "draft": [*plain, "--draft"], "pip": ["--prompt", "", "--subject", "Pip"]}
    look_otherwise(desk, SDXL, ways)


def test_a_base_of_nine_channels_from_the_hub_to_a_picture(
    desk: Desk, ordered: Callable[..., Outcome], tmp_path: Path, published: Path
) -> None:
    """SDXL-Inpainting needs nothing besides; a subject taught on it looks otherwise."""
    with serving(hub_of(published)) as hub:
        ordered("models", "pull", INPAINTING, "--mirror", hub.endpoint)
    assert [path.name for path in (tmp_path / "models").iterdir() if path.is_dir()] == [INPAINTING]
    ordered("models", "verify")
    picture, mask = desk.folder / "scene.png", desk.folder / "mask.png"
    ordered("subjects", "new", "Pip", "--class", "mug", "--picture", str(picture), "--mask", str(mask))
    ordered("train", "Pip", "--model", INPAINTING, "--steps", "1", "--rate", "0.1", "--regular", "0")
    look_otherwise(
        desk, INPAINTING, {"plain": ["--prompt", "a mug"], "pip": ["--prompt", "", "--subject", "Pip"]}
    )


def look_otherwise(desk: Desk, model: str, ways: Mapping[str, Sequence[str]]) -> None:
    """Each way to insert gives a picture of its own, in which nothing outside of the mask has changed."""
    painted = {}
    for name, words in ways.items():
        out = desk.folder / f"{name}.png"
        outcome = desk.insert("--model", model, *words, "--out", str(out))
        assert outcome.status == 0, outcome.err
        painted[name] = np.asarray(Image.open(out).convert("RGB"))
    outside = np.asarray(Image.open(desk.folder / "mask.png")) == 0
    scene = np.asarray(Image.open(desk.folder / "scene.png").convert("RGB"))
    assert all(np.array_equal(shown[outside], scene[outside]) for shown in painted.values())
    assert len({shown.tobytes() for shown in painted.values()}) == len(ways)
