"""Gives a result its marks: everything that is measured of one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dreammix.evaluation.subjects.cells import Scores
from dreammix.evaluation.subjects.lineup import LineUp
from dreammix.evaluation.subjects.oracle import Oracle, findings
from dreammix.evaluation.subjects.questions import Question
from dreammix.evaluation.subjects.similarity import ClipScore, Encoder
from dreammix.files import decode_mask, decode_scene
from dreammix.geometry import Units, to_array, to_units
from dreammix.sandbox import clip
from dreammix.subjects import NewPicture


class Marker:
    """Marks the results of one subject.

    Args:
        oracle, score, encoders: what looks.
        pictures: the subject's, with their masks.
    """

    def __init__(
        self,
        oracle: Oracle,
        score: ClipScore,
        encoders: Sequence[Encoder],
        pictures: Sequence[NewPicture],
    ) -> None:
        self._oracle, self._score, self._encoders = oracle, score, encoders
        self._own = [_look(picture) for picture in pictures]
        self._encoded = [encoder(self._own) for encoder in encoders]

    def mark(self, question: Question, line_up: LineUp, picture: Units, seconds: float) -> Scores:
        """Everything that is measured of a scene with a result (H, W, 3)."""
        look = clip.look(picture, question.region)
        found = findings(self._oracle.read(question, picture), question.thing)
        kind = None if question.edit is None else question.edit.kind
        likeness = line_up.compare(picture)
        return Scores(
            clip_t=self._score.text(look, question.caption),
            clip_i=self._score.pictures(look, self._own),
            encoders=tuple(
                float((encoder([look]) @ own.T).mean())
                for encoder, own in zip(self._encoders, self._encoded, strict=True)
            ),
            asked=None if kind is None else found.attributes[kind],
            kept=found.kept(kind),
            told=likeness.told,
            distance=likeness.distance,
            feature=tuple(np.round(self._score.feature(look).astype(float), 6).tolist()),
            seconds=seconds,
        )


def _look(picture: NewPicture) -> Units:
    """The subject in one of its pictures, (64, 64, 3)."""
    if picture.mask is None:
        raise ValueError("a subject's picture without a mask")
    pixels = to_units(to_array(decode_scene(picture.picture).picture))[..., :3]
    return clip.look(pixels, to_units(to_array(decode_mask(picture.mask))))
