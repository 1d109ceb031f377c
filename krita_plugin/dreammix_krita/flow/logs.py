"""What the backend of this computer has written down, as far as its files can be read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreammix_krita.client.starter import START_LOG

LOG: Final = "server.log"
"""In the backend's folder: what happened. No token can get into it."""


def log_ends(folder: Path, most_bytes: int) -> Mapping[str, str]:
    """The ends of the backend's log and of what its start said, by their files' names; no empty ones."""
    ends = {}
    for name in (LOG, START_LOG):
        try:
            with (folder / name).open("rb") as stream:
                stream.seek(max(0, stream.seek(0, 2) - most_bytes))
                text = stream.read(most_bytes).decode("utf-8", "replace").strip()
        except OSError:
            continue
        if text:
            ends[name] = text
    return ends
