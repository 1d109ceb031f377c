"""The face of the method: one frozen request in, events out, one result a variant at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from dreammix.attributes import match_words
from dreammix.attributes.encoders import text_similarity
from dreammix.geometry import (
    Units,
    feather,
    fit,
    flatten,
    local_view,
    mask_box,
    resample,
    settle,
    to_array,
    to_layer,
    to_picture,
    to_units,
    whole_view,
    window_view,
)
from dreammix.models.base import BaseModel
from dreammix.models.base import load as load_model
from dreammix.models.drafts import draft_lora
from dreammix.models.memory import PROCESSOR
from dreammix.models.shelf import lora_named
from dreammix.models.stacked import StackedLora, read_stacked
from dreammix.pipeline.bound import bind
from dreammix.pipeline.likeness import Likeness, Matcher, likeness
from dreammix.pipeline.timing import StepTimer
from dreammix.protocol import (
    Box,
    Cancelled,
    Event,
    Harmonisation,
    InsertRequest,
    InsertSettings,
    Preview,
    Profile,
    Progress,
    Replacement,
    Result,
    Size,
    Stage,
)
from dreammix.sampling import Finished, Noise, Pasted, Step, Views, local_global, local_steps
from dreammix.subjects import Library, default_root
from dreammix.substitution import PAPERS_SUBSTITUTION, Substitution

MAX_PREVIEW_SIDE: Final = 512
"""Longest side of a preview in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """A loaded model that inserts what is asked for.

    Attributes:
        model: the base model.
        clock: seconds since some fixed moment, for the estimates of the time left.
        library: where the artist's subjects are.
        match: finds what an edit replaces; None: by the words' kinds and the model's own text encoder.
        substitution: variations of Sec. 3.4.
        stack: other people's LoRAs, which the model wears besides the subject's and those of the request.
    """

    model: BaseModel
    clock: Callable[[], float] = field(default=time.monotonic, kw_only=True)
    library: Library = field(default_factory=lambda: Library(default_root()), kw_only=True)
    match: Matcher | None = field(default=None, kw_only=True)
    substitution: Substitution = field(default=PAPERS_SUBSTITUTION, kw_only=True)
    stack: tuple[StackedLora, ...] = field(default=(), kw_only=True)

    def insert(self, request: InsertRequest, cancelled: Callable[[], bool] | None = None) -> Iterator[Event]:
        """Insert what the request says.

        The model sees transparent parts of the scene as white. The last preview of the local stage is the
        decoded picture that the global stage starts from; all others are a linear glance at the latents.

        Args:
            request: what to do.
            cancelled: asked before the work and after every step; True ends it.

        Yields:
            for each step a `Progress` and a `Preview` a variant, at the end a `Result` a variant.

        Raises:
            SubjectNotFound, SubjectDamaged, WrongBase, DescriberFailure, InvalidRequest: about the
                request's subject, see `likeness`.
            ModelNotFound, InvalidRequest: about drafts and other LoRAs, see `draft_lora`, `lora_named` and
                `read_stacked`.
            Cancelled: `cancelled` said so.
            NumericalFailure: the model gave NaN or infinity.
        """
        scene, mask = to_array(request.scene), to_units(to_array(request.mask))
        alpha = feather(mask, request.settings.feather)
        views = views_of(mask_box(mask), request.scene.size, request.settings, self.model)
        timer = StepTimer(request.settings.steps, self.clock)
        _stop_if(cancelled)
        edge = cache(partial(resample, alpha))  # Most previews have one place and one size.
        seen = flatten(scene)
        subject = self._likeness(request)
        replaced = () if subject is None else subject.replaced
        records = local_global(
            seen,
            mask,
            views,
            bind(self.model, request, subject, self.substitution, self._stack(request)),
            request.settings,
            Noise(request.seeds),
        )
        for record in records:
            match record:
                case Step():
                    yield Progress(record.stage, record.step, record.steps, timer.tick())
                    colours: Units = ((self.model.preview(record.predicted) + 1) / 2).movedim(1, -1).numpy()
                    yield from _previews(record.stage, record.step, record.box, colours, edge)
                case Pasted():
                    switch = local_steps(request.settings)
                    yield from _previews(
                        Stage.LOCAL, switch, record.box, record.pictures, edge, record.shares
                    )
                case Finished():
                    settled = np.stack(
                        [
                            settle(picture, record.box, seen, mask, request.settings.settle)
                            for picture in record.pictures
                        ]
                    )
                    yield from _results(request.seeds, record.box, settled, alpha, record.shares, replaced)
                    return
            _stop_if(cancelled)

    def _stack(self, request: InsertRequest) -> tuple[StackedLora, ...]:
        named = [read_stacked(lora_named(use.lora), use.weight, self.model) for use in request.loras or ()]
        drafts = [draft_lora(self.model)] if request.settings.draft else []
        return (*self.stack, *named, *drafts)

    def _likeness(self, request: InsertRequest) -> Likeness | None:
        if request.subject is None:
            return None
        match = self.match or partial(match_words, similarity=text_similarity(self.model.text))
        return likeness(request.subject, request.prompt, self.model, self.library, match)


def load(
    model: str | Path = "sandbox", *, device: str = PROCESSOR, profile: Profile | None = None
) -> Pipeline:
    """The pipeline of a model: see `dreammix.models.base.load`, also for what it raises."""
    return Pipeline(load_model(model, device=device, profile=profile))


def views_of(masked: Box, canvas: Size, settings: InsertSettings, model: BaseModel) -> Views:
    """What the two stages see of a canvas whose mask has the box `masked`."""
    native, multiple = model.native_side, model.multiple
    local = local_view(masked, canvas, native, multiple)
    if settings.harmonisation is Harmonisation.WHOLE:
        global_ = whole_view(canvas, native, multiple)
    else:
        global_ = window_view(local, settings.window_ratio, canvas, native, multiple)
    return Views(local, global_)


def _previews(
    stage: Stage,
    step: int,
    box: Box,
    pictures: Units,
    edge: Callable[[Box, Size], Units],
    shares: Units | None = None,
) -> Iterator[Preview]:
    """One preview a variant, of pictures (N, h, w, 3) that show a box of the canvas, whose edge is told."""
    height, width = pictures.shape[1:3]
    shrink = min(1.0, MAX_PREVIEW_SIDE / max(height, width))
    size = Size(max(1, round(width * shrink)), max(1, round(height * shrink)))
    for variant, picture in enumerate(pictures):
        soft = edge(box, size) if shares is None else edge(box, size) * fit(shares[variant], size)
        layer = to_picture(to_layer(fit(picture, size), soft))
        yield Preview(stage=stage, step=step, variant=variant, box=box, picture=layer)


def _results(
    seeds: tuple[int, ...],
    box: Box,
    pictures: Units,
    alpha: Units,
    shares: Units,
    replaced: tuple[Replacement, ...],
) -> Iterator[Result]:
    edge = alpha[box.y : box.bottom, box.x : box.right]
    for variant, (seed, picture, share) in enumerate(zip(seeds, pictures, shares, strict=True)):
        layer = to_picture(to_layer(picture.astype(np.float32, copy=False), edge * share))
        yield Result(variant=variant, seed=seed, box=box, layer=layer, replaced=replaced)


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("The insert was stopped", "you asked for it", "Start it again whenever you like")
