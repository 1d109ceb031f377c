"""What a job would be before it starts: which part of the canvas it needs, whether it fits, how long.

The geometry is the pipeline's own; the time is what steps have taken on this machine so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from dreammix.geometry import local_view, whole_view, window_view
from dreammix.models import find, read_manifest
from dreammix.protocol import Box, Harmonisation, InvalidRequest, Progress, TeachProgress
from dreammix.protocol.services import InsertPlan, PlanInsert, PlanTeach, TeachPlan
from dreammix.protocol.teaching import TeachSettings
from dreammix.subjects import Subject

FEW_PIXELS: Final = 32
"""A region narrower than this, in canvas pixels, shows few details."""
MEMORY_PER_PIXEL: Final = 4096
"""Working memory for each pixel that the model paints, in bytes: activations."""
FORGETTING: Final = 0.2
"""How much the newest step weighs in the average of what a step takes."""
MAX_STEP_S: Final = 600.0
"""A longer pause between two steps is no step: the job was put aside."""


class Pace:
    """How long a step of each kind of work takes, from the steps of the jobs so far."""

    def __init__(self) -> None:
        self._steps: dict[str, float] = {}
        self._last: dict[str, tuple[Progress | TeachProgress, float]] = {}

    def note(
        self, work: str, job: str, progress: Progress | TeachProgress, variants: int, now: float
    ) -> None:
        """A job has done a step. `now` in seconds since some fixed moment."""
        before = self._last.get(job)
        self._last[job] = (progress, now)
        if before is None or before[0].stage is not progress.stage or progress.step != before[0].step + 1:
            return
        step = (now - before[1]) / variants
        if 0 <= step <= MAX_STEP_S:
            known = self._steps.get(work, step)
            self._steps[work] = known + FORGETTING * (step - known)

    def forget(self, job: str) -> None:
        """A job has ended."""
        self._last.pop(job, None)

    def seconds(self, work: str, steps: int) -> float | None:
        """What so many steps take; None before the first was measured."""
        step = self._steps.get(work)
        return None if step is None else step * steps


@dataclass(frozen=True, slots=True)
class Room:
    """What a model needs and what there is: bytes of its files, and of free memory."""

    model_bytes: int
    free_bytes: int


def room_for(model: str, *, loaded: bool) -> Room:
    """What a model's files take that is not in memory yet. Raises ModelNotFound."""
    folder = find(model)
    size = 0 if loaded else sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
    return Room(size, psutil.virtual_memory().available)


def plan_insert(ask: PlanInsert, folder: Path, room: Room, pace: Pace, model: str) -> InsertPlan:
    """What an insert would be.

    Args:
        ask: the question.
        folder: of the base model.
        room: what it needs of the memory.
        pace: what steps have taken.
        model: its name.

    Raises:
        InvalidRequest: the region is not on the canvas; ModelNotFound, ModelDamaged.
    """
    manifest = read_manifest(folder)
    native, multiple = manifest.native_side, manifest.multiple
    if not Box.of(ask.canvas).contains(ask.region):
        raise InvalidRequest(
            "The region is not on the canvas", "some of it lies outside", "Select within the picture"
        )
    crop = local_view(ask.region, ask.canvas, native, multiple)
    if ask.settings.harmonisation is Harmonisation.WHOLE:
        window = whole_view(ask.canvas, native, multiple)
    else:
        window = window_view(crop, ask.settings.window_ratio, ask.canvas, native, multiple)
    scale = (crop.size.area / crop.box.size.area) ** 0.5
    painted = ask.variants * max(crop.size.area, window.size.area)
    return InsertPlan(
        crop=crop.box,
        window=window.box,
        send=_around(crop.box, window.box),
        scale=scale,
        fits=room.model_bytes + painted * MEMORY_PER_PIXEL <= room.free_bytes,
        seconds=pace.seconds(model, ask.settings.steps * ask.variants),
        hints=_hints(ask.region, scale),
    )


def plan_teach(ask: PlanTeach, subject: Subject, pace: Pace, model: str) -> TeachPlan:
    """How long teaching a subject would take, and what stands in its way."""
    hints = []
    if not subject.pictures:
        hints.append(f"{subject.name} has no pictures yet.")
    missing = sum(picture.mask is None for picture in subject.pictures)
    if missing:
        hints.append(f"{missing} of {len(subject.pictures)} pictures have no mask yet.")
    if not subject.attributes:
        hints.append("Nothing says what it looks like: edits will follow the words less well.")
    settings = ask.request.settings or TeachSettings()
    return TeachPlan(seconds=pace.seconds(f"teach {model}", settings.steps), hints=tuple(hints))


def _hints(region: Box, scale: float) -> tuple[str, ...]:
    hints = []
    if min(region.width, region.height) < FEW_PIXELS:
        hints.append(f"The region is {min(region.width, region.height)} px: details will be few.")
    if scale < 1:
        hints.append(f"The model paints at {scale:.0%} of the canvas's resolution: fine detail is lost.")
    return tuple(hints)


def _around(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    x, y = min(a.x, b.x), min(a.y, b.y)
    return Box(x, y, max(a.right, b.right) - x, max(a.bottom, b.bottom) - y)
