"""The real tools of a worker, with the sandbox model, whose lessons are short: they learn, but not much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreammix.models.base import load as load_model
from dreammix.models.devices import device_named
from dreammix.protocol import Profile, TeachEvent, TeachRequest, TeachSettings
from dreammix.subjects import default_root
from dreammix_backend.worker.tools import ModelTools

SHORT: Final = TeachSettings(steps=4, batch=1, rate=2e-3, regular_pictures=1, regular_batch=1, samples=1)


class ShortLessons(ModelTools):
    """See the module."""

    def teach(
        self,
        request: TeachRequest,
        artist: str,
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> Iterator[TeachEvent]:
        """A few steps with one regular picture and one sample; else as ever."""
        return super().teach(replace(request, settings=SHORT), artist, cancelled, enough)


def load(model: str, library: Path | None, device: str, wanted: Profile | None) -> ShortLessons:
    """See `dreammix_backend.worker.tools.load`."""
    there = device_named(device).name
    return ShortLessons(
        lambda profile: load_model(model, device=there, profile=profile), library or default_root(), wanted
    )
