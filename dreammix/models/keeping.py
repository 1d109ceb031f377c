"""Installed models checked and removed, without loading them: what needs no torch."""

from __future__ import annotations

from pathlib import Path

from dreammix.files import remove_tree
from dreammix.fooocus import read_weights
from dreammix.fooocus.weights import PROVENANCE_FILE
from dreammix.models.manifest import MANIFEST, read_manifest, verify
from dreammix.models.recognise import recognise
from dreammix.models.registry import KnownModel, add, forget
from dreammix.protocol import InvalidRequest, ModelNotFound, ModelUnsuitable


def check(model: KnownModel) -> None:
    """Hash every file of a model; one of the artist's own that came without hashes is recognised.

    Raises:
        ModelNotFound: it is not installed.
        ModelDamaged: a file is missing or altered.
        ModelUnsuitable: it is of a kind that cannot be used.
    """
    if not model.installed:
        raise ModelNotFound(f"The model {model.name} is not installed", "it is not here", "Pull it first")
    if (model.folder / MANIFEST).is_file():
        verify(model.folder, read_manifest(model.folder))
    if model.paints:
        _check_kind(model.folder)
    elif model.complete == PROVENANCE_FILE:
        read_weights(model.folder)


def adopt(name: str, place: Path) -> KnownModel:
    """Add an artist's own model, once it is known to be of use; its files stay where they are.

    Raises InvalidRequest: the name is taken, or none; ModelNotFound, ModelDamaged, ModelUnsuitable;
    StorageFull, OutputFailure.
    """
    _check_kind(place)
    return add(name, place)


def remove(model: KnownModel) -> None:
    """Remove a fetched model's files, or take the artist's own off the list, whose files stay.

    Raises InvalidRequest: it is built in, or lies in the folder of own models; ModelNotFound: it is not
    installed; OutputFailure.
    """
    if model.source is not None:
        if not model.folder.exists():
            raise ModelNotFound(f"The model {model.name} is not installed", "it is not here", "Leave it")
        remove_tree(model.folder)
    elif not model.built_in:
        forget(model.name)
    else:
        raise InvalidRequest(
            f"{model.name} cannot be removed", "it is a part of the program", "Leave it: it is small"
        )


def _check_kind(place: Path) -> None:
    refusal = recognise(place).refusal
    if refusal is not None:
        raise ModelUnsuitable(
            f"The model in {place} cannot be used", refusal, "Choose another: docs/models.md says which"
        )
