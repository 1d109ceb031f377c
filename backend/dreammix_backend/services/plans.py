"""What a job would be before it starts: which part of the canvas it needs, whether it fits, how long.

The geometry is the pipeline's own, and so is the arithmetic of memory; the time is what steps have taken on
this machine so far, earlier starts of the server included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.files.durable import write_whole
from dreammix.geometry import local_view, whole_view, window_view
from dreammix.models.memory import Device, fit, painting
from dreammix.models.usual import usual_settings
from dreammix.protocol import (
    Box,
    Harmonisation,
    InvalidRequest,
    Profile,
    Progress,
    Stage,
    TeachProgress,
    TeachStage,
)
from dreammix.protocol.requests import MIN_GUIDANCE
from dreammix.protocol.services import InsertPlan, PlanInsert, PlanTeach, TeachPlan
from dreammix.subjects import Subject
from dreammix_backend.services.models import Measures

FEW_PIXELS: Final = 32
"""A region narrower than this, in canvas pixels, shows few details."""
FORGETTING: Final = 0.2
"""How much the newest step weighs in the average of what a step takes."""
MAX_STEP_S: Final = 600.0
"""A longer pause between two steps is no step: the job was put aside."""
FOUND_TIMES: Final = 5
"""A regular picture that comes so many times faster was not painted: an earlier teaching has left it."""


class Pace:
    """How long a step of each kind of work takes, from the steps of the jobs so far."""

    def __init__(self) -> None:
        self._steps: dict[str, float] = {}
        self._last: dict[str, tuple[Progress | TeachProgress, float]] = {}

    def note(
        self, model: str, job: str, progress: Progress | TeachProgress, variants: int, now: float
    ) -> None:
        """A job has done a step. `now` in seconds since some fixed moment."""
        before = self._last.get(job)
        self._last[job] = (progress, now)
        if before is None or before[0].stage is not progress.stage or progress.step != before[0].step + 1:
            return
        step = (now - before[1]) / variants
        if 0 <= step <= MAX_STEP_S:
            work = _work(model, progress.stage)
            known = self._steps.get(work, step)
            if progress.stage is TeachStage.REGULAR:
                if step < known / FOUND_TIMES:
                    return
                if known < step / FOUND_TIMES:
                    known = step
            self._steps[work] = known + FORGETTING * (step - known)

    def forget(self, job: str) -> None:
        """A job has ended."""
        self._last.pop(job, None)

    def seconds(self, model: str, stage: Stage | TeachStage, steps: int) -> float | None:
        """What so many steps take; None before the first was measured."""
        step = self._steps.get(_work(model, stage))
        return None if step is None else step * steps

    def recall(self, path: Path, device: str) -> None:
        """Know what was kept when this device computed; what makes no sense is not known.

        What was measured since this start goes before it.
        """
        try:
            kept = json.loads(path.read_bytes())
            if kept["device"] == device:
                steps = {str(work): float(step) for work, step in kept["steps"].items()}
                sane = {work: step for work, step in steps.items() if 0 <= step <= MAX_STEP_S}
                self._steps = sane | self._steps
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return

    def keep(self, path: Path, device: str) -> None:
        """Have the next start know it, too. Blocks a little. Raises StorageFull, OutputFailure."""
        write_whole({path: json.dumps({"device": device, "steps": self._steps}).encode()})


def _work(model: str, stage: Stage | TeachStage) -> str:
    """What a step counts as: those of both stages of an insert take the same time."""
    return f"{stage} {model}" if isinstance(stage, TeachStage) else model


@dataclass(frozen=True, slots=True)
class Footing:
    """A base model where it is to compute.

    Attributes:
        model: its name.
        measures: what it says of itself.
        device: what computes.
        loaded: how it lies in the device's memory, if it does and the device's free memory says so.
        profile: how it is to lie there; None: the first that has room.
        worn: how many numbers of LoRAs it wears besides a subject's.
    """

    model: str
    measures: Measures
    device: Device
    loaded: Profile | None
    profile: Profile | None = None
    worn: int = 0


def plan_insert(ask: PlanInsert, footing: Footing, pace: Pace) -> InsertPlan:
    """What an insert would be. Raises InvalidRequest: the region is not on the canvas."""
    native, multiple = footing.measures.size.native_side, footing.measures.multiple
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
    work = painting(
        ask.variants,
        max(crop.size.area, window.size.area),
        guided=ask.settings.guidance > MIN_GUIDANCE,
        worn=footing.worn,
    )
    room = fit(footing.measures.size, footing.device, work, footing.profile, loaded=footing.loaded)
    return InsertPlan(
        crop=crop.box,
        window=window.box,
        send=_around(crop.box, window.box),
        scale=scale,
        fits=room.fits,
        seconds=pace.seconds(footing.model, Stage.LOCAL, ask.settings.steps * ask.variants),
        hints=_hints(ask.region, scale) + (() if room.fits else (_sentence(room.why),)),
    )


def plan_teach(ask: PlanTeach, subject: Subject, pace: Pace, model: str, painted: int = 0) -> TeachPlan:
    """How long it would take, and what stands in its way; so many regular pictures are painted already."""
    hints = []
    if not subject.pictures:
        hints.append(f"{subject.name} has no pictures yet.")
    bare = sum(picture.mask is None for picture in subject.pictures)
    if bare:
        hints.append(f"{bare} of {len(subject.pictures)} pictures have no mask yet.")
    if not subject.attributes:
        hints.append("Nothing says what it looks like: edits will follow the words less well.")
    settings = ask.request.settings or usual_settings(model)
    seconds = pace.seconds(model, TeachStage.TEACHING, settings.steps)
    missing = settings.regular_pictures - painted
    if missing > 0:
        before = pace.seconds(model, TeachStage.REGULAR, missing)
        seconds = None if seconds is None or before is None else before + seconds
    return TeachPlan(seconds=seconds, hints=tuple(hints))


def _hints(region: Box, scale: float) -> tuple[str, ...]:
    hints = []
    if min(region.width, region.height) < FEW_PIXELS:
        hints.append(f"The region is {min(region.width, region.height)} px: details will be few.")
    if scale < 1:
        hints.append(f"The model paints at {scale:.0%} of the canvas's resolution: fine detail is lost.")
    return tuple(hints)


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _around(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    x, y = min(a.x, b.x), min(a.y, b.y)
    return Box(x, y, max(a.right, b.right) - x, max(a.bottom, b.bottom) - y)
