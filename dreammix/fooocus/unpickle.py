"""The only place where a pickle is read: a process of its own, which ends when it has written safetensors.

    python -m dreammix.fooocus.unpickle HEAD SHA256 PATCH SHA256 FOLDER

It reads a file only if its content has the hash, and then with `weights_only`: what it finds must be nothing
but tensors of the expected names, types and shapes. It leaves both files, or ends with status 1 and one line
of why.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import BinaryIO, Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from dreammix.fooocus.weights import HEAD_FILE, PATCH_FILE

MAX_MEMORY_BYTES: Final = 8 << 30
"""Most memory that the process may take, in bytes: several times the published patch of 1.3 GB."""
MAX_CPU_S: Final = 600
"""Most processor time, in seconds."""
MAX_FILE_BYTES: Final = 4 << 30
"""Largest file that it may write, in bytes."""
MAX_ENTRIES: Final = 4096
"""Most tensors of a patch; SDXL's U-Net has 1680."""
PATCH_PREFIX: Final = "diffusion_model."
HEAD_KEY: Final = "head"
VALUES: Final = ".values"
LOW: Final = ".low"
HIGH: Final = ".high"
_HEAD_CHANNELS: Final = 5
_HEAD_KERNEL: Final = (3, 3)
_MAX_RANK: Final = 4
_LAYER: Final = re.compile(r"[a-z][\w.]{0,200}\.(weight|bias)", re.ASCII)
_CHUNK_BYTES: Final = 1 << 20


def main(arguments: Sequence[str]) -> int:
    """Convert both files; returns the exit status."""
    head, head_hash, patch, patch_hash, folder = arguments
    try:
        made = {
            HEAD_FILE: head_tensors(_unpickled(Path(head), head_hash)),
            PATCH_FILE: patch_tensors(_unpickled(Path(patch), patch_hash)),
        }
        for name, source in ((HEAD_FILE, head_hash), (PATCH_FILE, patch_hash)):
            save_file(dict(made[name]), Path(folder, name), {"made_from_sha256": source})
    except (OSError, ValueError, RuntimeError, EOFError, UnpicklingError, MemoryError) as error:
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return 0


def head_tensors(content: object) -> Mapping[str, Tensor]:
    """What the head's file holds, checked: `head`, (F, 5, 3, 3), as it is. Raises ValueError."""
    match content:
        case {"head": Tensor() as head, **others} if not others:
            whole = head.is_floating_point() and _held(head) and head.ndim == _MAX_RANK
            if whole and tuple(head.shape[1:]) == (_HEAD_CHANNELS, *_HEAD_KERNEL):
                if not torch.isfinite(head).all():
                    raise ValueError("the head holds NaN or infinity")
                return {HEAD_KEY: _alone(head)}
    raise ValueError("it does not hold one tensor 'head' of the shape (F, 5, 3, 3)")


def patch_tensors(content: object) -> Mapping[str, Tensor]:
    """What the patch's file holds, checked, and named for safetensors.

    Of each layer, by its original name: `.values`, uint8 of the layer's shape, and `.low` and `.high`, fp32,
    between which 0 to 255 lie. Raises ValueError.
    """
    if not isinstance(content, dict) or not 0 < len(content) <= MAX_ENTRIES:
        raise ValueError("it is no table of layers")
    tensors = {}
    for key, entry in content.items():
        layer = key.removeprefix(PATCH_PREFIX) if isinstance(key, str) else ""
        if layer == key or not _LAYER.fullmatch(layer):
            raise ValueError(f"{str(key)[:80]!r} is no layer of a U-Net")
        match entry:
            case [Tensor() as values, low, high]:
                ends = _end(low), _end(high)
            case _:
                raise ValueError(f"{layer} is not described by a tensor and its range")
        if values.dtype != torch.uint8 or not _held(values) or not 1 <= values.ndim <= _MAX_RANK:
            raise ValueError(f"{layer} is no tensor of bytes")
        for end in ends:
            if torch.broadcast_shapes(end.shape, values.shape) != values.shape:
                raise ValueError(f"the range of {layer} is not of its shape")
        if not (ends[0] <= ends[1]).all():
            raise ValueError(f"the range of {layer} is none")
        tensors[f"{layer}{VALUES}"] = _alone(values)
        tensors[f"{layer}{LOW}"], tensors[f"{layer}{HIGH}"] = ends
    return tensors


def _held(tensor: Tensor) -> bool:
    """Whether each of its numbers may be one of the file: a few can be shown any number of times."""
    return tensor.layout is torch.strided and tensor.nbytes <= tensor.untyped_storage().nbytes()


def _alone(tensor: Tensor) -> Tensor:
    """The tensor in order, in memory that it shares with no other: safetensors takes no other ones.

    What a pickle holds may be a view: turned, cut out of a larger tensor, or several of one storage.
    """
    whole = tensor.contiguous()
    return whole if whole.untyped_storage().nbytes() == whole.nbytes else whole.clone()


def _end(value: object) -> Tensor:
    """One end of a range, a number or a tensor of few, as fp32."""
    if not isinstance(value, int | float | Tensor):
        raise ValueError("the end of a range is no number")
    end = torch.as_tensor(value).to(torch.float32).contiguous()
    if not math.prod(end.shape) or not torch.isfinite(end).all():
        raise ValueError("the end of a range is no finite number")
    return end.clone()


def _unpickled(path: Path, expected: str) -> object:
    """The content of a file that has the expected hash; nothing in it is run. Raises ValueError."""
    with path.open("rb") as stream:
        if _sha256(stream) != expected:
            raise ValueError(f"{path.name} is not the file that was published")
        stream.seek(0)
        content: object = torch.load(stream, map_location="cpu", weights_only=True)
    return content


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def limit() -> None:
    """From here on the process cannot take more than it needs, whatever it is told to unpack."""
    if sys.platform == "win32":  # It has no such limits; the caller's time limit and `weights_only` remain.
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_DATA, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_S),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    limit()
    sys.exit(main(sys.argv[1:]))
