"""A lesson's encoded pairs on disk: put aside, for an insert say, it goes on without encoding them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from dreammix.files import blaming, write_whole
from dreammix.protocol import Size
from dreammix.training.pool import Batch, Pool

FILE: Final = "pairs.safetensors"
"""One a folder: that of the lesson that was begun last."""
_LESSON: Final = "lesson"


def write_pairs(folder: Path, lesson: str, pools: Sequence[Pool]) -> None:
    """Keep a lesson's pools, in place of another lesson's. Raises OutputFailure, StorageFull.

    Args:
        folder: where to.
        lesson: a digest of all that they depend on.
        pools: in order; so are their batches, as chance draws them by their numbers.
    """
    tensors: dict[str, Tensor] = {}
    for number, pool in enumerate(pools):
        for place, batch in enumerate(pool.batches):
            name = f"{number}/{place}/{batch.size.width}/{batch.size.height}"
            for part, tensor in (("latents", batch.latents), ("told", batch.told), ("words", batch.words)):
                tensors[f"{name}/{part}"] = tensor.cpu().contiguous()
    write_whole({folder / FILE: safetensors.torch.save(tensors, {_LESSON: lesson})})


def read_pairs(folder: Path, lesson: str, device: torch.device) -> list[Pool] | None:
    """The lesson's pools, on a device; None where they are not kept, or damaged."""
    batches: dict[tuple[int, ...], dict[str, Tensor]] = {}
    try:
        with safe_open(folder / FILE, "pt") as file:
            if (file.metadata() or {}).get(_LESSON) != lesson:
                return None
            names: list[str] = list(file.keys())
            for name in names:
                *place, part = name.split("/")
                batches.setdefault(tuple(map(int, place)), {})[part] = file.get_tensor(name).to(device)
    except (OSError, SafetensorError):
        return None
    pools: dict[int, list[Batch]] = {}
    for (number, _, width, height), parts in sorted(batches.items(), key=lambda item: item[0]):
        batch = Batch(
            size=Size(width, height), latents=parts["latents"], told=parts["told"], words=parts["words"]
        )
        pools.setdefault(number, []).append(batch)
    return [Pool(tuple(pool)) for pool in pools.values()]


def forget_pairs(folder: Path) -> None:
    """Remove them, if there are any. Raises OutputFailure."""
    with blaming(folder / FILE, "remove"):
        (folder / FILE).unlink(missing_ok=True)
