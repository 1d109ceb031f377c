"""What a worker does jobs with: a loaded model, and the artists' libraries. Loads torch."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from dreammix.models.base import BaseModel
from dreammix.models.base import load as load_model
from dreammix.models.devices import device_named
from dreammix.models.memory import SHARED, teaches
from dreammix.models.usual import usual_settings
from dreammix.pipeline import Pipeline
from dreammix.pipeline.teach import teach_subject
from dreammix.protocol import (
    Cancelled,
    Event,
    InsertRequest,
    Profile,
    TeachEvent,
    TeachProgress,
    TeachRequest,
    TeachStage,
)
from dreammix.sandbox.sight import sight_of, vocabulary_of
from dreammix.segmentation import OfflineSegmenter
from dreammix.subjects import Library, default_root
from dreammix_backend.worker.memory import release


class ModelTools:
    """One base model, for all artists of this machine.

    Args:
        open_model: loads the base model in a memory profile; in None as fits.
        root: of their libraries.
        wanted: the profile that was chosen for it; None: as fits.

    Attributes:
        device: where the model computes, as torch names it.
        profile: how it lay in memory there when it was last loaded.
    """

    def __init__(
        self, open_model: Callable[[Profile | None], BaseModel], root: Path, wanted: Profile | None = None
    ) -> None:
        self._open = open_model
        self._root = root
        self._wanted = self._profile = wanted
        self._shrunk = False
        self._opened: BaseModel | None = None
        self.device = str(self._model.device)
        self.profile = self._model.profile

    def insert(self, request: InsertRequest, artist: str, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """See `Pipeline.insert`."""
        if not self._shrunk:
            self._lay(self._wanted)
        pipeline = Pipeline(self._model, library=Library(self._root, artist))
        return pipeline.insert(request, cancelled)

    def shrink(self) -> None:
        """Have the model lie in the smallest profile that paints as it should, until a lesson begins."""
        self._shrunk = True
        self._lay(Profile.TILED)

    def teach(
        self,
        request: TeachRequest,
        artist: str,
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> Iterator[TeachEvent]:
        """See `teach_subject`; masks that are missing are found offline.

        Once it is enough, after one step at least, it is stopped, and asked for with no more steps than it
        has taken: that is the same teaching, so it goes on from what was kept, and ends.
        """
        self._shrunk = False  # In the smallest profile nothing can be learned.
        self._lay(self._wanted if self._wanted is None or self._may_teach(self._wanted) else None)
        taken = 0

        def stopped() -> bool:
            return cancelled() or (taken > 0 and enough())

        try:
            for event in self._teach(request, artist, stopped):
                if isinstance(event, TeachProgress) and event.stage is TeachStage.TEACHING:
                    taken = event.step
                yield event
            return
        except Cancelled:
            if cancelled():
                raise
        settings = request.settings or usual_settings(self._model.name)
        shorter = replace(request, settings=replace(settings, steps=taken, samples=0))
        yield from self._teach(shorter, artist, cancelled)

    def _may_teach(self, profile: Profile) -> bool:
        return teaches(profile, shared=self.device in SHARED)

    @property
    def _model(self) -> BaseModel:
        if self._opened is None:
            self._opened = self._open(self._profile)
            self.profile = self._opened.profile
        return self._opened

    def _lay(self, profile: Profile | None) -> None:
        """Let go of a model that lies otherwise: it is loaded again when it is needed."""
        if profile is not self._profile:
            self._profile, self._opened = profile, None
            release()

    def _teach(
        self, request: TeachRequest, artist: str, cancelled: Callable[[], bool]
    ) -> Iterator[TeachEvent]:
        return teach_subject(
            self._model,
            Library(self._root, artist),
            request,
            OfflineSegmenter(),
            vocabulary=vocabulary_of(self._model.name),
            sight=sight_of(self._model.name),
            cancelled=cancelled,
        )


def load(model: str, library: Path | None, device: str, wanted: Profile | None) -> ModelTools:
    """Load a known model or a model's folder for a device. Raises what `dreammix.models.base.load` raises.

    Which device is the best is decided once: loaded anew in another profile, the model stays where it was.
    """
    there = device_named(device).name
    return ModelTools(
        lambda profile: load_model(model, device=there, profile=profile), library or default_root(), wanted
    )
