"""Which base models there are. Clients name models, never folders. Blocks: to be called in a thread."""

from __future__ import annotations

from collections.abc import Collection

from dreammix.models import KNOWN_MODELS
from dreammix.protocol import ModelNotFound
from dreammix.protocol.services import ModelInfo


def models(loaded: Collection[str]) -> tuple[ModelInfo, ...]:
    """The known models; `loaded` are the names of those that a worker has in memory."""
    return tuple(
        ModelInfo(
            model=known.name, summary=known.summary, installed=known.installed, loaded=known.name in loaded
        )
        for known in KNOWN_MODELS
    )


def installed(name: str, loaded: Collection[str]) -> ModelInfo:
    """The model of that name. Raises ModelNotFound: it is not known, or not installed."""
    known = {info.model: info for info in models(loaded)}
    if name not in known:
        raise ModelNotFound(
            f"There is no model {name}", f"there are {', '.join(known)}", "Choose one of them"
        )
    if not known[name].installed:
        raise ModelNotFound(
            f"The model {name} is not installed", "its files are not here", "Install it, or choose another"
        )
    return known[name]
