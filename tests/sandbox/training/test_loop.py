"""The loop: what a kill costs, how weights are averaged, when the rate falls."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import start_processes

from dreammix.sandbox.training import loop
from dreammix.sandbox.training.loop import (
    Averaged,
    Checkpoint,
    Peers,
    rate_at,
    read_checkpoint,
    rng_for,
    train,
)

STEPS = 12
CPU = torch.device("cpu")


class Run:
    """A small regression whose data come from the step, that may be killed."""

    def __init__(self, folder: Path, killed_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.folder, self.killed_at = folder, killed_at
        self.steps: list[int] = []
        self.module = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.SiLU(), nn.Linear(8, 1))

    def loss(self, step: int) -> Tensor:
        """Distance from the sum of the inputs."""
        if step == self.killed_at:
            raise KeyboardInterrupt
        self.steps.append(step)
        x = torch.randn(6, 3, generator=loop.torch_rng_for(1, step, CPU))
        error: Tensor = self.module(x)[:, 0] - x.sum(1)
        return (error**2).mean()

    def train(self) -> dict[str, Tensor]:
        """All the way; the weights at the end."""
        train(self.module, self.loss, folder=self.folder, steps=STEPS, rate=1e-2, decay=0.9)
        return self.module.state_dict()

    def log(self) -> list[tuple[str, str]]:
        """Steps and losses that were logged."""
        with (self.folder / loop.LOG).open(newline="") as file:
            return [(row["step"], row["loss"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """A checkpoint after every step, a line of the log after every fourth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
        patch.setattr(loop, "LOG_EVERY", 4)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that nothing stopped."""
    run = Run(tmp_path_factory.mktemp("whole"))
    run.train()
    return run


@pytest.mark.parametrize("killed_at", [0, 1, 7, 11])
def test_a_killed_run_goes_on_to_the_same_weights(whole: Run, tmp_path: Path, killed_at: int) -> None:
    """Killed at any step and started again, training ends with exactly the weights of a run left alone."""
    with pytest.raises(KeyboardInterrupt):
        Run(tmp_path / "killed", killed_at).train()
    resumed = Run(tmp_path / "killed")
    weights = resumed.train()
    assert resumed.steps == list(range(killed_at, STEPS))
    expected = whole.module.state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_a_kill_costs_only_what_came_after_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that no checkpoint holds are done again, and logged once."""
    write = loop.write_checkpoint

    def write_few(path: Path, state: Checkpoint) -> None:
        if state.step in (6, STEPS):
            write(path, state)

    monkeypatch.setattr(loop, "write_checkpoint", write_few)
    with pytest.raises(KeyboardInterrupt):
        Run(tmp_path, killed_at=11).train()
    resumed = Run(tmp_path)
    assert [step for step, _ in resumed.log()] == ["4", "8"]
    resumed.train()
    assert resumed.steps == list(range(6, STEPS))
    assert [step for step, _ in resumed.log()] == ["4", "8", "12"]


def test_training_finds_the_minimum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weight that is asked to be 3 ends there."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 3600.0)
    module = nn.Linear(1, 1, bias=False)
    train(module, lambda _: ((module.weight - 3) ** 2).sum(), folder=tmp_path, steps=300, rate=0.1, decay=0.9)
    assert module.weight.item() == pytest.approx(3.0, abs=0.01)


def test_a_finished_run_is_only_loaded(whole: Run) -> None:
    """Started again, it takes no step and has the same weights."""
    again = Run(whole.folder)
    weights = again.train()
    assert not again.steps
    assert all(torch.equal(weights[name], value) for name, value in whole.module.state_dict().items())


def test_training_ends_with_the_average_in_evaluation_mode(whole: Run) -> None:
    """The checkpoint holds both; the module gets the averaged weights, which are not the last ones."""
    saved = read_checkpoint(whole.folder / loop.CHECKPOINT)
    assert saved.step == STEPS
    name = "0.weight"
    assert torch.equal(whole.module.state_dict()[name], saved.averaged[name])
    assert not torch.equal(saved.module[name], saved.averaged[name])
    assert not whole.module.training


