"""Is the measure itself right? The judge on renders whose answer is known. Also, the autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from dreammix.evaluation.bench import Bench, Outcome
from dreammix.evaluation.cases import SMALL, STREAM, TEXT, Case, cases
from dreammix.evaluation.judge import Verdict
from dreammix.evaluation.pictures import psnr
from dreammix.evaluation.report import at_least, mean, share
from dreammix.evaluation.sheets import Strip, Tile
from dreammix.geometry import Units, fit, local_view, low_pass, mask_box, resample
from dreammix.pipeline import Pipeline
from dreammix.protocol import Size
from dreammix.sandbox.training.clip import melt
from dreammix.sandbox.world import Category, Colour, Thing, render, sample_scene, with_thing

BLUR_CELLS: Final = 5
"""Cells along a region's longer side that a blurred render is left with: no object can be told by them."""
NOISE: Final = 0.5
"""Standard deviation of a render that is spoilt by noise."""
RIGHT: Final = at_least(98, required=True)
ALMOST: Final = at_least(98)
"""Of decoded renders: what is lost on the way through the autoencoder is no fault of the measure."""
SHOWN: Final = 6
"""Cases on the sheet."""


def validate(bench: Bench) -> Outcome:
    """Ask the judge about true renders, and about spoilt and wrong ones that it must turn down."""
    questions = [*cases(TEXT, bench.count, bench.seed), *cases(SMALL, bench.count // 4, bench.seed)]
    pictures: dict[str, list[Units]] = {}
    for number, case in enumerate(questions):
        bench.said(f"rendering case {number + 1} of {len(questions)}")
        for name, picture in _variants(case, number, bench).items():
            pictures.setdefault(name, []).append(picture)
    seen = {name: _ask(bench, name, questions, shown) for name, shown in pictures.items()}
    things = [case.thing for case in questions]

    def right(name: str, kind: str) -> list[bool]:
        return [_right(kind)(v, t) for v, t in zip(seen[name], things, strict=True)]

    figures = []
    for name, goal in {TRUE: RIGHT, DECODED: ALMOST}.items():
        figures += [
            share(f"{name}: right {kind}", right(name, kind), goal) for kind in ("category", "colour")
        ]
    figures += [
        share(f"{name}: no object seen", [v.category is None for v in seen[name]], spoilt)
        for name, spoilt in SPOILT.items()
    ]
    figures += [
        share(f"{name}: turned down", [not r for r in right(name, name.rpartition(" ")[2])], RIGHT)
        for name in WRONG
    ]
    strips = tuple(
        Strip(
            case.prompt,
            tuple(Tile(f"{name}: {_words(seen[name][k])}", pictures[name][k]) for name in pictures),
        )
        for k, case in enumerate(questions[:SHOWN])
    )
    return Outcome(figures=figures, strips=strips)


TRUE: Final = "true"
DECODED: Final = "decoded"
SPOILT: Final = {"blurred": RIGHT, "empty": RIGHT, "noise": RIGHT, "melted": None}
WRONG: Final = ("wrong category", "wrong colour")


def _variants(case: Case, number: int, bench: Bench) -> dict[str, Units]:
    rng = np.random.default_rng([STREAM, 100, bench.seed, number])
    height, width = case.truth.shape[:2]
    box = mask_box(case.region)
    coarse = BLUR_CELLS / max(box.width, box.height)
    cells = Size(max(1, round(width * coarse)), max(1, round(height * coarse)))
    noise = rng.normal(0, NOISE, case.truth.shape).astype(np.float32)
    other, tinted = _other_category(case.thing, rng), _other_colour(case.thing, rng)
    return {
        TRUE: case.truth,
        DECODED: decoded(bench.pipeline, case),
        "blurred": low_pass(case.truth, cells),
        "empty": case.scene,
        "noise": np.clip(case.truth + noise, 0, 1),
        "melted": _melted(case, rng),
        "wrong category": render(with_thing(case.world, 0, other), height, width).picture,
        "wrong colour": render(with_thing(case.world, 0, tinted), height, width).picture,
    }


def _melted(case: Case, rng: np.random.Generator) -> Units:
    """The true picture with its region melted."""
    box = mask_box(case.region)
    rows, columns = slice(box.y, box.bottom), slice(box.x, box.right)
    picture = case.truth.copy()
    picture[rows, columns] = melt(rng, picture[rows, columns])
    return picture


def _other_category(thing: Thing, rng: np.random.Generator) -> Thing:
    others = [category for category in Category if category is not thing.category]
    return replace(thing, category=others[rng.integers(len(others))])


def _other_colour(thing: Thing, rng: np.random.Generator) -> Thing:
    """The thing in a colour that is neither its own nor its second one."""
    others = [colour for colour in Colour if colour not in (thing.colour, thing.traits.second)]
    return replace(thing, colour=others[rng.integers(len(others))])


@torch.no_grad()
def decoded(pipeline: Pipeline, case: Case) -> Units:
    """The true picture after its way through the model's crop and autoencoder, as every result has gone."""
    model = pipeline.model
    canvas = Size(case.truth.shape[1], case.truth.shape[0])
    view = local_view(mask_box(case.region), canvas, model.native_side, model.multiple)
    crop = torch.from_numpy(resample(case.truth, view.box, view.size)).movedim(-1, 0)[None] * 2 - 1
    back = model.autoencoder.decode(model.autoencoder.encode(crop))[0].movedim(0, -1)
    picture = case.truth.copy()
    box = view.box
    picture[box.y : box.bottom, box.x : box.right] = fit(((back + 1) / 2).clamp(0, 1).numpy(), box.size)
    return picture


def _ask(bench: Bench, name: str, questions: list[Case], pictures: list[Units]) -> list[Verdict]:
    bench.said(f"judging {name} renders")
    return bench.judge.verdicts(pictures, [case.region for case in questions])


def _right(kind: str) -> Callable[[Verdict, Thing], bool]:
    return Verdict.right_category if kind == "category" else Verdict.right_colour


def _words(verdict: Verdict) -> str:
    seen = "nothing" if verdict.category is None else verdict.category.value
    return f"{verdict.colour.value} {seen}"


@torch.no_grad()
def measure_autoencoder(bench: Bench) -> Outcome:
    """How much of held-out world pictures survives the autoencoder, at the model's native side."""
    side = bench.pipeline.model.native_side
    values, strips = [], []
    for index in range(bench.count):
        bench.said(f"picture {index + 1} of {bench.count}")
        scene = sample_scene(np.random.default_rng([STREAM, 101, bench.seed, index]), side=(0.2, 0.9))
        picture = render(scene, side, side).picture
        x = torch.from_numpy(picture).movedim(-1, 0)[None] * 2 - 1
        autoencoder = bench.pipeline.model.autoencoder
        back = ((autoencoder.decode(autoencoder.encode(x))[0] + 1) / 2).clamp(0, 1).movedim(0, -1).numpy()
        values.append(psnr(back, picture))
        if index < SHOWN:
            tiles = (Tile("picture", picture), Tile(f"decoded, {values[-1]:.1f} dB", back))
            strips.append(Strip(f"picture {index}", tiles))
    goal = at_least(32)
    return Outcome(figures=[mean("PSNR", values, "dB", goal)], strips=tuple(strips))
