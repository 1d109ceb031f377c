"""What a server's connections share: here, the model that is used where nobody names one."""

from pathlib import Path

import pytest

from dreammix.models.registry import add
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.house import SANDBOX, Furniture, House


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the artist's, called `mine`."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    path = tmp_path / "mine.safetensors"
    path.touch()
    add("mine", path)
    return path


def house(folder: Path, model: str | None = None) -> House:
    """A server as it starts in a folder."""
    furniture = Furniture(library=folder, uploads=folder, chosen=folder / "model.txt", model=model)
    return House(Engine(folder / "jobs", EngineSettings()), furniture)


def test_what_was_loaded_last_is_used_after_a_restart(tmp_path: Path, own: Path) -> None:
    """Unless the server is told another one when it starts."""
    first = house(tmp_path)
    assert first.usual == SANDBOX
    first.settle_on("mine")
    assert first.usual == house(tmp_path).usual == "mine"
    assert house(tmp_path, SANDBOX).usual == SANDBOX


def test_a_model_that_has_gone_is_not_used(tmp_path: Path, own: Path) -> None:
    """Nor is what makes no sense in the file that keeps its name: the sandbox is always there."""
    house(tmp_path).settle_on("mine")
    own.unlink()
    assert house(tmp_path).usual == SANDBOX
    (tmp_path / "model.txt").write_bytes(b"\xff\x00")
    assert house(tmp_path).usual == SANDBOX
