"""The list of models: published ones, and those that an artist adds by name."""

from pathlib import Path

import pytest

from dreammix.models.registry import ADDED_FILE, KNOWN_MODELS, add, find, forget, models, named
from dreammix.protocol import InvalidRequest, ModelDamaged, ModelNotFound
from dreammix.protocol.rules import Id


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file that an artist brings."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"weights")
    return path


def test_every_published_model_says_its_terms() -> None:
    """None is without licence and size, and each has a name that can travel."""
    for model in KNOWN_MODELS:
        assert model.licence
        assert model.size_bytes > 0
        Id().check("name", model.name)


def test_what_a_model_needs_is_known() -> None:
    """Whatever a model needs is on the list, and can be fetched."""
    for model in KNOWN_MODELS:
        assert all(named(need).source is not None for need in model.needs)


def test_a_model_that_is_not_here_says_how_to_get_it() -> None:
    """The error has the command."""
    with pytest.raises(ModelNotFound, match="dreammix models pull sdxl"):
        find("sdxl")


def test_an_added_model_is_found_by_its_name(own: Path) -> None:
    """The name leads to the file, which stays where it is."""
    add("mine", own)
    assert find("mine") == own
    assert named("mine").installed
    assert [model.name for model in models()][-1] == "mine"


def test_a_forgotten_model_keeps_its_file(own: Path) -> None:
    """Only the name goes."""
    add("mine", own)
    forget("mine")
    assert own.exists()
    with pytest.raises(ModelNotFound, match="mine"):
        named("mine")


@pytest.mark.parametrize("name", ["sdxl", "", "a/b", "..", "x" * 65, "ä"])
def test_a_name_is_free_and_can_travel(own: Path, name: str) -> None:
    """A taken name, and one that is no name, are refused."""
    with pytest.raises(InvalidRequest):
        add(name, own)


def test_a_model_whose_file_has_gone_is_not_installed(own: Path) -> None:
    """It is still listed, so that it can be removed, and loading it says what is wrong."""
    add("mine", own)
    own.unlink()
    assert not named("mine").installed
    with pytest.raises(ModelNotFound, match="mine"):
        find("mine")


@pytest.mark.parametrize("content", ["[", "[]", "7", '{"mine": 7}'])
def test_a_list_that_makes_no_sense_is_named(root: Path, content: str) -> None:
    """The error says which file to remove."""
    root.mkdir()
    (root / ADDED_FILE).write_text(content)
    with pytest.raises(ModelDamaged, match=ADDED_FILE):
        models()
