"""The whole way of a large model on the command line: fetched, converted, taught a subject, painted with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreammix.models.registry import DRAFTS
from dreammix.models.unlisted import FOOOCUS
from tests.cli.conftest import Desk, Outcome
from tests.models.small_hub import serving
from tests.published import SDXL, hub_of, known, publish


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


def test_from_the_hub_to_a_picture(
    desk: Desk, ordered: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SDXL comes with Fooocus' weights, no pickle stays; a subject taught on it and drafts look otherwise."""
    publish(tmp_path / "published")
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", known(tmp_path / "published"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with serving(hub_of(tmp_path / "published")) as hub:
        for model in (SDXL, DRAFTS):
            ordered("models", "pull", model, "--mirror", hub.endpoint)
    assert {path.suffix for path in (tmp_path / "models" / FOOOCUS).iterdir()} == {".json", ".safetensors"}
    ordered("models", "verify")

    picture, mask = desk.folder / "scene.png", desk.folder / "mask.png"
    ordered("subjects", "new", "Pip", "--class", "mug", "--picture", str(picture), "--mask", str(mask))
    learned = ordered("train", "Pip", "--model", SDXL, "--steps", "1", "--rate", "0.1", "--regular", "0")
    assert learned.out.startswith("Pip is taught (version 1, ")

    painted = {}
    plain = ["--prompt", "a mug"]
    ways = {"plain": plain, "draft": [*plain, "--draft"], "pip": ["--prompt", "", "--subject", "Pip"]}
    for name, words in ways.items():
        out = desk.folder / f"{name}.png"
        outcome = desk.insert("--model", SDXL, *words, "--out", str(out))
        assert outcome.status == 0, outcome.err
        painted[name] = np.asarray(Image.open(out).convert("RGB"))
    outside = np.asarray(Image.open(mask)) == 0
    scene = np.asarray(Image.open(picture).convert("RGB"))
    assert all(np.array_equal(shown[outside], scene[outside]) for shown in painted.values())
    assert len({shown.tobytes() for shown in painted.values()}) == len(ways)
