"""A lesson's encoded pairs on disk: put aside, for an insert say, it goes on without encoding them again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from dreammix.files import blaming, write_whole
from dreammix.protocol import Size
from dreammix.training.pool import Batch

FILE: Final = "pairs.safetensors"
"""One a folder: that of the lesson that was begun last."""
FORMAT: Final = 1
"""Goes up when pairs come to be drawn, seen, encoded or written in another way: older ones are made anew."""
_LESSON: Final = "lesson"
_FORMAT: Final = "format"

Encoded: TypeAlias = dict[tuple[int, int], tuple[Batch, ...]]
"""The pairs of each example that was encoded, by the number of its kind of data and its own."""


def write_pairs(folder: Path, lesson: str, encoded: Mapping[tuple[int, int], tuple[Batch, ...]]) -> None:
    """Keep the pairs of a lesson, in place of another lesson's. Raises OutputFailure, StorageFull.

    Args:
        folder: where to.
        lesson: a digest of all pictures, words and settings that they depend on.
        encoded: those of the examples that are encoded so far.
    """
    tensors: dict[str, Tensor] = {}
    for (kind, number), pairs in encoded.items():
        for place, pair in enumerate(pairs):
            name = f"{kind}/{number}/{place}/{pair.size.width}/{pair.size.height}"
            for part, tensor in (("latents", pair.latents), ("told", pair.told), ("words", pair.words)):
                tensors[f"{name}/{part}"] = tensor.cpu().contiguous()
    metadata = {_LESSON: lesson, _FORMAT: str(FORMAT)}
    write_whole({folder / FILE: safetensors.torch.save(tensors, metadata)})


def read_pairs(folder: Path, lesson: str, device: torch.device) -> Encoded:
    """The lesson's pairs, on a device; none where they are not kept, are damaged or of another format."""
    parts: dict[tuple[int, ...], dict[str, Tensor]] = {}
    try:
        with safe_open(folder / FILE, "pt") as file:
            if (file.metadata() or {}) != {_LESSON: lesson, _FORMAT: str(FORMAT)}:
                return {}
            names: list[str] = list(file.keys())
            for name in names:
                *place, part = name.split("/")
                parts.setdefault(tuple(map(int, place)), {})[part] = file.get_tensor(name).to(device)
    except (OSError, SafetensorError):
        return {}
    encoded: Encoded = {}
    for (kind, number, _, width, height), tensors in sorted(parts.items(), key=lambda item: item[0]):
        pair = Batch(
            size=Size(width, height),
            latents=tensors["latents"],
            told=tensors["told"],
            words=tensors["words"],
        )
        encoded[kind, number] = (*encoded.get((kind, number), ()), pair)
    return encoded


def forget_pairs(folder: Path) -> None:
    """Remove them, if there are any. Raises OutputFailure."""
    with blaming(folder / FILE, "remove"):
        (folder / FILE).unlink(missing_ok=True)
