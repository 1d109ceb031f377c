"""What was asked for at one click, as it is written down: in a picture's history, and until it is used."""

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Annotated, Any, Final, NoReturn, TypeVar, cast

from dreammix.protocol import AttributeKind, Box, InsertSettings, InvalidMask, LoraUse, Picture, SampleFormat
from dreammix.protocol.errors import DreamMixError
from dreammix.protocol.pictures import MAX_AREA_PX
from dreammix.protocol.requests import MAX_LORAS
from dreammix.protocol.rules import Most
from dreammix.protocol.shapes import Message, shape
from dreammix_krita.canvas import Background, Layer, Region
from dreammix_krita.flow.wish import Wish

PACKED: Final = 1
"""How hard zlib tries: masks are mostly even, and the interface waits."""

AskedT = TypeVar("AskedT", bound="Asked")


@dataclass(frozen=True, slots=True)
class Kept(Message):
    """An attribute that stays although the words name another."""

    kind: AttributeKind
    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Message):
    """The fields of a `Wish` and of a `Region`, and what goes with them.

    Attributes:
        name: the subject's.
        seed: of the first variant.
        mask: the region's, packed by zlib and written in base64.
        origin: the layer that was the background; None: all that was visible.
        loras: other people's; None: none.
    """

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
    origin: Layer | None
    loras: Annotated[tuple[LoraUse, ...], Most(MAX_LORAS)] | None = None

    @property
    def wish(self) -> Wish:
        """What was filled in. Raises DreamMixError or ValueError where it cannot be asked for."""
        wish = Wish(
            subject=self.subject,
            words=self.words,
            kept=frozenset((kept.kind, kept.old) for kept in self.kept),
            strength=self.strength,
            background=self.background,
            variants=self.variants,
            seed=self.seed,
            settings=self.settings,
            loras=self.loras or (),
        )
        wish.request(self.seed, None)  # What it says is within its limits, or this raises.
        return wish

    @property
    def region(self) -> Region:
        """What was selected. Raises DreamMixError or ValueError where that is no mask."""
        area = self.selected.size.area
        if area > MAX_AREA_PX:
            raise InvalidMask("A kept mask is too large", f"it has {area} pixels", "Select the region anew")
        mask = Picture(self.selected.size, SampleFormat.GRAY8, unpacked(self.mask, area))
        return Region(self.selected, mask)


def written(wish: Wish, seed: int, name: str, region: Region, origin: Layer | None) -> dict[str, Any]:
    """The fields of `Asked`, by their names."""
    return {
        "name": name,
        "subject": wish.subject,
        "words": wish.words,
        "kept": tuple(Kept(kind, old) for kind, old in sorted(wish.kept)),
        "strength": wish.strength,
        "background": wish.background,
        "variants": wish.variants,
        "seed": seed,
        "settings": wish.settings,
        "selected": region.box,
        "mask": packed(region.mask.data),
        "origin": origin,
        "loras": wish.loras or None,
    }


def packed(data: bytes) -> str:
    """Bytes as a text, made short."""
    return base64.b64encode(zlib.compress(data, PACKED)).decode()


def unpacked(text: str, most: int) -> bytes:
    """The bytes of such a text; of a bomb in a stranger's file one more than `most`. Raises ValueError."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def pack(asked: Asked) -> bytes:
    """One line: JSON writes the ends of lines in texts as `\\n`."""
    kind: type = type(asked)
    content = shape(kind).pack(asked)
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def unpack(kind: type[AskedT], line: bytes) -> AskedT | None:
    """What a line says; None: it is damaged, or of a newer version."""
    form: type = kind
    try:
        content = json.loads(line, parse_constant=_reject)
        return cast(AskedT, shape(form).unpack("asked", content))
    except (DreamMixError, ValueError, RecursionError):
        return None


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
