"""How long an insert takes, and how much of that is the model's own work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from dreammix.evaluation.answers import insert
from dreammix.evaluation.bench import Bench, Outcome
from dreammix.evaluation.cases import SPEED, cases
from dreammix.evaluation.report import at_most, mean
from dreammix.models.base import BaseModel
from dreammix.protocol import InsertSettings


@dataclass(slots=True)
class Stopwatch:
    """Adds up the seconds that modules spend in their forward passes, by a clock."""

    clock: Callable[[], float] = time.perf_counter
    seconds: float = 0.0
    _began: list[float] = field(default_factory=list)

    @contextmanager
    def on(self, *modules: nn.Module) -> Iterator[None]:
        """Listen to these modules, none of which may call another of them."""
        handles = [m.register_forward_pre_hook(lambda *_: self._began.append(self.clock())) for m in modules]
        handles += [m.register_forward_hook(lambda *_: self._stop(), prepend=False) for m in modules]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _stop(self) -> None:
        self.seconds += self.clock() - self._began.pop()


def neural_parts(model: BaseModel) -> tuple[nn.Module, ...]:
    """The U-Net, and the autoencoder's two halves."""
    return model.unet, model.autoencoder.vae.encoder, model.autoencoder.vae.decoder


def speed(bench: Bench) -> Outcome:
    """Time inserts of a 512 x 512 picture with the product's own settings, after one that is not counted."""
    settings = InsertSettings()
    totals, ratios = [], []
    for number, case in enumerate(cases(SPEED, bench.count + 1, bench.seed)):
        bench.said("warming up" if number == 0 else f"insert {number} of {bench.count}")
        watch = Stopwatch()
        with watch.on(*neural_parts(bench.pipeline.model)):
            began = time.perf_counter()
            insert(bench.pipeline, case, settings)
            total = time.perf_counter() - began
        if number > 0:
            totals.append(total)
            ratios.append(total / watch.seconds)
    threads = torch.get_num_threads()
    return Outcome(
        figures=[
            mean(f"whole insert, {settings.steps} steps, {threads} threads", totals, "s", at_most(10)),
            mean("whole time over that of U-Net and autoencoder", ratios, "", at_most(1.10)),
        ]
    )
