"""A local vision-language model: real classes, loaded from a folder."""

import json
from pathlib import Path

import pytest

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.attributes.choice import choose_describer
from dreammix.attributes.local import LocalDescriber
from dreammix.protocol import (
    Attribute,
    AttributeKind,
    DescriberFailure,
    ModelDamaged,
    Picture,
    SampleFormat,
    Size,
)
from tests.attributes.tiny_seer import save_tiny_seer

RED, BLUE = (200, 20, 20), (20, 20, 200)


@pytest.fixture(scope="module")
def seer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that knows a red and a blue mug."""
    folder = tmp_path_factory.mktemp("seer")
    answers = {RED: '{"colour": ["red"]}', BLUE: '{"colour": ["blue"]}'}
    save_tiny_seer(folder, answers, "mug")
    return folder


def _plain(colour: tuple[int, int, int]) -> Picture:
    return Picture(Size(8, 8), SampleFormat.RGBA8, bytes((*colour, 255)) * 64)


def test_it_says_what_it_sees(seer: Path) -> None:
    """Different pictures, different answers; nothing leaves the computer."""
    describer = choose_describer(DescriberSettings(kind=DescriberKind.LOCAL, model=str(seer)))
    assert describer.destination is None
    assert describer.describe([_plain(RED)], "mug") == (Attribute(AttributeKind.COLOUR, "red"),)
    assert describer.describe([_plain(BLUE)], "mug") == (Attribute(AttributeKind.COLOUR, "blue"),)
    assert [r.new for r in describer.match("a green mug", (), "mug")] == ["green"]


def test_babble_is_refused(tmp_path: Path) -> None:
    """A model of random weights says nothing that can be used; how much it says is bounded."""
    save_tiny_seer(tmp_path, {}, "mug")
    with pytest.raises(DescriberFailure, match="cannot be used"):
        LocalDescriber(tmp_path).describe([_plain(RED)], "mug")


def test_a_damaged_folder_is_said(tmp_path: Path) -> None:
    """One without weights, and one whose weights are a pickle."""
    save_tiny_seer(tmp_path, {}, "mug")
    weights = tmp_path / "model.safetensors"
    weights.rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelDamaged):
        LocalDescriber(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "processor_config.json"])
def test_a_folders_own_code_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A folder that asks for it is refused, and nobody is asked whether it may."""
    save_tiny_seer(tmp_path, {}, "mug")
    told = json.loads((tmp_path / name).read_text())
    own = {"AutoConfig": "own.Own", "AutoProcessor": "own.Own"}
    told |= {"model_type": "own", "processor_class": "Own", "auto_map": own}
    (tmp_path / name).write_text(json.dumps(told))
    (tmp_path / "own.py").write_text("import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n")

    def ask(question: str) -> str:
        pytest.fail(f"it asked: {question}")

    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(ModelDamaged):
        LocalDescriber(tmp_path)
    assert not list(tmp_path.rglob("ran"))
