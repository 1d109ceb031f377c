"""The converted weights as a folder: two safetensors files, and what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.files import sha256_of
from dreammix.protocol import ModelDamaged, ModelNotFound

HEAD_FILE: Final = "inpaint_head.safetensors"
PATCH_FILE: Final = "inpaint_patch.safetensors"
PROVENANCE_FILE: Final = "provenance.json"
HUB_REPOSITORY: Final = "lllyasviel/fooocus_inpaint"
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A published pickle: its name, and the SHA-256 of its content in hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The two pickles of one publication: the head's, and that of the U-Net's changes."""

    head: Source
    patch: Source


PUBLISHED: Final = Sources(
    Source("fooocus_inpaint_head.pth", "32f7f838e0c6d8f13437ba8411e77a4688d77a2e34df8857e4ef4d51f6b97692"),
    Source("inpaint_v26.fooocus.patch", "f8657a025104e22d70f9c060635d8e8c2196f433871a2f68dc40abd2171f0d59"),
)
"""The files of `HUB_REPOSITORY`, by the hashes that krita-ai-diffusion publishes for them."""


@dataclass(frozen=True, slots=True)
class FooocusWeights:
    """Converted weights whose hashes are right.

    Attributes:
        head: a file with one tensor "head", (F, 5, 3, 3).
        patch: a file that `dreammix.fooocus.merge` reads.
        fingerprint: the SHA-256 of what they were made from; what is taught on one base with other weights
            is taught on another model.
    """

    head: Path
    patch: Path
    fingerprint: str


def fingerprint(sources: Sources) -> str:
    """A SHA-256 in hexadecimal that stands for both files."""
    return hashlib.sha256(f"{sources.head.sha256} {sources.patch.sha256}".encode()).hexdigest()


def provenance(sources: Sources, files: Mapping[str, str]) -> bytes:
    """The content of `PROVENANCE_FILE`: what was converted, and the SHA-256 of each file that came out."""
    content = {
        "schema": SCHEMA,
        "repository": HUB_REPOSITORY,
        "sources": {source.name: source.sha256 for source in (sources.head, sources.patch)},
        "fingerprint": fingerprint(sources),
        "files": dict(files),
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def read_weights(folder: Path) -> FooocusWeights:
    """Check converted weights against their provenance. Raises ModelNotFound, ModelDamaged."""
    path = folder / PROVENANCE_FILE
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise ValueError(f"schema {content['schema']!r}, this program reads {SCHEMA}")
        whole, files = str(content["fingerprint"]), content["files"]
        for name in (HEAD_FILE, PATCH_FILE):
            if sha256_of(folder / name) != files[name]:
                raise ValueError(f"{name} is not the file that was written")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelNotFound(
            "Fooocus' inpainting weights are not installed",
            f"there is no {error.filename}",
            "Install them: a base that cannot inpaint by itself needs them",
        ) from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelDamaged(
            f"Fooocus' inpainting weights in {folder} cannot be used", str(error), "Install them again"
        ) from error
    return FooocusWeights(folder / HEAD_FILE, folder / PATCH_FILE, whole)
