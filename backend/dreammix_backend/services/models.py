"""Which base models there are. Clients name models, never folders. Blocks: to be called in a thread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from dreammix.models import find, read_manifest, shelf
from dreammix.models.manifest import MANIFEST
from dreammix.models.memory import ModelSize, model_size
from dreammix.models.recognise import recognise
from dreammix.models.registry import draft_file
from dreammix.models.registry import models as known_models
from dreammix.models.unlisted import SDXL_MULTIPLE
from dreammix.protocol import ModelDamaged, ModelNotFound
from dreammix.protocol.rules import is_id
from dreammix.protocol.services import (
    MAX_LISTED_LORAS,
    MAX_LISTED_MODELS,
    MAX_SENTENCE_CHARACTERS,
    LoraInfo,
    Loras,
    ModelInfo,
)


@dataclass(frozen=True, slots=True)
class Measures:
    """What plans need of a model: its size, and of what the sides of its pictures are multiples."""

    size: ModelSize
    multiple: int


def loras() -> Loras:
    """Other people's LoRAs that an insert can name."""
    found = ((name, path.stat().st_size) for name, path in shelf.loras().items())
    return Loras(tuple(LoraInfo(*each) for each in islice(found, MAX_LISTED_LORAS)))


def models(loaded: Collection[str], *, painting: bool = True) -> tuple[ModelInfo, ...]:
    """The base models that a client can name, or else the weights that paint nothing by themselves.

    `loaded` are those that a worker has in memory.
    """
    drafts = draft_file() is not None
    return tuple(
        ModelInfo(
            model=known.name,
            summary=known.summary[:MAX_SENTENCE_CHARACTERS],
            installed=known.installed,
            loaded=known.name in loaded,
            licence=known.licence,
            size_bytes=known.size_bytes or None,
            drafts=drafts and known.paints and known.installed and not known.built_in,
        )
        for known in known_models()
        if known.paints is painting and is_id(known.name)
    )[:MAX_LISTED_MODELS]


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


def measures(model: str) -> Measures:
    """What a model says of itself, without loading it. Raises ModelNotFound, ModelDamaged."""
    place = find(model)
    if (place / MANIFEST).is_file():
        manifest = read_manifest(place)
        native, multiple = manifest.native_side, manifest.multiple
    else:
        native, multiple = recognise(place).native_side, SDXL_MULTIPLE
    try:
        return Measures(model_size(place, native), multiple)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(
            f"The model in {place} cannot be read", str(error), "Install it again, or choose another"
        ) from error