def test_the_average_follows_the_weights() -> None:
    """Each update goes a tenth of the way once the run is old, and nine tenths at its first step."""
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    averaged = Averaged(module, decay=0.9)
    nn.init.ones_(module.weight)
    averaged.update(module, step=10_000)
    assert averaged.weights["weight"].item() == pytest.approx(0.1)
    averaged.update(module, step=0)
    assert averaged.weights["weight"].item() == pytest.approx(0.1 + 0.9 * 0.9)


def test_a_checkpoint_leaves_nothing_beside_it(whole: Run) -> None:
    """The folder holds the checkpoint and the log, nothing half-written."""
    assert sorted(path.name for path in whole.folder.iterdir()) == [loop.CHECKPOINT, loop.LOG]


def test_the_rate_rises_stays_and_falls() -> None:
    """From a hundredth of the peak, over a plateau, to a twentieth."""
    rates = [rate_at(step, 1000, 2.0) for step in range(1000)]
    assert rates[0] == pytest.approx(0.02)
    assert set(rates[99:700]) == {2.0}
    assert rates[850] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.1)
    assert rates == sorted(rates[:400]) + sorted(rates[400:], reverse=True)


def test_a_run_that_begins_later_rises_there(tmp_path: Path) -> None:
    """With steps behind it, training takes only the others, and its rate rises from where it begins."""
    run = Run(tmp_path)
    train(run.module, run.loss, folder=tmp_path, steps=STEPS, rate=1e-2, decay=0.9, start=9)
    assert run.steps == [9, 10, 11]
    assert rate_at(5000, 9000, 2.0, start=5000) == pytest.approx(0.02)
    assert rate_at(5099, 9000, 2.0, start=5000) == rate_at(5099, 9000, 2.0) == 2.0


def _train_a_share(rank: int, count: int, folder: Path) -> None:
    """One of several processes: its loss is over each `count`-th row of twelve."""
    if count > 1:
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{folder}/joined", rank=rank, world_size=count
        )
    torch.manual_seed(0)
    module = nn.Linear(3, 1)
    peers = Peers.joined()

    def loss(step: int) -> Tensor:
        inputs = torch.rand(12, 3, generator=loop.torch_rng_for(0, step, CPU))[peers.rank :: peers.count]
        answer: Tensor = module(inputs)
        return ((answer - inputs.sum(1, keepdim=True)) ** 2).mean()

    train(module, loss, folder=folder / f"{count}", steps=STEPS, rate=1e-2, decay=0.9)


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    """Each on half of a batch: what they write is what one writes that sees the whole."""
    _train_a_share(0, 1, tmp_path)
    start_processes(_train_a_share, (2, tmp_path), nprocs=2, start_method="spawn")
    alone, together = (read_checkpoint(tmp_path / count / loop.CHECKPOINT) for count in ("1", "2"))
    assert alone.step == together.step == STEPS
    for name, value in alone.module.items():
        assert torch.allclose(value, together.module[name], atol=1e-6)


def test_a_place_has_its_own_numbers() -> None:
    """The same seed and place give the same numbers, any other place others."""
    places = [(0, 1, 5), (1, 1, 5), (0, 2, 5), (0, 1, 6)]
    drawn = [rng_for(*place).random() for place in places]
    assert drawn == [rng_for(*place).random() for place in places]
    assert len(set(drawn)) == len(places)
    torch_drawn = [
        torch.rand(1, generator=loop.torch_rng_for(seed, step, CPU)).item()
        for seed, step in ((0, 1), (0, 1), (0, 2), (1, 1))
    ]
    assert torch_drawn[0] == torch_drawn[1]
    assert len(set(torch_drawn)) == 3
