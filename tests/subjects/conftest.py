"""A shelf: a library in a fresh folder, small pictures for it, and a subject that has everything."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from dreammix.files import DISK, Disk
from dreammix.protocol import Attribute, AttributeKind
from dreammix.subjects import Library, LoraFiles, NewPicture, Subject
from dreammix.subjects.home import STAGING

NOW = datetime(2031, 5, 17, 9, 30, tzinfo=UTC)
ARTIST = "ana"
COLOUR = Attribute(AttributeKind.COLOUR, "dark red")


def png_of(colour: str, width: int = 4, height: int = 3) -> bytes:
    """A PNG file of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def mask_of(level: int, width: int = 4, height: int = 3) -> bytes:
    """A PNG file of one grey."""
    stream = io.BytesIO()
    Image.new("L", (width, height), level).save(stream, "PNG")
    return stream.getvalue()


def teach(library: Library, subject: str, words: bytes) -> int:
    """Add a version whose weights are `words`; its number."""
    files = LoraFiles(diffusers=b"diffusers " + words, kohya=b"kohya " + words)
    added = library.add_lora(subject, files, base="sandbox", base_hash="0123", token="sks", steps=100, seed=7)
    return added.version


def library_at(root: Path, disk: Disk = DISK, *, patience_s: float = 5.0) -> Library:
    """Ana's library; ids are counted, beginning with what stands there, and the time stands still."""
    taken = sum(STAGING not in path.parts for path in root.glob("**/manifest.json"))
    numbers = count(taken + 1)
    return Library(
        root,
        ARTIST,
        disk=disk,
        clock=lambda: NOW,
        new_id=lambda: f"{next(numbers):016x}",
        patience_s=patience_s,
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A library, its root, and a subject with two pictures, a mask, an attribute and two versions."""

    root: Path
    library: Library
    pip: Subject

    @property
    def folder(self) -> Path:
        """Pip's folder."""
        return self.library.folder(self.pip.id)


def fill(root: Path) -> Shelf:
    """Make a shelf in an empty folder."""
    library = library_at(root)
    pictures = [NewPicture(png_of("red"), mask_of(255)), NewPicture(png_of("blue", 5, 6))]
    pip = library.create("Pip", "teapot", (COLOUR,), pictures)
    teach(library, pip.id, b"one")
    teach(library, pip.id, b"two")
    return Shelf(root, library, library.get(pip.id))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A fresh one."""
    return fill(tmp_path / "library")


@pytest.fixture
def alter() -> Callable[[Path], None]:
    """Turn one bit in the middle of a file."""

    def alter(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    return alter
