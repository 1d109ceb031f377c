"""D_r, the regular data of Sec. 3.3: what the base model itself paints, with masks, kept by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.files import make_folder, png, read_mask, read_scene, sweep_unfinished, write_whole
from dreammix.geometry import to_array
from dreammix.protocol import InvalidPicture, InvalidSubject, Picture, SampleFormat, TeachProgress, TeachStage
from dreammix.protocol.requests import MAX_SEED
from dreammix.protocol.teaching import MAX_SKIPPED_CHARACTERS
from dreammix.segmentation import HALF, fault_of
from dreammix.training.lesson import Example
from dreammix.training.supervision import UNWATCHED, Supervision

MIN_SHARE: Final = 0.01
MAX_SHARE: Final = 0.9
"""Range of the share of its picture that a painted thing takes; beyond it the picture is of no use."""

Paint = Callable[[str, int], Picture]
"""Paints a picture from a prompt and a seed."""
Segment = Callable[[Picture, str], Picture]
"""The mask, GRAY8, of what a word names in a picture; raises InvalidSubject where it finds nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One regular picture: the words that it is painted from, and the prompt that its `Example` has."""

    words: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Regular:
    """Regular data, and which pictures were of no use: each as its words and the reason."""

    examples: tuple[Example, ...]
    skipped: tuple[str, ...]


def regular_pictures(
    wanted: Sequence[Wanted],
    class_word: str,
    folder: Path,
    paint: Paint,
    segment: Segment,
    *,
    made_by: str,
    seed: int = 0,
    supervision: Supervision = UNWATCHED,
) -> Generator[TeachProgress, None, Regular]:
    """Paint what is wanted and mask it, or find it in the folder, where it was kept when it was made before.

    Args:
        wanted: what to paint.
        class_word: what is to be masked in it.
        folder: where the pictures are kept; made where it is missing.
        paint, segment: see `Paint` and `Segment`.
        made_by: all that `paint` and `segment` depend on, in any words; part of the pictures' names.
        seed: of the first picture; the others count on.
        supervision: who watches; asked before every picture.

    Yields:
        a `TeachProgress` for each picture.

    Raises:
        Cancelled: `cancelled` said so; what was made is kept.
        OutputFailure, StorageFull: it cannot be kept.
    """
    make_folder(folder)
    sweep_unfinished(folder)
    examples: list[Example] = []
    skipped: list[str] = []
    for number, one in enumerate(wanted):
        supervision.heed()
        its = (seed + number) % (MAX_SEED + 1)
        place = _place(folder, [made_by, one.words, class_word, its])
        found = place.read()
        if found is None:
            painted = paint(one.words, its)
            found = place.keep(painted, _mask(segment, painted, class_word))
        picture, mask = found
        fault = fault_of_painted(picture, mask)
        if fault is None:
            examples.append(Example(picture, mask, one.prompt))
        else:
            skipped.append(f"{one.words}: {fault}"[:MAX_SKIPPED_CHARACTERS])
        yield TeachProgress(stage=TeachStage.REGULAR, step=number + 1, steps=len(wanted))
    return Regular(tuple(examples), tuple(skipped))


def fault_of_painted(picture: Picture, mask: Picture) -> str | None:
    """Why a painted picture is of no use, as a clause; None where it is of use."""
    fault = fault_of(picture, mask)
    if fault is not None:
        return f"the picture {fault.what}, {fault.why}"
    share = float((to_array(mask) >= HALF).mean())
    if not MIN_SHARE <= share <= MAX_SHARE:
        size = "little" if share < MIN_SHARE else "much"
        return f"the thing takes too {size} of the picture, {share:.1%}"
    return None


def _mask(segment: Segment, picture: Picture, class_word: str) -> Picture:
    """The mask of a painted picture; empty where nothing was found in it."""
    try:
        return segment(picture, class_word)
    except InvalidSubject:
        return Picture(picture.size, SampleFormat.GRAY8, bytes(picture.size.area))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one picture and its mask are kept."""

    picture: Path
    mask: Path

    def read(self) -> tuple[Picture, Picture] | None:
        """What is kept here; None where nothing is, or nothing that can be read."""
        try:
            return read_scene(self.picture).picture, read_mask(self.mask)
        except InvalidPicture:
            return None

    def keep(self, picture: Picture, mask: Picture) -> tuple[Picture, Picture]:
        """Write both, the mask last: it says that both are there."""
        write_whole({self.picture: png(picture), self.mask: png(mask)})
        return picture, mask


def _place(folder: Path, made_from: list[str | int]) -> _Place:
    """The place whose name says all that a picture and its mask were made from."""
    name = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
    return _Place(folder / f"{name}.png", folder / f"{name}-mask.png")
