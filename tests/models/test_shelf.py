"""Other people's LoRAs by name: what lies in the folder, and nothing else."""

from pathlib import Path

import pytest

from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import DRAFT_FILE, DRAFTS
from dreammix.models.shelf import LORAS_VARIABLE, lora_named, loras, loras_root, worn_numbers
from dreammix.protocol import LoraUse, ModelNotFound
from dreammix.protocol.requests import MAX_LORA_CHARACTERS

NAME = "Pixel Art (v1.1)"


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two LoRAs and other things; no models."""
    folder = tmp_path / "loras"
    folder.mkdir()
    for name, size in ((f"{NAME}.safetensors", 10), ("ink.safetensors", 20), ("notes.txt", 1), ("old.pt", 1)):
        (folder / name).write_bytes(bytes(size))
    (folder / "folder.safetensors").mkdir()
    monkeypatch.setenv(LORAS_VARIABLE, str(folder))
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    return folder


def test_files_are_named_without_their_ending(shelf: Path) -> None:
    """Of safetensors alone: a pickle is none, nor is a folder."""
    assert loras() == {NAME: shelf / f"{NAME}.safetensors", "ink": shelf / "ink.safetensors"}
    assert lora_named(NAME) == shelf / f"{NAME}.safetensors"


def test_the_usual_folder_lies_beside_the_models() -> None:
    """Where nobody names another one."""
    assert loras_root({"XDG_DATA_HOME": "/data"}, "linux") == Path("/data/dreammix/loras")


@pytest.mark.parametrize(
    "name",
    ["nothing", "../loras/ink", "ink.safetensors", "/etc/passwd", "..\\ink", "folder", "old", "ink ", "*"],
)
def test_a_name_is_no_path(name: str) -> None:
    """Security 8: what is not listed word for word does not exist, whatever it would lead to."""
    with pytest.raises(ModelNotFound, match="ink"):
        lora_named(name)


def test_what_cannot_be_asked_for_is_not_listed(shelf: Path) -> None:
    """Names that the wire does not carry."""
    for name in ("x" * (MAX_LORA_CHARACTERS + 1), "two\nlines", "turned\u202e"):
        (shelf / f"{name}.safetensors").touch()
    assert len(loras()) == 2


def test_a_missing_folder_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says where one would have to lie."""
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path / "nowhere"))
    assert loras() == {}
    with pytest.raises(ModelNotFound, match="none"):
        lora_named("ink")


def test_what_is_worn_takes_memory(tmp_path: Path) -> None:
    """That of others by the bytes of their files, and that of drafts where it is wanted and here."""
    assert worn_numbers([LoraUse("ink"), LoraUse(NAME, 0.5)], draft=True) == 15
    drafts = tmp_path / "models" / DRAFTS
    drafts.mkdir(parents=True)
    (drafts / MANIFEST).touch()
    (drafts / DRAFT_FILE).write_bytes(bytes(100))
    assert worn_numbers([LoraUse("ink")], draft=True) == 60
    assert worn_numbers([LoraUse("ink")], draft=False) == 10
