"""How well the oracle reads, and how long it takes: `python -m tests.benchmarks.oracle`.

Subjects of the study in true renders, as they are and edited, moved, turned and mirrored; beside them what
shows no subject: bare scenes, noise, and renders that are blurred beyond recognition.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from dreammix.evaluation.subjects.oracle import findings, read
from dreammix.evaluation.subjects.questions import Question, questions
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.geometry import Units, to_bytes, to_units

RENDERS: Final = 60
SUBJECTS: Final = 20
EDITS: Final = 3
REFUSED_EVERY: Final = 6
"""Of so many questions, one is also asked of what shows no subject."""
BLUR: Final = 14.0
"""Radius in pixels of a scene of 256."""


def main() -> None:
    """Print how much is read rightly, what is turned down, and the seconds of a reading."""
    right: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    empty, seconds = 0, 0.0
    for number in range(RENDERS):
        question = _question(number)
        began = time.process_time()
        seen = read(question, question.elsewhere)
        seconds += time.process_time() - began
        found = findings(seen, question.thing)
        right["category"] += found.category
        right.update({kind.value: int(there) for kind, there in found.attributes.items()})
        if number % REFUSED_EVERY == 0:
            empty += 1
            pictures = _without_subject(question, number)
            refused.update({name: int(read(question, picture) is None) for name, picture in pictures.items()})
    print(f"read rightly, of {RENDERS}: {dict(right)}")
    print(f"turned down, of {empty} each: {dict(refused)}")
    print(f"{seconds / RENDERS:.2f} s of one core a reading")


def _question(number: int) -> Question:
    """As the subject is, or one of its edits, in turn."""
    asked = questions(specimen(number % SUBJECTS, 0), 1 + number // SUBJECTS, EDITS, seed=0)
    return list(asked)[-(1 + number % (EDITS + 1))]


def _without_subject(question: Question, seed: int) -> dict[str, Units]:
    scene = question.spot.scene
    blurred = Image.fromarray(to_bytes(question.elsewhere)).filter(ImageFilter.GaussianBlur(BLUR))
    return {
        "bare": scene,
        "noise": np.random.default_rng(seed).random(scene.shape, dtype=np.float32),
        "blurred": to_units(np.asarray(blurred)),
    }


if __name__ == "__main__":
    main()
