"""`dreammix models`: from a hub to a model that paints, and away again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from dreammix.models.registry import KnownModel, Source
from tests.cli.conftest import Desk, Outcome
from tests.models.small_hub import SmallHub, serving

Run = Callable[[list[str]], Outcome]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models; the client may reach the hub that stands on this machine."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    return tmp_path / "models"


@pytest.fixture
def hub(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """A hub that publishes the tiny model, as the mirror that is set."""
    files = {
        path.relative_to(tiny_model).as_posix(): path.read_bytes()
        for path in tiny_model.rglob("*")
        if path.is_file()
    }
    toy = KnownModel(
        name="toy",
        summary="a toy",
        licence="none",
        size_bytes=1000,
        source=Source(repository="someone/model", patterns=("*",)),
    )
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", (toy,))
    with serving(SmallHub(files)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def test_a_model_is_fetched_checked_and_removed(run: Run, hub: SmallHub, root: Path) -> None:
    """Each step says what it did, and the list shows the state after it."""
    assert "toy  not installed" in run(["models"]).out
    assert run(["models", "pull", "toy"]).status == 0
    assert "toy  installed" in run(["models", "list"]).out
    assert "toy: every file" in run(["models", "verify"]).out
    assert run(["models", "remove", "toy"]).status == 0
    assert not (root / "toy").exists()


def test_a_fetched_model_paints(desk: Desk, run: Run, hub: SmallHub) -> None:
    """What came from the hub inserts by its name."""
    run(["models", "pull", "toy"])
    outcome = desk.insert("--model", "toy")
    assert outcome.status == 0, outcome.err
    assert "out.png" in desk.files()


def test_a_spoiled_file_is_found(run: Run, hub: SmallHub, root: Path) -> None:
    """One changed byte fails the check, and the line names the file."""
    run(["models", "pull", "toy"])
    path = root / "toy" / "unet" / "config.json"
    path.write_bytes(path.read_bytes() + b" ")
    outcome = run(["models", "verify", "toy"])
    assert outcome.status == 1
    assert "config.json" in outcome.err


def test_a_mirror_can_be_named(run: Run, hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--mirror` goes before the environment's."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert run(["models", "pull", "toy", "--mirror", hub.endpoint]).status == 0


def test_an_artists_own_model_gets_a_name(run: Run, tiny_model: Path) -> None:
    """A folder of diffusers' form is called as its folder is, and removing it leaves its files."""
    assert run(["models", "add", str(tiny_model), "--name", "mine"]).status == 0
    assert "mine  installed" in run(["models"]).out
    assert run(["models", "verify", "mine"]).status == 0
    assert run(["models", "remove", "mine"]).status == 0
    assert (tiny_model / "manifest.json").is_file()


def test_what_lies_in_the_folder_of_own_models_paints(
    desk: Desk, run: Run, hub: SmallHub, root: Path, tiny_model: Path
) -> None:
    """By its folder's name, without being added; removing it is left to the artist."""
    copytree(tiny_model, root / "own" / "ink")
    assert "ink  installed" in run(["models"]).out
    assert run(["models", "verify", "ink"]).status == 0
    outcome = desk.insert("--model", "ink")
    assert outcome.status == 0, outcome.err
    outcome = run(["models", "remove", "ink"])
    assert outcome.status == 1
    assert str(root / "own") in outcome.err
    assert "ink  installed" in run(["models"]).out


def test_what_is_no_model_gets_no_name(run: Run, tmp_path: Path) -> None:
    """A file of another kind is refused before it is on the list."""
    (tmp_path / "notes.safetensors").write_bytes(b"no tensors")
    outcome = run(["models", "add", str(tmp_path / "notes.safetensors")])
    assert outcome.status == 1
    assert "notes" not in run(["models"]).out


@pytest.mark.parametrize("order", ["remove", "pull"])
def test_the_built_in_model_stays(run: Run, order: str) -> None:
    """It can be neither removed nor fetched."""
    run(["models", order, "sandbox"])
    assert "sandbox  installed" in run(["models"]).out
