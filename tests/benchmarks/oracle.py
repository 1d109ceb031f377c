"""How well the oracle reads, and how long it takes: `python -m tests.benchmarks.oracle`.

Subjects of the study in renders, as they are and edited, moved, turned and mirrored, sharp and as soft as a
young model paints them, also where something else was asked for; beside them regions without one: the bare
scene, noise, and another ground.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from dreammix.evaluation.subjects.oracle import findings, read
from dreammix.evaluation.subjects.questions import SIDE, Question, questions
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.geometry import Units, to_bytes, to_units
from dreammix.sandbox.world import paint_ground, sample_ground

RENDERS: Final = 60
SUBJECTS: Final = 20
EDITS: Final = 3
REFUSED_EVERY: Final = 6
"""Of so many questions, one is also asked of what shows no subject."""
BLUR: Final = 5.0
"""Radius in pixels of a scene of 256 of what is as soft as a young model's pictures."""
OTHER: Final = 3
"""How many subjects further on is the one that is shown where another was asked for."""


def main() -> None:
    """Print how much is read rightly, what is turned down, and the seconds of a reading."""
    right: dict[str, Counter[str]] = {"sharp": Counter(), "soft": Counter(), "unasked": Counter()}
    refused: Counter[str] = Counter()
    misled = 0
    empty, began = 0, time.process_time()
    for number in range(RENDERS):
        question = _question(number)
        other = specimen((number + OTHER) % SUBJECTS, 0).thing
        shown = {
            "sharp": (question.elsewhere, question.thing),
            "soft": (_soft(question.elsewhere), question.thing),
            "unasked": (question.spot.show(replace(question.placed, thing=other))[0], other),
        }
        for name, (picture, thing) in shown.items():
            seen = read(question, picture)
            found = findings(seen, thing)
            right[name]["category"] += found.category
            right[name].update({kind.value: int(there) for kind, there in found.attributes.items()})
            misled += name == "unasked" and findings(seen, question.thing).category
        if number % REFUSED_EVERY == 0:
            empty += 1
            pictures = _without_subject(question, number)
            refused.update({name: int(read(question, picture) is None) for name, picture in pictures.items()})
    seconds = (time.process_time() - began) / (RENDERS * len(right) + empty * len(refused))
    for name, counts in right.items():
        print(f"{name}: read rightly, of {RENDERS}: {dict(counts)}")
    print(f"read as the category that was asked for, where another was shown: {misled} of {RENDERS}")
    print(f"turned down, of {empty} each: {dict(refused)}")
    print(f"{seconds:.2f} s of one core a reading")


def _question(number: int) -> Question:
    """As the subject is, or one of its edits, in turn."""
    asked = questions(specimen(number % SUBJECTS, 0), 1 + number // SUBJECTS, EDITS, seed=0)
    return list(asked)[-(1 + number % (EDITS + 1))]


def _soft(picture: Units) -> Units:
    blurred = Image.fromarray(to_bytes(picture)).filter(ImageFilter.GaussianBlur(BLUR))
    return to_units(np.asarray(blurred))


def _without_subject(question: Question, seed: int) -> dict[str, Units]:
    scene, region = question.spot.scene, question.region[..., None]
    rng = np.random.default_rng(seed)
    others = {
        "noise": rng.random(scene.shape, dtype=np.float32),
        "another ground": paint_ground(sample_ground(rng), SIDE, SIDE),
    }
    return {
        "bare": scene,
        **{name: np.asarray(scene + region * (shown - scene), np.float32) for name, shown in others.items()},
    }


if __name__ == "__main__":
    main()
