"""Where libraries are: one root on a machine, in it a folder for each artist."""

import hashlib
import json
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreammix.protocol.places import data_folder

DEFAULT_ARTIST: Final = "default"
LIBRARY_VARIABLE: Final = "DREAMMIX_LIBRARY"
"""Names another root for the libraries than the usual one."""
ARTIST: Final = "artist.json"
"""In an artist's folder: the artist's name."""
_SLUG_CHARACTERS: Final = 24


def default_root(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The root of the libraries on this machine; it need not exist."""
    named = environment.get(LIBRARY_VARIABLE)
    return Path(named) if named else data_folder(environment, platform) / "library"


def artist_folder(root: Path, artist: str) -> Path:
    """The folder of an artist's library; it need not exist.

    A name is free text, and what it says never reaches the file system: the folder is called by a hash of
    it. The plain letters before the hash are for people.
    """
    name = unicodedata.normalize("NFC", artist)
    slug = re.sub("[^a-z0-9]", "", name.lower())[:_SLUG_CHARACTERS] or "artist"
    return root / f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def artist_json(artist: str) -> bytes:
    """The content of an artist's `ARTIST` file."""
    return json.dumps({"name": unicodedata.normalize("NFC", artist)}, ensure_ascii=False).encode() + b"\n"


def artist_of(folder: Path) -> str | None:
    """Whose library this folder is; None where that cannot be told (the next write there puts it right)."""
    try:
        name = json.loads((folder / ARTIST).read_text(encoding="utf-8"))["name"]
        return name if artist_folder(folder.parent, name) == folder else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def artists(root: Path) -> tuple[str, ...]:
    """The artists who have a library under `root`, by name."""
    names = (artist_of(path.parent) for path in root.glob(f"*/{ARTIST}"))
    return tuple(sorted((name for name in names if name is not None), key=lambda it: (it.casefold(), it)))
