"""Teaching: the loop over Eq. 8's steps; it may be watched, paused, cancelled, killed, and gone on with."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from dreammix.files import make_folder, sweep_unfinished
from dreammix.models.base import BaseModel
from dreammix.models.lora import LoraWeights
from dreammix.protocol import (
    Cancelled,
    InvalidRequest,
    Mixing,
    TeachProgress,
    TeachSample,
    TeachSettings,
    TeachStage,
)
from dreammix.training.chance import Use, rng_for
from dreammix.training.checkpoints import Checkpoint, forget_checkpoint, read_checkpoint, write_checkpoint
from dreammix.training.encoded import forget_pairs, read_pairs, write_pairs
from dreammix.training.lesson import Lesson
from dreammix.training.memory import must_checkpoint
from dreammix.training.pool import Batch, Pool, encode, pooled
from dreammix.training.pupil import Pupil, worn
from dreammix.training.supervision import UNWATCHED, Supervision

POOL_PAIRS: Final = 64
"""Pairs of picture and mask of each kind of data, or a little more: every picture has as many."""
LATE_LOSSES: Final = 50
"""Of how many last steps the loss is averaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What teaching ends with: a LoRA in fp32, the steps it took, the average loss of the last of them.

    `lesson` is the digest that its checkpoint goes by, see `forget_lesson`.
    """

    lora: LoraWeights
    steps: int
    loss: float
    lesson: str


def teach(
    model: BaseModel,
    lesson: Lesson,
    folder: Path,
    settings: TeachSettings,
    *,
    seed: int = 0,
    supervision: Supervision = UNWATCHED,
) -> Generator[TeachProgress | TeachSample, None, Learned]:
    """Teach a model a subject (Sec. 3.3), going on from the folder's checkpoint where it is of this lesson.

    Interrupted in whatever way and called again, it ends with the very numbers of a run left alone. Between
    two events the model is bare, and free for other work. Closing the generator keeps the state.

    Args:
        model: the base; afterwards it is what it was, but that its U-Net's own weights ask for no gradient.
        lesson: D_s and D_r.
        folder: for checkpoints, of other lessons too; made where it is missing.
        settings: how.
        seed: of masks, crops, batches, timesteps, noise and the first weights.
        supervision: who watches.

    Yields:
        a `TeachProgress` for each step, now and then a `TeachSample`.

    Returns:
        what was learned.

    Raises:
        Cancelled: `cancelled` said so; the state is kept.
        InvalidRequest: more steps were taken already.
        NumericalFailure: the loss is no finite number.
        OutputFailure, StorageFull: the state cannot be kept.
    """
    make_folder(folder)
    sweep_unfinished(folder)
    model.unet.requires_grad_(False)
    run = _Run(
        pupil=Pupil(model, model.text.encode(lesson.prompts), settings, seed),
        folder=folder,
        lesson=digest(model, lesson, settings, seed),
        supervision=supervision,
    )
    if run.done > settings.steps:
        raise InvalidRequest(
            f"{settings.steps} steps cannot be taken",
            f"this teaching was stopped after {run.done}, and none of them can be taken back",
            f"Ask for {run.done} steps or more, or for another seed, which begins anew",
        )
    pools = []
    if run.done < settings.steps:
        encoded = _encoded(model, lesson, settings, seed, supervision, folder, run.lesson)
        pools = [pooled(pair for pairs in kind for pair in pairs) for kind in encoded]
    sampled = {round(settings.steps * (i + 1) / settings.samples) for i in range(settings.samples)}
    with _checkpointing(model, settings):
        try:
            for step in range(run.done, settings.steps):
                supervision.heed(run.keep)
                rng = rng_for(seed, Use.STEP, step)
                loss = run.step(_shares(pools, settings, rng), rng)
                yield TeachProgress(stage=TeachStage.TEACHING, step=step + 1, steps=settings.steps, loss=loss)
                if step + 1 in sampled and supervision.sample is not None:
                    run.keep()  # Painting takes a while, in which nothing that was learned should be lost.
                    yield TeachSample(step + 1, supervision.sample(worn(run.pupil.lora, model.precision)))
        except (GeneratorExit, Cancelled):
            run.keep()
            raise
    run.keep()
    return Learned(
        worn(run.pupil.lora, torch.float32), run.done, sum(run.losses) / len(run.losses), run.lesson
    )


def forget_lesson(folder: Path, lesson: str) -> None:
    """Remove what it would go on from, once what was learned is kept elsewhere. Raises OutputFailure."""
    forget_checkpoint(folder, lesson)
    forget_pairs(folder)


def digest(model: BaseModel, lesson: Lesson, settings: TeachSettings, seed: int) -> str:
    """A name for all that the numbers of a teaching depend on; with more steps it is the same teaching."""
    usual = TeachSettings()
    parts = [model.fingerprint, repr(replace(settings, steps=usual.steps, samples=usual.samples)), str(seed)]
    for examples in (lesson.subject, lesson.regular):
        parts.append(str(len(examples)))
        for example in examples:
            parts += [example.prompt, repr(example.picture.size)]
            parts += [hashlib.sha256(picture.data).hexdigest() for picture in (example.picture, example.mask)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class _Run:
    """A pupil together with its state on disk."""

    def __init__(self, pupil: Pupil, folder: Path, lesson: str, supervision: Supervision) -> None:
        self.pupil = pupil
        self.done = 0
        self.losses: deque[float] = deque(maxlen=LATE_LOSSES)
        self.lesson, self._folder, self._supervision = lesson, folder, supervision
        saved = read_checkpoint(folder, lesson)
        if saved is not None:
            self.done = saved.step
            self.losses.extend(saved.losses)
            pupil.restore(saved.factors, saved.moments)
        self._kept = self.done
        self._kept_at = supervision.clock()

    def step(self, shares: list[tuple[float, Batch]], rng: np.random.Generator) -> float:
        """Take one step and keep the state where it is time to. Returns the loss."""
        loss = self.pupil.learn(shares, rng)
        self.losses.append(loss)
        self.done += 1
        if self._supervision.clock() - self._kept_at >= self._supervision.keep_seconds:
            self.keep()
        return loss

    def keep(self) -> None:
        """Write the state, unless it is written."""
        if self._kept != self.done:
            state = Checkpoint(
                step=self.done,
                losses=tuple(self.losses),
                factors=tuple(self.pupil.parameters),
                moments=self.pupil.moments(),
            )
            write_checkpoint(self._folder, self.lesson, state)
            self._kept = self.done
        self._kept_at = self._supervision.clock()


def _encoded(
    model: BaseModel,
    lesson: Lesson,
    settings: TeachSettings,
    seed: int,
    supervision: Supervision,
    folder: Path,
    name: str,
) -> list[list[tuple[Batch, ...]]]:
    """The pairs of each example, of each kind of data as many a picture; those that were kept are read.

    Args:
        folder, name: where they are kept, as whose.
    """
    kinds = [
        (use, examples)
        for use, examples in ((Use.SUBJECT_PAIR, lesson.subject), (Use.REGULAR_PAIR, lesson.regular))
        if examples
    ]
    words = {prompt: number for number, prompt in enumerate(lesson.prompts)}
    encoded = read_pairs(folder, name, model.device)
    before = len(encoded)

    def chances(use: Use, number: int, pairs: int) -> Iterator[np.random.Generator]:
        for pair in range(pairs):
            supervision.heed()
            yield rng_for(seed, use, number, pair)

    try:
        for kind, (use, examples) in enumerate(kinds):
            for number, example in enumerate(examples):
                if (kind, number) not in encoded:
                    rngs = chances(use, number, -(-POOL_PAIRS // len(examples)))
                    word = words[example.prompt]
                    encoded[kind, number] = encode(model, example, word, settings.crops, rngs)
    finally:
        if len(encoded) > before:  # Also of a lesson that is put aside meanwhile: else it might never begin.
            write_pairs(folder, name, encoded)
    return [
        [encoded[kind, number] for number in range(len(examples))] for kind, (_, examples) in enumerate(kinds)
    ]


def _shares(
    pools: list[Pool], settings: TeachSettings, rng: np.random.Generator
) -> list[tuple[float, Batch]]:
    """What one step looks at, and with which weight."""
    subject, *regular = pools
    if regular and settings.mixing is Mixing.SAMPLED:
        if rng.random() < settings.regular_share:
            return [(1.0, regular[0].draw(rng, settings.regular_batch))]
        return [(1.0, subject.draw(rng, settings.batch))]
    own = subject.draw(rng, settings.batch)
    beside = [pool.draw_beside(rng, settings.regular_batch, own, subject) for pool in regular]
    return [(1.0, own), *((settings.regular_weight, batch) for batch in beside)]


@contextmanager
def _checkpointing(model: BaseModel, settings: TeachSettings) -> Iterator[None]:
    """Compute activations twice where they do not fit into memory."""
    if not must_checkpoint(model, settings.batch + settings.regular_batch):
        yield
        return
    model.unet.enable_gradient_checkpointing()
    try:
        yield
    finally:
        model.unet.disable_gradient_checkpointing()
