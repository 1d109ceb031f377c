"""The option by which `dreammix insert` is told of other people's LoRAs."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dreammix.files import sha256_of
from dreammix.models.shelf import loras

if TYPE_CHECKING:
    from dreammix.models.base import BaseModel
    from dreammix.models.stacked import StackedLora


@dataclass(frozen=True, slots=True)
class LoraFile:
    """A file, and how much of it is worn; 1 as it was taught."""

    path: Path
    weight: float


def add_stack_argument(parser: ArgumentParser) -> None:
    """--lora, which may be repeated."""
    parser.add_argument(
        "--lora",
        metavar="LORA[:WEIGHT]",
        type=lora_file,
        action="append",
        default=[],
        help="somebody's LoRA for SDXL to wear besides: a safetensors file, or a name in the folder of"
        " LoRAs, such as ink:0.6; may be repeated (weight 1)",
    )


def lora_file(text: str) -> LoraFile:
    """LORA or LORA:WEIGHT, a file or a name; a colon that no number follows belongs to it."""
    name, colon, weight = text.rpartition(":")
    try:
        file = LoraFile(_place(name), float(weight)) if colon else LoraFile(_place(text), 1.0)
    except ValueError:
        file = LoraFile(_place(text), 1.0)
    if not file.path.name:
        raise ArgumentTypeError(f"{text!r} names no file")
    return file


def _place(text: str) -> Path:
    path = Path(text)
    return path if path.exists() else loras().get(text, path)


def read_stack(files: Sequence[LoraFile], model: BaseModel) -> tuple[StackedLora, ...]:
    """Read them for a model. Raises InvalidRequest."""
    from dreammix.models.stacked import read_stacked  # Loads torch.

    return tuple(read_stacked(file.path, file.weight, model) for file in files)


def stack_notes(files: Sequence[LoraFile]) -> Sequence[Mapping[str, object]]:
    """What a result's file says of them: name, weight, and the hash by which each is known again."""
    return [{"file": file.path.name, "weight": file.weight, "sha256": sha256_of(file.path)} for file in files]
