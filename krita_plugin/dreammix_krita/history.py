"""What was inserted into a picture, kept in the picture: so that an insert of last week can be edited again.

It lies in the .kra file as an annotation, one insert a line, the oldest first. A line that cannot be read,
because it is damaged or a newer version's, is passed over and stays.
"""

from dataclasses import dataclass
from typing import Final

from dreammix.protocol import Box, DreamMixError, InvalidPicture, Picture, SampleFormat, Size
from dreammix.protocol.pictures import MAX_AREA_PX
from dreammix.protocol.shapes import Message
from dreammix_krita.canvas import CanvasFailure, Document, Layer
from dreammix_krita.flow.outcomes import MAX_OUTCOMES, Outcome
from dreammix_krita.images import small
from dreammix_krita.written import Asked, pack, packed, unpack, unpacked, written

PLACE: Final = "dreammix-history"
"""The annotation's name in the file."""
DESCRIPTION: Final = "What DreamMix inserted, to be edited again"
MAX_BYTES: Final = 4 * 1024 * 1024
"""Most bytes of it in a picture; beyond them the oldest inserts are forgotten."""
LOOK_PX: Final = 96
"""Longest side of the small picture that is kept of a result: twice what the docker's strip shows."""
_END: Final = b"\n"


@dataclass(frozen=True, slots=True)
class Look(Message):
    """A result, small.

    Attributes:
        size: in pixels.
        pixels: RGBA8, packed by zlib and written in base64.
    """

    size: Size
    pixels: str

    @classmethod
    def of(cls, picture: Picture) -> "Look":
        """What is written of a result's pixels."""
        shown = small(picture, LOOK_PX)
        return cls(shown.size, packed(shown.data))

    @property
    def picture(self) -> Picture:
        """It again. Raises DreamMixError or ValueError where it is none."""
        size = self.size
        if max(size.width, size.height) > LOOK_PX:
            raise InvalidPicture(
                "A kept result is too large", f"it has {size.width} x {size.height} pixels", "Try again"
            )
        return Picture(size, SampleFormat.RGBA8, unpacked(self.pixels, 4 * size.area))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Asked):
    """One insert, as it is written: the fields of `Asked`, and what came of it.

    Attributes:
        layer: the layer that it became.
        look: what it looked like then; None: that was not kept.
    """

    id: str
    box: Box
    layer: Layer
    look: Look | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> "Entry":
        """What is written of a result that became a layer."""
        wish = outcome.wish
        assert outcome.layer is not None and wish.seed is not None
        asked = written(wish, wish.seed, outcome.name, outcome.region, outcome.origin)
        look = None if outcome.picture is None else Look.of(outcome.picture)
        return cls(id=outcome.id, box=outcome.box, layer=outcome.layer, look=look, **asked)

    def outcome(self) -> Outcome:
        """The result, with few pixels. Raises DreamMixError or ValueError where it cannot be asked for."""
        return Outcome(
            id=self.id,
            job="",
            name=self.name,
            wish=self.wish,
            region=self.region,
            box=self.box,
            picture=None if self.look is None else self.look.picture,
            origin=self.origin,
            above=None,
            layer=self.layer,
        )


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
        lines = [*_lines(document), pack(Entry.of(outcome))]
        while lines and sum(len(line) + len(_END) for line in lines) > MAX_BYTES:
            del lines[0]
        document.annotate(PLACE, DESCRIPTION, b"".join(line + _END for line in lines))


def _lines(document: Document) -> list[bytes]:
    try:
        return [line for line in document.annotation(PLACE).split(_END) if line]
    except CanvasFailure:
        return []


def _read(line: bytes) -> Outcome | None:
    """The insert of a line; None: it is damaged, or of a newer version."""
    entry = unpack(Entry, line)
    try:
        return None if entry is None else entry.outcome()
    except (DreamMixError, ValueError):
        return None
