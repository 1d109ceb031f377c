"""What a file's content hashes to: how it is known again."""

import hashlib
from pathlib import Path
from typing import Final

_CHUNK_BYTES: Final = 1 << 20


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content in hexadecimal; it is never in memory whole. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
