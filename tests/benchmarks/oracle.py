"""How well the oracle reads, and how long it takes: `python -m tests.benchmarks.oracle`.

Subjects of the study in renders, as they are and edited, moved, turned and mirrored, sharp and as soft as a
young model paints them, also where something else was asked for; beside them regions without one: the bare
scene, noise, and another ground; and edits that were made and that were not. Then results of the sandbox
model of which a person said, without knowing what the oracle says, whether the asked attribute is there
(`by_eye.json`; not of shapes, which want a ruler, and not where he could not tell).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
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
from dreammix.protocol import AttributeKind
from dreammix.sandbox import reader
from dreammix.sandbox.world import paint_ground, sample_ground

RENDERS: Final = 120
SUBJECTS: Final = 20
EDITS: Final = 3
REFUSED_EVERY: Final = 6
"""Of so many questions, one is also asked of what shows no subject."""
BLUR: Final = 5.0
"""Radius in pixels of a scene of 256 of what is as soft as a young model's pictures."""
SOFT: Final = (0.0, 2.0, 3.0, 5.0)
"""Radii of blur at which edits are looked for where they are and where they are not."""
EVERY: Final = 5
"""Edits that there are of a subject."""
EYE: Final = Path(__file__).with_name("by_eye.json")
"""For each asked attribute whether it is there; the looks are beside it, one a row: scene, result, region.
Of subjects that were taught (everything on) and of the base without a subject, weights of 36,000 steps."""
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
            "soft": (_soft(question.elsewhere, BLUR), question.thing),
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
    _falsely(oracle)
    _beside_a_person()


def _edits() -> Iterator[tuple[Question, AttributeKind]]:
    """Every edit of every subject in two scenes, and the kind of what it asks for."""
    for number in range(SUBJECTS):
        for question in questions(specimen(number, 0), 2, EVERY, 0):
            if question.edit is not None:
                yield question, question.edit.kind


def _falsely(oracle: Oracle) -> None:
    """Print how often the asked attribute is seen where it is, and where the subject is as it always was.

    Both in the region that was drawn around the right answer, which must not give it away, and ever softer.
    """
    for radius in SOFT:
        found: dict[str, list[tuple[bool, bool]]] = {}
        for question, kind in _edits():
            usual = question.spot.show(replace(question.spot.placed, thing=question.specimen.thing))[0]
            there, falsely = (
                findings(oracle.read(question, _only_inside(question, _soft(shown, radius))), question.thing)
                for shown in (question.truth, usual)
            )
            found.setdefault(kind.value, []).append((there.attributes[kind], falsely.attributes[kind]))
        shares = {kind: np.mean(pairs, axis=0).round(3).tolist() for kind, pairs in found.items()}
        print(f"blurred by {radius:g} px, [there, not there] and seen: {shares}")


def _only_inside(question: Question, shown: Units) -> Units:
    scene = question.spot.scene
    return np.asarray(scene + question.region[..., None] * (shown - scene), np.float32)


def _beside_a_person() -> None:
    """Print how often the oracle and a person agree, where it is and where it is not what was asked for."""
    answers = json.loads(EYE.read_text())
    sheet = to_units(np.asarray(Image.open(EYE.with_suffix(".webp"))))
    rows = sheet.reshape(len(answers), reader.SIDE, 3, reader.SIDE, 3)
    looks = [reader.planes(row[0], row[1], row[2, ..., 0]) for row in np.moveaxis(rows, 2, 1)]
    seen = reader.load(find("sandbox")).read(looks)
    pairs: dict[str, list[tuple[bool, bool]]] = {}
    for answer, read in zip(answers, seen, strict=True):
        words = set() if read is None else {*read.colours, read.pattern, read.material, read.accessory}
        pairs.setdefault(answer["kind"], []).append((answer["there"], answer["asked"] in words))
    for kind, those in pairs.items():
        right, wrong = ([oracle for person, oracle in those if person is there] for there in (True, False))
        print(
            f"{kind}: a person says it is there in {len(right)}, the oracle in {sum(right)} of them; "
            f"he says it is not in {len(wrong)}, the oracle says it is in {sum(wrong)} of them"
        )


def _question(number: int) -> Question:
    """As the subject is, or one of its edits, in turn."""
    asked = questions(specimen(number % SUBJECTS, 0), 1 + number // SUBJECTS, EDITS, seed=0)
    return list(asked)[-(1 + number % (EDITS + 1))]


def _soft(picture: Units, radius: float) -> Units:
    blurred = Image.fromarray(to_bytes(picture)).filter(ImageFilter.GaussianBlur(radius))
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
