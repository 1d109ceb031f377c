"""The results of each document: those to choose from, and those that became layers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from dreammix.protocol import Box, Picture
from dreammix_krita.canvas import Background, Document, Layer, Region
from dreammix_krita.flow.wish import Wish, layer_name
from dreammix_krita.images import small

MAX_OUTCOMES: Final = 24
"""Most results of a document that are kept with their pixels."""
AWAY: Final = ""
"""Stands for the key of a document that is not open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One finished variant.

    Attributes:
        id: tells it from all others.
        job: the backend's job that painted it; empty: of an earlier start.
        name: the subject's name, empty without one.
        wish: what was asked for, with the seed that gives this variant again.
        region: what was selected.
        box: the result's place on the canvas.
        picture: RGBA8 of that size, small once it became a layer; None where only the layer is known.
        origin: the layer that was the background; None: all that was visible.
        above: the layer above which it belongs; None: on top.
        replaces: the layer of an earlier result whose place it takes.
        layer: the layer that it became; None: it is not used.
    """

    id: str
    job: str
    name: str
    wish: Wish
    region: Region
    box: Box
    picture: Picture | None
    origin: Layer | None
    above: Layer | None
    replaces: Layer | None = None
    layer: Layer | None = None

    @property
    def used(self) -> bool:
        """Whether it became a layer."""
        return self.layer is not None

    @property
    def title(self) -> str:
        """`Pip: red, glass`."""
        return layer_name(self.name, self.wish.words)

    def readable(self, wish: Wish) -> Wish:
        """The wish on this one's ground: without a known layer, that is all that is visible."""
        return wish if self.origin is not None else replace(wish, background=Background.VISIBLE)


class Memory(Protocol):
    """Keeps a document's used results in the document itself."""

    def recall(self, document: Document) -> tuple[Outcome, ...]:
        """What a document remembers, newest first."""
        ...

    def keep(self, document: Document, outcome: Outcome) -> None:
        """Remember one that became a layer."""
        ...


class Outcomes:
    """All documents' results, by the documents' keys, newest first."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Outcome, ...]] = {}

    def of(self, document: str) -> tuple[Outcome, ...]:
        """A document's."""
        return self._of.get(document, ())

    def unused(self, document: str) -> tuple[Outcome, ...]:
        """Those to choose from."""
        return tuple(outcome for outcome in self.of(document) if not outcome.used)

    def add(self, document: str, *outcomes: Outcome) -> None:
        """New ones, before the others; what is too much is forgotten, the oldest first."""
        self._of[document] = (*outcomes, *self.of(document))[:MAX_OUTCOMES]

    def move(self, job: str, document: str) -> tuple[Outcome, ...]:
        """A job's results that were away belong to this document; which they are."""
        away = self.of(AWAY)
        moved = tuple(outcome for outcome in away if outcome.job == job)
        self._of[AWAY] = tuple(outcome for outcome in away if outcome.job != job)
        self.add(document, *moved)
        return moved

    def use(self, document: str, outcome: str, layer: Layer) -> Outcome:
        """It became a layer."""
        found = next(one for one in self.of(document) if one.id == outcome)
        used = replace(found, layer=layer, picture=None if found.picture is None else small(found.picture))
        self._of[document] = tuple(used if one.id == outcome else one for one in self.of(document))
        return used

    def drop(self, document: str, outcome: str) -> None:
        """It is not wanted."""
        self._of[document] = tuple(one for one in self.of(document) if one.id != outcome)

    def forget(self, document: str) -> tuple[Outcome, ...]:
        """It was closed; those that were still to be chosen from."""
        unused = self.unused(document)
        self._of.pop(document, None)
        return unused

    def with_layer(self, document: str, layer: Layer | None) -> Outcome | None:
        """The result that is this layer."""
        ids: Iterator[Outcome] = (
            one for one in self.of(document) if layer and one.layer and one.layer.id == layer.id
        )
        return next(ids, None)
