"""What was inserted into a picture, kept in the picture: so that an insert of last week can be edited again.

It lies in the .kra file as an annotation, one insert a line, the oldest first. A line that cannot be read,
because it is damaged or a newer version's, is passed over and stays.
"""

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Final, NoReturn, cast

from dreammix.protocol import (
    AttributeKind,
    Box,
    DreamMixError,
    InsertSettings,
    InvalidMask,
    Picture,
    SampleFormat,
)
from dreammix.protocol.pictures import MAX_AREA_PX
from dreammix.protocol.shapes import Message, shape
from dreammix_krita.canvas import Background, CanvasFailure, Document, Layer, Region
from dreammix_krita.flow.outcomes import MAX_OUTCOMES, Outcome
from dreammix_krita.flow.wish import Wish

PLACE: Final = "dreammix-history"
"""The annotation's name in the file."""
DESCRIPTION: Final = "What DreamMix inserted, to be edited again"
MAX_BYTES: Final = 4 * 1024 * 1024
"""Most bytes of it in a picture; beyond them the oldest inserts are forgotten."""
PACKED: Final = 1
"""How hard zlib tries: masks are mostly even, and the interface waits."""
_END: Final = b"\n"


@dataclass(frozen=True, slots=True)
class Kept(Message):
    """An attribute that stays although the words name another."""

    kind: AttributeKind
    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Message):
    """One insert, as it is written: the fields of `Outcome`, of its `Wish` and of its `Region`.

    Attributes:
        mask: the region's, packed by zlib and written in base64.
        layer: the layer that it became.
    """

    id: str
    name: str
    subject: str | None
    words: str
    kept: tuple[Kept, ...]
    strength: float
    background: Background
    variants: int
    seed: int
    settings: InsertSettings
    selected: Box
    mask: str
    box: Box
    origin: Layer | None
    layer: Layer

    @classmethod
    def of(cls, outcome: Outcome) -> "Entry":
        """What is written of a result that became a layer."""
        wish, region = outcome.wish, outcome.region
        assert outcome.layer is not None and wish.seed is not None
        return cls(
            id=outcome.id,
            name=outcome.name,
            subject=wish.subject,
            words=wish.words,
            kept=tuple(Kept(kind, old) for kind, old in sorted(wish.kept)),
            strength=wish.strength,
            background=wish.background,
            variants=wish.variants,
            seed=wish.seed,
            settings=wish.settings,
            selected=region.box,
            mask=base64.b64encode(zlib.compress(region.mask.data, PACKED)).decode(),
            box=outcome.box,
            origin=outcome.origin,
            layer=outcome.layer,
        )

    def outcome(self) -> Outcome:
        """The result, without its pixels. Raises DreamMixError or ValueError where it cannot be asked for."""
        wish = Wish(
            subject=self.subject,
            words=self.words,
            kept=frozenset((kept.kind, kept.old) for kept in self.kept),
            strength=self.strength,
            background=self.background,
            variants=self.variants,
            seed=self.seed,
            settings=self.settings,
        )
        wish.request(self.seed, None)  # What it says is within its limits, or this raises.
        return Outcome(
            id=self.id,
            job="",
            name=self.name,
            wish=wish,
            region=Region(self.selected, Picture(self.selected.size, SampleFormat.GRAY8, self._unpacked())),
            box=self.box,
            picture=None,
            origin=self.origin,
            above=None,
            layer=self.layer,
        )

    def _unpacked(self) -> bytes:
        """The mask. In a stranger's file it may be a bomb: no more is unpacked than there are pixels."""
        area = self.selected.size.area
        if area > MAX_AREA_PX:
            raise InvalidMask("A kept mask is too large", f"it has {area} pixels", "Select the region anew")
        unpacker = zlib.decompressobj()
        try:
            return unpacker.decompress(base64.b64decode(self.mask, validate=True), area + 1)
        except zlib.error as error:
            raise ValueError(str(error)) from error


class History:
    """Every document's inserts, each in its own document."""

    def recall(self, document: Document) -> tuple[Outcome, ...]:
        """What a document remembers, newest first. It is empty where there is nothing to be read."""
        found: list[Outcome] = []
        room = MAX_AREA_PX
        for line in reversed(_lines(document)):
            outcome = _read(line)
            if outcome is None:
                continue
            room -= outcome.region.box.size.area
            if room < 0 or len(found) == MAX_OUTCOMES:
                break
            found.append(outcome)
        return tuple(found)

    def keep(self, document: Document, outcome: Outcome) -> None:
        """Remember one that became a layer. The document is as modified as the layer made it."""
        lines = [*_lines(document), _written(outcome)]
        while lines and sum(len(line) + len(_END) for line in lines) > MAX_BYTES:
            del lines[0]
        document.annotate(PLACE, DESCRIPTION, b"".join(line + _END for line in lines))


def _lines(document: Document) -> list[bytes]:
    try:
        return [line for line in document.annotation(PLACE).split(_END) if line]
    except CanvasFailure:
        return []


def _written(outcome: Outcome) -> bytes:
    """One line: JSON writes the ends of lines in texts as `\\n`."""
    content = shape(Entry).pack(Entry.of(outcome))
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _read(line: bytes) -> Outcome | None:
    """The insert of a line; None: it is damaged, or of a newer version."""
    try:
        content = json.loads(line, parse_constant=_reject)
        return cast(Entry, shape(Entry).unpack("entry", content)).outcome()
    except (DreamMixError, ValueError, RecursionError):
        return None


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
