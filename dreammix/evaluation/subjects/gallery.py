"""Results to be looked at: some at random, and the worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from dreammix.evaluation.comparisons import look_closely
from dreammix.evaluation.sheets import Strip, Tile, sheet
from dreammix.evaluation.subjects.rows import ADM
from dreammix.evaluation.subjects.specimens import PICTURE_SIDE
from dreammix.evaluation.subjects.study import Record
from dreammix.geometry import Units, to_units
from dreammix.sandbox.world import Placed, put

AT_RANDOM: Final = 40
"""Results on the sheet of random ones."""
WORST: Final = 6
"""Results on the sheet of the worst."""
_ACROSS: Final = 2
"""Results side by side."""
_SHUFFLE: Final = 0


def at_random(records: Sequence[Record]) -> bytes:
    """A PNG file of random results of the whole method: subject, right answer, result."""
    ours = [record for record in records if record.row == ADM]
    chosen = np.random.default_rng(_SHUFFLE).permutation(len(ours))[:AT_RANDOM]
    return _gallery([ours[int(i)] for i in chosen])


def worst(records: Sequence[Record]) -> bytes:
    """A PNG file of the whole method's worst results: what was asked is not there, and little is kept."""
    ours = [record for record in records if record.row == ADM]
    return _gallery(sorted(ours, key=_merit)[:WORST])


def _merit(record: Record) -> float:
    scores = record.scores
    return (0.0 if scores.asked is False else 1.0) + scores.kept + scores.told


def _gallery(records: Sequence[Record]) -> bytes:
    strips = []
    for first in range(0, len(records), _ACROSS):
        some = records[first : first + _ACROSS]
        title = "   |   ".join(_title(record) for record in some)
        strips.append(Strip(title, tuple(tile for record in some for tile in _tiles(record))))
    return sheet(strips)


def _title(record: Record) -> str:
    question = record.question
    return f"subject {question.specimen.number + 1}, scene {question.spot.number + 1}: {question.caption}"


def _tiles(record: Record) -> tuple[Tile, ...]:
    question, scores = record.question, record.scores
    asked = "" if scores.asked is None else f"asked {'yes' if scores.asked else 'no'}, "
    with Image.open(record.picture) as image:
        result = to_units(np.asarray(image.convert("RGB")))
    return (
        Tile("the subject", _portrait(record)),
        Tile("right answer", look_closely(question.truth, question.region)),
        Tile(f"{asked}kept {scores.kept:.0%}, told {scores.told:.0%}", result),
    )


def _portrait(record: Record) -> Units:
    """The subject as it is, on grey."""
    picture = np.full((PICTURE_SIDE, PICTURE_SIDE, 3), 0.8, np.float32)
    put(picture, Placed(thing=record.question.specimen.thing, x=0.5, y=0.55, size=0.3), -0.6)
    return picture
