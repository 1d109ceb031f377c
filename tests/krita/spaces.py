"""Colour spaces that artists work in, and colours to carry into them."""

import struct
from dataclasses import dataclass
from typing import Final

import pytest

from tests.krita.harness import Krita


@dataclass(frozen=True, slots=True)
class Space:
    """One of Krita's colour spaces, and how its samples are stored (a `struct` code, and what is 1 in it)."""

    model: str
    depth: str
    profile: str
    channels: int
    code: str
    one: float

    @property
    def bytes(self) -> int:
        """Of one sample."""
        return struct.calcsize(self.code)

    @property
    def name(self) -> list[str]:
        """In Krita's words."""
        return [self.model, self.depth, self.profile]


SPACES: Final = (
    Space("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 4, "B", 255.0),
    Space("RGBA", "U16", "sRGB-elle-V2-srgbtrc.icc", 4, "H", 65535.0),
    Space("RGBA", "F32", "sRGB-elle-V2-g10.icc", 4, "f", 1.0),
    Space("RGBA", "F16", "sRGB-elle-V2-g10.icc", 4, "e", 1.0),
    Space("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc", 2, "B", 255.0),
    Space("GRAYA", "U16", "Gray-D50-elle-V2-srgbtrc.icc", 2, "H", 65535.0),
    Space("CMYKA", "U8", "Chemical proof", 5, "B", 255.0),
)

COLOURS: Final = [[200, 100, 50, 255], [10, 240, 90, 128], [0, 0, 0, 255], [255, 255, 255, 77]]

in_every_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.model}-{space.depth}")


def open_new(krita: Krita, *space: str) -> None:
    """One document of that colour space (8-bit sRGB, where none is named), whose layer `base` is picked."""
    krita.close_all()
    krita.run(f"inside.open_new(*{space})")
    krita.wait_until("inside.picked() == 'base'")
