"""Two pickles in, a folder of safetensors and their provenance out."""

from __future__ import annotations

import secrets
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from dreammix.files import check_room, make_folder, move, remove_tree, sha256_of, write_whole
from dreammix.fooocus.weights import (
    HEAD_FILE,
    PATCH_FILE,
    PROVENANCE_FILE,
    PUBLISHED,
    FooocusWeights,
    Sources,
    provenance,
    read_weights,
)
from dreammix.protocol import ModelDamaged, ModelNotFound, OutputFailure

TIME_LIMIT_S: Final = 1800
"""Longest conversion, in seconds: a slow disk reads and writes 1.3 GB."""
_LONGEST_WHY: Final = 300
_READER: Final = "dreammix.fooocus.unpickle"


def convert(head: Path, patch: Path, folder: Path, expected: Sources = PUBLISHED) -> FooocusWeights:
    """Convert the published files, in a process of its own, to a folder that stands whole or not at all.

    What stood there is replaced. The pickles are not changed, and are not needed afterwards.

    Args:
        head, patch: the two files.
        folder: where the weights are to be; its parents are made.
        expected: the hashes without which a file is not even opened as a pickle.

    Raises:
        ModelNotFound: a file is missing.
        ModelDamaged: a file is not the published one, or holds something else than weights.
        StorageFull, OutputFailure: the folder cannot be written.
    """
    needed = 0
    for path in (head, patch):
        try:
            needed += path.stat().st_size
        except OSError as error:
            raise ModelNotFound(
                "Fooocus' inpainting weights are not there",
                f"{path}: {error.strerror}",
                "Download them again",
            ) from None
    make_folder(folder.parent)
    check_room(folder.parent, needed)
    staged = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.part"
    make_folder(staged)
    try:
        _unpickle(head, patch, staged, expected)
        made = {name: sha256_of(staged / name) for name in (HEAD_FILE, PATCH_FILE)}
        write_whole({staged / PROVENANCE_FILE: provenance(expected, made)})
        if folder.is_dir():
            remove_tree(folder)
        move(staged, folder)
    finally:
        with suppress(OutputFailure):
            if staged.is_dir():
                remove_tree(staged)
    return read_weights(folder)


def _unpickle(head: Path, patch: Path, folder: Path, expected: Sources) -> None:
    command = [sys.executable, "-m", _READER, str(head), expected.head.sha256, str(patch)]
    command += [expected.patch.sha256, str(folder)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _damaged(f"reading them took longer than {TIME_LIMIT_S} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"their reader ended with status {done.returncode}"]
        raise _damaged(lines[-1][:_LONGEST_WHY].rstrip("."))


def _damaged(why: str) -> ModelDamaged:
    return ModelDamaged("Fooocus' inpainting weights cannot be converted", why, "Download them again")
