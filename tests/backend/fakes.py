"""Tools without a model: quick, exact, and as slow as the prompt asks for ("slow 50": 50 ms a step)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dreammix.protocol import (
    Box,
    Cancelled,
    Event,
    InsertRequest,
    Picture,
    Preview,
    Profile,
    Progress,
    Result,
    SampleFormat,
    Size,
    Stage,
    Taught,
    TeachEvent,
    TeachProgress,
    TeachRequest,
)
from dreammix.protocol.teaching import TeachSettings, TeachStage


class FakeTools:
    """Paints the scene's own pixels, after as many steps as the settings say."""

    def __init__(self, device: str, profile: Profile | None) -> None:
        self.device = device
        self.profile = profile or Profile.FULL

    def insert(self, request: InsertRequest, artist: str, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Every variant is the scene itself."""
        steps, pause = request.settings.steps, _pause(request.prompt)
        box = Box.of(request.scene.size)
        for step in range(1, steps + 1):
            time.sleep(pause)
            _stop_if(cancelled)
            yield Progress(Stage.LOCAL, step, steps, (steps - step) * pause)
            for variant in range(request.variants):
                small = Picture(Size(2, 2), SampleFormat.RGBA8, bytes([step % 256] * 16))
                yield Preview(stage=Stage.LOCAL, step=step, variant=variant, box=box, picture=small)
        for variant, seed in enumerate(request.seeds):
            yield Result(variant=variant, seed=seed, box=box, layer=request.scene)

    def teach(
        self,
        request: TeachRequest,
        artist: str,
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> Iterator[TeachEvent]:
        """A step every 50 ms, until it is enough."""
        steps = (request.settings or TeachSettings()).steps
        for step in range(1, steps + 1):
            time.sleep(0.05)
            _stop_if(cancelled)
            yield TeachProgress(stage=TeachStage.TEACHING, step=step, steps=steps, loss=0.5)
            if enough():
                break
        yield Taught(subject=request.subject, version=1, loss=0.5)

    def shrink(self) -> None:
        """They take nothing."""


def load(model: str, library: Path | None, device: str, profile: Profile | None) -> FakeTools:
    """They are always there."""
    return FakeTools(device, profile)


def _pause(prompt: str) -> float:
    """Seconds a step."""
    words = prompt.split()
    return int(words[1]) / 1000 if words[:1] == ["slow"] else 0.0


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled("It was stopped", "you asked for it", "Start it again")
