"""One job done with a loaded model: what it yields becomes reports, and results in the job's folder."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias

from dreammix.files.durable import write_whole
from dreammix.protocol import (
    Box,
    Event,
    InsertRequest,
    OutOfMemory,
    Picture,
    Preview,
    Profile,
    Progress,
    Result,
    Taught,
    TeachEvent,
    TeachProgress,
    TeachRequest,
    TeachSample,
)
from dreammix.protocol.jobs import PreviewReady, ResultReady, SampleReady
from dreammix_backend.packing import pack
from dreammix_backend.store import result_file
from dreammix_backend.worker.memory import is_out_of_memory, release
from dreammix_backend.workers.messages import Report

Teller: TypeAlias = Callable[[Report, tuple[Picture, ...]], None]
"""Is told how far the job has come; with the picture of a preview or a sample."""
Asked: TypeAlias = Callable[[], bool]
"""Whether something was asked for meanwhile."""
_log = logging.getLogger(__name__)


class Tools(Protocol):
    """A loaded model, and the artists' libraries."""

    @property
    def device(self) -> str:
        """Where it computes, as torch names it."""
        ...

    @property
    def profile(self) -> Profile:
        """How it lies in memory there."""
        ...

    def insert(self, request: InsertRequest, artist: str, cancelled: Asked) -> Iterator[Event]:
        """See `dreammix.pipeline.Pipeline.insert`."""
        ...

    def teach(
        self, request: TeachRequest, artist: str, cancelled: Asked, enough: Asked
    ) -> Iterator[TeachEvent]:
        """See `dreammix.pipeline.teach.teach_subject`; once it is enough it ends with what was learned."""
        ...

    def shrink(self) -> None:
        """Have the model take as little of the device's memory as it can, until a lesson needs it whole."""
        ...


def insert(
    tools: Tools,
    request: InsertRequest,
    artist: str,
    *,
    window: Box,
    folder: Path,
    cancelled: Asked,
    tell: Teller,
) -> tuple[ResultReady, ...]:
    """Insert; where memory runs out, once more with as small a model as can be, and one variant at a time.

    Args:
        tools: what to do it with.
        request: what to do.
        artist: whose subjects it may use.
        window: where on the canvas the scene lies.
        folder: where the layers go.
        cancelled: whether to stop at the next step.
        tell: is told how far it has come, in places on the canvas.

    Raises what `Pipeline.insert` raises; OutputFailure, StorageFull; OutOfMemory: also in this way.
    """
    apart = tuple(replace(request, seed=seed, variants=1) for seed in request.seeds)
    for smaller, parts in ((False, (request,)), (True, apart)):
        try:
            if smaller:
                tools.shrink()
            made = []
            for first, part in enumerate(parts):
                for event in tools.insert(part, artist, cancelled):
                    if isinstance(event, Progress):
                        tell(event, ())
                    elif isinstance(event, Preview):
                        tell(_preview(event, first, window), (event.picture,))
                    else:
                        made.append(_keep(replace(event, variant=first + event.variant), window, folder))
            return tuple(made)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            _log.warning("out of memory: %s", error)
        # Outside of the except: while the error lives, its traceback holds what is to be given back.
        release()
    raise OutOfMemory(
        "There is not enough memory for this insert",
        "the device ran out of it, also with a smaller model and one variant at a time",
        "Close other programs that use the device, or choose a smaller model",
    )


def teach(
    tools: Tools, request: TeachRequest, artist: str, *, cancelled: Asked, enough: Asked, tell: Teller
) -> tuple[Taught, ...]:
    """Teach. Raises what `teach_subject` raises; OutOfMemory."""
    try:
        taught = []
        for event in tools.teach(request, artist, cancelled, enough):
            match event:
                case TeachProgress():
                    tell(event, ())
                case TeachSample():
                    tell(SampleReady(event.step, event.picture.size), (event.picture,))
                case Taught():
                    taught.append(event)
        return tuple(taught)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _log.warning("out of memory: %s", error)
    release()
    # A smaller batch would teach something else, so that is for the artist to choose.
    raise OutOfMemory(
        "There is not enough memory to teach the subject",
        "the device ran out of it",
        "Choose a smaller batch, or close other programs that use the device",
    )


def _preview(preview: Preview, first: int, window: Box) -> PreviewReady:
    return PreviewReady(
        stage=preview.stage,
        step=preview.step,
        variant=first + preview.variant,
        box=preview.box.translate(window.x, window.y),
        size=preview.picture.size,
    )


def _keep(result: Result, window: Box, folder: Path) -> ResultReady:
    """Write a layer down, whole and durable, before anybody hears of it."""
    ready = ResultReady.of(result, window)
    parts = pack(ResultReady, ready, result.layer)
    write_whole({folder / result_file(result.variant): lambda stream: stream.writelines(parts)})
    return ready
