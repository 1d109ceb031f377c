"""How well the oracle reads, and how long it takes: `python -m tests.benchmarks.oracle`.

Subjects of the study in renders, as they are and edited, moved, turned and mirrored, sharp and as soft as a
young model paints them, also where something else was asked for; beside them regions without one: the bare
scene, noise, and another ground. Then results of the sandbox model of which a person said, without knowing
what the oracle says, whether the asked attribute is there (`by_eye.json`; of shapes a person cannot say it
without a ruler, and where he could not tell, there is no answer).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from dreammix.evaluation.subjects.oracle import Oracle, findings
from dreammix.evaluation.subjects.questions import SIDE, Question, questions
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.geometry import Units, to_bytes, to_units
from dreammix.models import find
from dreammix.sandbox import reader
from dreammix.sandbox.world import paint_ground, sample_ground

RENDERS: Final = 120
SUBJECTS: Final = 20
EDITS: Final = 3
REFUSED_EVERY: Final = 6
"""Of so many questions, one is also asked of what shows no subject."""
BLUR: Final = 5.0
"""Radius in pixels of a scene of 256 of what is as soft as a young model's pictures."""
EYE: Final = Path(__file__).with_name("by_eye.json")
"""For each asked attribute whether it is there; the looks are beside it, one a row: scene, result, region."""
OTHER: Final = 3
"""How many subjects further on is the one that is shown where another was asked for."""


def main() -> None:
    """Print how much is read rightly, what is turned down, and the seconds of a reading."""
    oracle = Oracle(find("sandbox"))
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
            seen = oracle.read(question, picture)
            found = findings(seen, thing)
            right[name]["category"] += found.category
            right[name].update({kind.value: int(there) for kind, there in found.attributes.items()})
            misled += name == "unasked" and findings(seen, question.thing).category
        if number % REFUSED_EVERY == 0:
            empty += 1
            pictures = _without_subject(question, number)
            read = {name: oracle.read(question, picture) for name, picture in pictures.items()}
            refused.update({name: int(seen is None) for name, seen in read.items()})
    seconds = (time.process_time() - began) / (RENDERS * len(right) + empty * len(refused))
    for name, counts in right.items():
        print(f"{name}: read rightly, of {RENDERS}: {dict(counts)}")
    print(f"read as the category that was asked for, where another was shown: {misled} of {RENDERS}")
    print(f"turned down, of {empty} each: {dict(refused)}")
    print(f"{seconds:.3f} s of one core a reading")
    _beside_a_person()


def _beside_a_person() -> None:
    """Print how often the oracle and a person agree, and how often each finds what was asked for."""
    answers = json.loads(EYE.read_text())
    sheet = to_units(np.asarray(Image.open(EYE.with_suffix(".webp"))))
    rows = sheet.reshape(len(answers), reader.SIDE, 3, reader.SIDE, 3)
    looks = [
        np.concatenate([result, result - scene, np.rint(region[..., :1])], axis=-1)
        for scene, result, region in np.moveaxis(rows, 2, 1)
    ]
    seen = reader.load(find("sandbox")).read([np.moveaxis(look, -1, 0).copy() for look in looks])
    pairs: dict[str, list[tuple[bool, bool]]] = {}
    for answer, read in zip(answers, seen, strict=True):
        words = set() if read is None else {*read.colours, read.pattern, read.material, read.accessory}
        found = answer["asked"] in words
        pairs.setdefault(answer["kind"], []).append((found, answer["there"]))
    for kind, those in pairs.items():
        agree, oracle, person = (sum(it) for it in zip(*((a == b, a, b) for a, b in those), strict=True))
        print(f"{kind}: {len(those)} results; there: oracle {oracle}, person {person}; alike {agree}")


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
