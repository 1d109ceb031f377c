"""A teaching on disk, so that a kill costs little: what was learned, Adam's moments, the losses of late."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from dreammix.files import blaming, write_whole

KEPT_LESSONS: Final = 4
"""Of how many lessons a folder keeps the checkpoints: those that were gone on with last."""
_NAME: Final = "teaching-{lesson:.16}.safetensors"
_LESSON: Final = "lesson"
_STEP: Final = "step"
_LOSSES: Final = "losses"
_FACTOR: Final = "factor/"
_MOMENT: Final = "moment/"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Checkpoint:
    """A teaching after some steps.

    Attributes:
        step: how many.
        losses: of the last of them.
        factors: of the LoRA, in order.
        moments: Adam's state, by the factor's number.
    """

    step: int
    losses: tuple[float, ...]
    factors: tuple[Tensor, ...]
    moments: dict[int, dict[str, Tensor]]


def write_checkpoint(folder: Path, lesson: str, state: Checkpoint) -> None:
    """Write a checkpoint in place of the lesson's last one, durably. Raises OutputFailure, StorageFull.

    Those of other lessons stay, so that who tries other settings can come back; but not of ever more.

    Args:
        folder: where to.
        lesson: a digest of all that the teaching depends on.
        state: what to write.
    """
    tensors = {
        _STEP: torch.tensor(state.step),
        _LOSSES: torch.tensor(state.losses, dtype=torch.float64),
    }
    for number, factor in enumerate(state.factors):
        tensors[f"{_FACTOR}{number}"] = factor
    for number, moments in state.moments.items():
        for name, moment in moments.items():
            tensors[f"{_MOMENT}{number}/{name}"] = moment
    # Copied, as a file of tensors may not hold two that share their numbers.
    whole = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    write_whole({_path(folder, lesson): safetensors.torch.save(whole, {_LESSON: lesson})})
    for old in checkpoints(folder)[KEPT_LESSONS:]:
        _remove(old)


def read_checkpoint(folder: Path, lesson: str) -> Checkpoint | None:
    """The lesson's checkpoint; None where there is none, or it is damaged."""
    try:
        with safe_open(_path(folder, lesson), "pt") as file:
            if (file.metadata() or {}).get(_LESSON) != lesson:
                return None
            names: list[str] = list(file.keys())
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError):
        return None
    factors = sum(key.startswith(_FACTOR) for key in tensors)
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(_MOMENT):
            number, name = key.removeprefix(_MOMENT).split("/")
            moments.setdefault(int(number), {})[name] = tensor
    return Checkpoint(
        step=int(tensors[_STEP]),
        losses=tuple(tensors[_LOSSES].tolist()),
        factors=tuple(tensors[f"{_FACTOR}{number}"] for number in range(factors)),
        moments=moments,
    )


def checkpoints(folder: Path) -> tuple[Path, ...]:
    """The files of all checkpoints in a folder, the newest first."""
    found = folder.glob(_NAME.format(lesson="*"))
    return tuple(sorted(found, key=_written_ns, reverse=True))


def forget_checkpoint(folder: Path, lesson: str) -> None:
    """Remove a lesson's checkpoint, if there is one. Raises OutputFailure."""
    _remove(_path(folder, lesson))


def _written_ns(path: Path) -> int:
    """When it was written; 0 where another process that teaches the subject has just removed it."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _remove(path: Path) -> None:
    with blaming(path, "remove"):
        path.unlink(missing_ok=True)


def _path(folder: Path, lesson: str) -> Path:
    return folder / _NAME.format(lesson=lesson)
