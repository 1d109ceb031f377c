"""--lora: a file and how much of it."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.cli.stack import LoraFile, lora_file


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
