"""Several works timed in turns, so that whatever else the machine does slows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """How long it takes: on a card by the wall's clock until it is done, else in this process's own time."""
    clock = clock_of(device)
    settled(device)
    begun = clock()
    work()
    settled(device)
    return clock() - begun


def clock_of(device: torch.device) -> Callable[[], float]:
    """What counts the seconds."""
    return time.process_time if device.type == "cpu" else time.perf_counter


def settled(device: torch.device) -> None:
    """Wait until the device has nothing left to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turns(
    works: Mapping[str, Callable[[], object]], rounds: int, device: torch.device
) -> Mapping[str, list[float]]:
    """The seconds of each, a round after another; the first round warms up and is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            spent = seconds(work, device)
            if number > 0:
                taken[name].append(spent)
    return taken


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of a network."""

    module: nn.Module
    inputs: tuple[Any, ...]
    named: dict[str, Any]

    def again(self) -> None:
        """Make it once more; nobody looks at what comes."""
        with torch.no_grad():
            self.module(*self.inputs, **self.named)


@contextmanager
def noted(*modules: nn.Module) -> Iterator[list[Call]]:
    """The calls of modules while the block runs, in their order."""
    calls: list[Call] = []

    def note(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        calls.append(Call(module, inputs, named))

    handles = [module.register_forward_pre_hook(note, with_kwargs=True) for module in modules]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def again(calls: list[Call]) -> None:
    """Make all of them once more, one after the other."""
    for call in calls:
        call.again()
