"""The study on disk: one file a result, named by all that it depends on, so that work goes on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dreammix.files import make_folder, write_whole

FORMAT: Final = 4
"""Goes up when scores come to mean something else: what was kept before is computed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What was measured of one result.

    Attributes:
        clip_t: cosine of what is in the region and what was asked for, in the metrics CLIP.
        clip_i: mean cosine of what is in the region and the subject's pictures.
        encoders: the same in each other encoder, in their order.
        asked: whether the asked attribute is there; None where none was.
        kept: the share of all else that is as it should be: category and attributes.
        told, distance: see `Likeness`.
        feature: the region's embedding.
        seconds: how long the insert took.
    """

    clip_t: float
    clip_i: float
    encoders: tuple[float, ...]
    asked: bool | None
    kept: float
    told: float
    distance: float
    feature: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teaching left: a version of a subject in the study's own library, and what its lesson took.

    `seconds` is None where an interrupted teaching was gone on with: of that nobody knows it.
    """

    subject: str
    version: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Cells:
    """A folder of results."""

    folder: Path

    def scores(self, key: str) -> Scores | None:
        """What was kept under a key; None where nothing was, or nothing that can be read."""
        try:
            fields: dict[str, Any] = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
            fields |= {name: tuple(fields[name]) for name in ("encoders", "feature")}
            return Scores(**fields)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def picture(self, key: str) -> Path:
        """Where the result itself lies, a PNG file."""
        return self.folder / f"{key}.png"

    def keep(self, key: str, scores: Scores, picture: bytes) -> None:
        """Keep a result; its scores come last and say that it is whole. Raises OutputFailure, StorageFull."""
        make_folder(self.folder)
        write_whole({self.picture(key): picture, self.folder / f"{key}.json": _json(asdict(scores))})

    def lesson(self, key: str) -> Lesson | None:
        """The teaching that was kept under a key."""
        try:
            return Lesson(**json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep_lesson(self, key: str, lesson: Lesson) -> None:
        """Keep a teaching. Raises OutputFailure, StorageFull."""
        make_folder(self.folder)
        write_whole({self.folder / f"{key}.json": _json(asdict(lesson))})


def key_of(*parts: object) -> str:
    """The name of a result, from all that it depends on: values whose `repr` says everything."""
    return hashlib.sha256("\n".join(map(repr, (FORMAT, *parts))).encode()).hexdigest()[:32]


def content_key(content: bytes) -> str:
    """What stands for many bytes among the parts of a key."""
    return hashlib.sha256(content).hexdigest()


def _json(fields: dict[str, object]) -> bytes:
    return (json.dumps(fields) + "\n").encode()
