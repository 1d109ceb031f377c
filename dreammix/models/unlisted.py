"""Models that come without a manifest: others' folders and files, described from what they are.

Also where Fooocus' converted weights lie, and what a base becomes with them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from dreammix.files import sha256_of
from dreammix.models.manifest import Manifest
from dreammix.models.recognise import PARTS, SINGLE_FILE, BaseKind, Form, weights_of
from dreammix.protocol import ModelDamaged
from dreammix.protocol.places import models_folder

SDXL_MULTIPLE: Final = 64
"""SDXL was trained on sides that are multiples of this, in pixels."""
FOOOCUS: Final = "fooocus"
_LOADED: Final = frozenset({".json", ".safetensors", ".txt"})


def fooocus_folder() -> Path:
    """Where Fooocus' converted weights lie, if they are installed."""
    return models_folder() / FOOOCUS


def unlisted(place: Path, kind: BaseKind) -> Manifest:
    """The manifest that a folder or a file would have: hashes every file that is loaded.

    A copy under another name has the same fingerprint. Raises ModelDamaged: a file cannot be read.
    """
    source = weights_of(place)
    try:
        if kind.form is Form.FILE:
            files = {SINGLE_FILE: sha256_of(source)}
        else:
            files = {
                path.relative_to(source).as_posix(): sha256_of(path)
                for part in PARTS
                for path in sorted((source / part).glob("*"))
                if path.suffix in _LOADED and path.is_file()
            }
    except OSError as error:
        raise ModelDamaged(
            f"The model in {place} cannot be read", str(error), "Install it again, or choose another"
        ) from error
    name = place.name if place.is_dir() else place.stem
    return Manifest(name=name, native_side=kind.native_side, multiple=SDXL_MULTIPLE, files=files)


def merged_fingerprint(base: str, fooocus: str) -> str:
    """The fingerprint of a base with Fooocus' weights in it: what is taught on both fits neither alone."""
    return hashlib.sha256(f"{base} {fooocus}".encode()).hexdigest()
