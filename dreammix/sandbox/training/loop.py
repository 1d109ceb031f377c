"""What every training stage shares: seeds, the rate, averaged weights, a log, and checkpoints that resume."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

CHECKPOINT_SECONDS: Final = 240.0
"""How much work a kill may cost."""
CHECKPOINT: Final = "checkpoint.safetensors"
LOG: Final = "log.csv"
LOG_EVERY: Final = 20
"""Steps per line of the log."""


def rng_for(seed: int, *place: int) -> np.random.Generator:
    """A generator that depends on the seed and the place alone, so that a resumed run sees the same data."""
    return np.random.default_rng([seed, *place])


def torch_rng_for(seed: int, step: int, device: torch.device) -> torch.Generator:
    """Torch's generator for one step."""
    return torch.Generator(device).manual_seed(seed * 1_000_003 + step)


@dataclass(frozen=True, slots=True)
class Peers:
    """The processes that train together, each on its share of a batch.

    Attributes:
        rank: this one's number, from 0; only the first writes.
        count: how many they are.
    """

    rank: int = 0
    count: int = 1

    @staticmethod
    def joined() -> Peers:
        """Those that torch.distributed knows; without it, this process alone."""
        return Peers(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else Peers()

    def own(self, number: int) -> int:
        """Of a step or a shard of all: the number of this process' part of it."""
        return number * self.count + self.rank

    def average(self, module: nn.Module) -> None:
        """Give every gradient the mean over all processes."""
        if self.count > 1:
            gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
            joined = torch.cat([gradient.reshape(-1) for gradient in gradients])
            dist.all_reduce(joined)
            parts = (joined / self.count).split([gradient.numel() for gradient in gradients])
            for gradient, part in zip(gradients, parts, strict=True):
                gradient.copy_(part.view_as(gradient))


@contextmanager
def quick(device: torch.device) -> Iterator[None]:
    """Compute in bf16 where the device can, and on a processor write attention's matrix down.

    For the few tokens here, going back through the processor's fused attention takes several times as long.
    """
    known = torch.cpu.get_capabilities()
    native = device.type == "cuda" or known.get("avx512_bf16", False) or known.get("amx_bf16", False)
    attention = sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()
    with torch.autocast(device.type, torch.bfloat16, enabled=native), attention:
        yield


def rate_at(step: int, steps: int, peak: float, start: int = 0, warm_up: int = 100) -> float:
    """Learning rate: a short rise after `start`, a plateau, over the last 30 % a fall to a twentieth."""
    rise = min(1.0, (step + 1 - start) / warm_up)
    fall = min(1.0, max(0.05, (steps - step) / (0.3 * steps)))
    return peak * rise * fall


class Averaged:
    """An exponential moving average of a module's weights."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the module's weights; faster while the run is young."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value.detach(), 1 - decay)
            else:
                self.weights[name].copy_(value)


def train(
    module: nn.Module,
    loss_at: Callable[[int], Tensor],
    *,
    folder: Path,
    steps: int,
    rate: float,
    decay: float,
    weight_decay: float = 0.0,
    start: int = 0,
) -> None:
    """Train to `steps` steps, going on from the folder's checkpoint if there is one.

    The module ends with the averaged weights, in evaluation mode. Processes that torch.distributed joined
    train it together: they begin with the same weights, and the loss of each is over its share of the batch.

    Args:
        module: what is trained, on its device.
        loss_at: the loss of step k; all its randomness comes from k.
        folder: gets the checkpoint and the log.
        rate: peak learning rate of AdamW.
        decay: of the average; see `Averaged`.
        weight_decay: AdamW's.
        start: the steps that the module has behind it where the folder has no checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    peers = Peers.joined()
    optimiser = torch.optim.AdamW(module.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=weight_decay)
    averaged = Averaged(module, decay)
    begin = start
    if path.exists():
        saved = read_checkpoint(path)
        module.load_state_dict(saved.module)
        optimiser.load_state_dict(
            {"state": saved.moments, "param_groups": optimiser.state_dict()["param_groups"]}
        )
        averaged.weights = {k: v.to(averaged.weights[k].device) for k, v in saved.averaged.items()}
        begin = saved.step
        if peers.rank == 0:
            _cut_log(folder / LOG, begin)

    def save(step: int) -> None:
        write_checkpoint(
            path, Checkpoint(step, module.state_dict(), averaged.weights, optimiser.state_dict()["state"])
        )

    since_save, since_log, losses = time.monotonic(), time.monotonic(), []
    for step in range(begin, steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, steps, rate, start)
        module.train()
        loss = loss_at(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        peers.average(module)
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        averaged.update(module, step - start)
        if peers.rank > 0:
            continue
        losses.append(float(loss.detach()))
        if (step + 1) % LOG_EVERY == 0:
            seconds = (time.monotonic() - since_log) / len(losses)
            _log(folder / LOG, (step + 1, f"{np.mean(losses):.5f}", f"{seconds:.3f}"))
            since_log, losses = time.monotonic(), []
        if time.monotonic() - since_save > CHECKPOINT_SECONDS:
            save(step + 1)
            since_save = time.monotonic()
    if peers.rank == 0:
        save(steps)
    module.load_state_dict(averaged.weights)
    module.eval()


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A run after `step` steps: its weights, their average, and AdamW's moments by the parameter's number."""

    step: int
    module: dict[str, Tensor]
    averaged: dict[str, Tensor]
    moments: dict[int, dict[str, Tensor]]


def write_checkpoint(path: Path, state: Checkpoint) -> None:
    """Write a checkpoint beside its place, then put it there."""
    tensors = {f"module/{name}": value for name, value in state.module.items()}
    tensors |= {f"averaged/{name}": value for name, value in state.averaged.items()}
    for number, moments in state.moments.items():
        tensors |= {f"moments/{number}/{name}": value for name, value in moments.items()}
    tensors["step"] = torch.tensor(state.step)
    new = path.with_suffix(".new")
    save_file({name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}, new)
    os.replace(new, path)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; its tensors are on the CPU."""
    tensors = load_file(path)
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("moments/"):
            _, number, name = key.split("/")
            moments.setdefault(int(number), {})[name] = value

    def under(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    return Checkpoint(int(tensors["step"]), under("module/"), under("averaged/"), moments)


def _log(path: Path, row: Iterable[object]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(("step", "loss", "seconds_per_step"))
        writer.writerow(row)


def _cut_log(path: Path, step: int) -> None:
    """Forget what was logged after `step`: it is going to be done, and logged, again."""
    if path.exists():
        header, *rows = path.read_text().splitlines()
        kept = [row for row in rows if int(row.split(",")[0]) <= step]
        path.write_text("\n".join([header, *kept]) + "\n")
