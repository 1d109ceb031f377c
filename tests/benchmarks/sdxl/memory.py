"""The most memory that inserts and lessons take in each profile, beside what `fit` says beforehand.

On a card: what the allocator had reserved at most. On the processor: the weights, and the tensors that lived
at once, counted as they come and go.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch

from dreammix.evaluation.report import Figure, Goal, at_most, mean
from dreammix.models.base import BaseModel, load
from dreammix.models.devices import device_named
from dreammix.models.memory import (
    GIB,
    Device,
    ModelSize,
    Workload,
    learning,
    model_size,
    needed_bytes,
    painting,
    possible,
    teaches,
)
from dreammix.pipeline import Pipeline
from dreammix.protocol import InsertRequest, Profile
from dreammix.training import teaching
from tests.benchmarks.sdxl.lessons import a_few_steps
from tests.benchmarks.sdxl.settings import Wanted, request
from tests.footprint import Footprint

FEW_STEPS = 4
"""Of an insert: the most is held in the first ones, and while a picture is decoded."""
ROWS = 2
"""Of a lesson's step."""
GB = 10**9
INSERT_GOALS = {Profile.OFFLOAD: 8 * GB, Profile.TILED: 6 * GB}
LESSON_GOALS = {Profile.FULL: 10 * GB, Profile.OFFLOAD: 8 * GB}


def memory(place: Path, fooocus: Path, wanted: Wanted) -> list[Figure]:
    """A model is loaded in each profile that means something on the device, and works a little."""
    return [
        figure
        for profile in Profile
        if possible(profile, device_named(str(wanted.device)).kind)
        for figure in _of_profile(place, fooocus, wanted, profile)
    ]


def _of_profile(place: Path, fooocus: Path, wanted: Wanted, profile: Profile) -> Iterator[Figure]:
    computer = device_named(str(wanted.device))
    size = model_size(place, wanted.scale.side)
    model = load(place, device=str(wanted.device), profile=profile, fooocus=fooocus)
    asked = request(replace(wanted, steps=FEW_STEPS))
    full = wanted.scale.full
    inserted = _peak(model, partial(_insert, model, asked))
    goal = INSERT_GOALS.get(profile) if full else None
    yield from _told("insert", inserted, size, computer, painting(1, wanted.scale.side**2), profile, goal)
    if teaches(profile, shared=computer.kind.shares_memory):
        # As where memory is short: what is computed twice is what `fit` reckons with.
        with patch.object(teaching, "must_checkpoint", lambda *_: True):
            learned = _peak(model, partial(a_few_steps, model, wanted, steps=1))
        goal = LESSON_GOALS.get(profile) if full else None
        yield from _told("lesson", learned, size, computer, learning(size, ROWS), profile, goal)
    del model
    gc.collect()
    if wanted.device.type == "cuda":
        torch.cuda.empty_cache()


def _insert(model: BaseModel, asked: InsertRequest) -> None:
    for _ in Pipeline(model).insert(asked):
        pass


def _told(
    what: str,
    peak: int,
    size: ModelSize,
    computer: Device,
    work: Workload,
    profile: Profile,
    goal: int | None,
) -> Iterator[Figure]:
    bound: Goal | None = None if goal is None else at_most(goal / GIB)
    estimate = needed_bytes(size, computer, work, profile)
    yield mean(f"{what} in `{profile}`: most memory", [peak / GIB], "GiB", bound)
    yield mean(f"{what} in `{profile}`: `fit` says", [estimate / GIB], "GiB")


def _peak(model: BaseModel, work: Callable[[], object]) -> int:
    """In bytes, weights included; what nobody holds any more is not counted."""
    gc.collect()
    if model.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(model.device)
        work()
        return torch.cuda.max_memory_reserved(model.device)
    modules = (model.unet, model.autoencoder.vae, *model.text.encoders)
    weights = sum(number.nbytes for module in modules for number in module.parameters())
    with Footprint(*modules) as footprint:
        work()
    held: int = footprint.peak
    return weights + held
