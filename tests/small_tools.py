"""A stand-in for a model in worker processes: it paints nothing, and fails as its prompt tells it to.

The worker that runs it is the real one. `WORKERS` are the settings for an engine in tests.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dreammix.models.memory import AUTO
from dreammix.protocol import (
    Box,
    Cancelled,
    Event,
    InsertRequest,
    ModelNotFound,
    NumericalFailure,
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
    TeachSample,
    TeachSettings,
    TeachStage,
)
from dreammix_backend.workers import WorkerSettings

STEPS: Final = 3
"""Of a usual insert."""
MANY_STEPS: Final = 1000
"""Of one whose prompt begins with "long": it takes longer than any test has patience for, and is stopped."""
SOME_STEPS: Final = 20
"""Of one whose prompt begins with "slow": slow enough to be killed at."""
STEP_S: Final = 0.01
"""How long a step of such an insert takes, and one of a lesson, in seconds."""
SIZE: Final = Size(4, 3)
"""Of its scenes and results."""

CARD: Final = "cuda:1"
"""What is the best device, to whom these tools believe."""

WORKERS: Final = WorkerSettings(tools="tests.small_tools:load", restart_delay_s=0.0)


def request(prompt: str = "", variants: int = 1, seed: int = 0) -> InsertRequest:
    """Something small to ask for."""
    return InsertRequest(
        scene=Picture(SIZE, SampleFormat.RGBA8, bytes([9] * 48)),
        mask=Picture(SIZE, SampleFormat.GRAY8, bytes([255] * 12)),
        prompt=prompt,
        variants=variants,
        seed=seed,
    )


def lesson(subject: str = "cat", steps: int = MANY_STEPS) -> TeachRequest:
    """Something to learn."""
    return TeachRequest(subject=subject, settings=TeachSettings(steps=steps))


def painted(seed: int) -> Picture:
    """The layer that a seed gives."""
    return Picture(SIZE, SampleFormat.RGBA8, bytes([seed % 256] * 48))


class SmallTools:
    """See the module."""

    def __init__(self, library: Path | None, device: str, profile: Profile | None) -> None:
        self.device = device
        self.profile = profile or Profile.FULL
        self._library = library
        self._small = False

    def insert(self, request: InsertRequest, artist: str, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Count some steps; the prompt's first word says what goes wrong in the second."""
        word, _, rest = request.prompt.partition(" ")
        steps = {"long": MANY_STEPS, "slow": SOME_STEPS}.get(word, STEPS)
        for step in range(1, steps + 1):
            if cancelled():
                raise Cancelled("Stopped", "asked for", "Ask again")
            if steps > STEPS:
                time.sleep(STEP_S)
            if step == 2:
                _mishap(word, rest, request.variants, small=self._small)
            yield Progress(Stage.LOCAL, step, steps, None)
            for variant, seed in enumerate(request.seeds):
                yield Preview(
                    stage=Stage.LOCAL, step=step, variant=variant, box=Box.of(SIZE), picture=painted(seed)
                )
        for variant, seed in enumerate(request.seeds):
            yield Result(variant=variant, seed=seed, box=Box.of(SIZE), layer=painted(seed))

    def teach(
        self,
        request: TeachRequest,
        artist: str,
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> Iterator[TeachEvent]:
        """Count steps until it is enough, and go on where an earlier call stopped."""
        assert request.settings is not None and self._library is not None
        state = self._library / f"{request.subject}.steps"
        done = int(state.read_text(encoding="ascii")) if state.exists() else 0
        for step in range(done + 1, request.settings.steps + 1):
            if cancelled():
                raise Cancelled("Stopped", "asked for", "Ask again")
            time.sleep(STEP_S)
            state.write_text(str(step), encoding="ascii")
            yield TeachProgress(
                stage=TeachStage.TEACHING, step=step, steps=request.settings.steps, loss=1 / step
            )
            yield TeachSample(step, painted(step))
            if enough():
                break
        yield Taught(subject=request.subject, version=1, loss=0.5)

    def shrink(self) -> None:
        """From now on there is memory for "memory", one variant at a time."""
        self._small = True


def _mishap(word: str, rest: str, variants: int, *, small: bool) -> None:
    match word:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "crash-once":
            if not Path(rest).exists():
                Path(rest).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "memory" if variants > 1 or not small:
            raise MemoryError("too many variants, or too large a model")
        case "no-memory":
            raise MemoryError("too large")
        case "defect":
            raise ZeroDivisionError("a defect")
        case "nan":
            raise NumericalFailure("There is no picture", "the numbers are NaN", "Try again")
        case "chatter":
            print("printed by a library")
            os.write(1, b"written by a driver\n")


def load(model: str, library: Path | None, device: str, profile: Profile | None) -> SmallTools:
    """The tools of any model but the absent, and the vast: there is no memory for that one."""
    if model == "absent":
        raise ModelNotFound("There is no model absent", "nobody has it", "Choose another")
    if model == "vast":
        raise MemoryError("too large")
    if model == "fatal":
        os.kill(os.getpid(), signal.SIGKILL)
    return SmallTools(library, CARD if device == AUTO else device, profile)
