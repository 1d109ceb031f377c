"""--lora: a file and how much of it."""

import hashlib
import json
from argparse import ArgumentTypeError
from io import BytesIO
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

from dreammix.cli.stack import LoraFile, lora_file
from dreammix.models.shelf import LORAS_VARIABLE
from tests.cli.conftest import Desk


@pytest.mark.parametrize(
    ("text", "file", "weight"),
    [
        ("ink.safetensors", "ink.safetensors", 1.0),
        ("ink.safetensors:0.6", "ink.safetensors", 0.6),
        ("ink.safetensors:-1", "ink.safetensors", -1.0),
        ("C:\\loras\\ink.safetensors", "C:\\loras\\ink.safetensors", 1.0),
        ("C:\\loras\\ink.safetensors:.5", "C:\\loras\\ink.safetensors", 0.5),
        ("of:two.safetensors", "of:two.safetensors", 1.0),
    ],
)
def test_a_number_behind_a_colon_is_the_weight(text: str, file: str, weight: float) -> None:
    """Any other colon is a part of the file's name."""
    assert lora_file(text) == LoraFile(Path(file), weight)


@given(weight=st.floats(-10, 10))
def test_any_weight_is_read_as_it_is_written(weight: float) -> None:
    """To the last digit."""
    assert lora_file(f"a.safetensors:{weight!r}").weight == weight


def test_nothing_is_no_file() -> None:
    """It is a slip of the pen."""
    with pytest.raises(ArgumentTypeError):
        lora_file(":1")


def test_one_of_the_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a weight or without; a file that is there goes before it."""
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path / "loras"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loras").mkdir()
    inked = tmp_path / "loras" / "ink.safetensors"
    inked.touch()
    assert lora_file("ink") == LoraFile(inked, 1.0)
    assert lora_file("ink:0.6") == LoraFile(inked, 0.6)
    (tmp_path / "ink").touch()
    assert lora_file("ink") == LoraFile(Path("ink"), 1.0)


def save_lora(path: Path, *, wide: int = 16) -> None:
    """A file for the tiny model's words, as peft writes it: for one projection of its cross-attention."""
    stem = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v"
    generator = torch.Generator().manual_seed(0)
    down, up = torch.randn(2, wide, generator=generator), torch.randn(16, 2, generator=generator)
    save_file({f"{stem}.lora_A.weight": down, f"{stem}.lora_B.weight": up}, path)


def test_what_is_worn_changes_the_picture_and_stands_in_its_file(desk: Desk) -> None:
    """By name, weight and hash, so that the picture can be made again."""
    save_lora(desk.folder / "ink.safetensors")
    desk.insert()
    bare = (desk.folder / "out.png").read_bytes()
    outcome = desk.insert("--lora", f"{desk.folder / 'ink.safetensors'}:0.5")
    assert outcome.status == 0, outcome.err
    with Image.open(desk.folder / "out.png") as image, Image.open(BytesIO(bare)) as before:
        told = json.loads(image.info["dreammix"])["loras"]
        assert image.tobytes() != before.tobytes()
    digest = hashlib.sha256((desk.folder / "ink.safetensors").read_bytes()).hexdigest()
    assert told == [{"file": "ink.safetensors", "weight": 0.5, "sha256": digest}]


def test_one_of_another_model_is_said_to_be_that(desk: Desk) -> None:
    """In one line, and nothing is written."""
    save_lora(desk.folder / "ink.safetensors", wide=2048)
    outcome = desk.insert("--lora", str(desk.folder / "ink.safetensors"))
    assert outcome.status == 1
    assert "made for another model" in outcome.err.splitlines()[-1]
    assert not (desk.folder / "out.png").exists()
