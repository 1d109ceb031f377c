"""What the reader learns from, and that it learns."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dreammix.sandbox import reader
from dreammix.sandbox.training import reader as training
from dreammix.sandbox.training.loop import rng_for
from dreammix.sandbox.training.window import Window
from dreammix.sandbox.world import Category


def test_an_example_depends_on_its_stream_alone() -> None:
    """The same stream gives the same example, so that a resumed run sees the same data."""
    for k in range(4):
        first, again = (training.example(rng_for(3, 7, 0, k)) for _ in range(2))
        np.testing.assert_array_equal(first[0], again[0])
        assert first[1:] == again[1:]


def test_every_choice_is_asked_for() -> None:
    """Each answer of each head comes up; where there is no thing, nothing else is asked."""
    drawn = [training.example(rng_for(0, 7, 0, k)) for k in range(150)]
    answers = np.array([choices for _, choices, _ in drawn])
    for head, choices in enumerate(reader.HEADS[:-1]):
        assert set(answers[:, head]) - {training.UNASKED} == set(range(choices))
    empty = answers[:, 0] == len(Category)
    assert (answers[empty, 1:] == training.UNASKED).all()
    assert (answers[~empty][:, [1, 3, 4, 5]] != training.UNASKED).all()


def test_examples_change_nothing_outside_the_region() -> None:
    """As results do not; and they stay pictures."""
    for k in range(30):
        seen, _, _ = training.example(rng_for(1, 7, 0, k))
        assert 0 <= seen[:3].min() <= seen[:3].max() <= 1
        np.testing.assert_allclose(seen[3:6][:, seen[6] == 0], 0, atol=0.05)  # What resampling rings.


def test_what_is_softened_keeps_its_mean() -> None:
    """Only what is near an edge differs from a constant, and a constant does not change."""
    np.testing.assert_allclose(training.softened(np.full((9, 9, 2), 0.3, np.float32), 2.0), 0.3, rtol=1e-5)
    point = np.zeros((31, 31, 1), np.float32)
    point[15, 15] = 1
    soft = training.softened(point, 2.0)
    assert soft.sum() == pytest.approx(1, abs=1e-3)
    assert soft.max() < 0.1


def test_a_few_steps_on_few_examples_lower_the_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that training does goes the right way, and its result is written."""
    monkeypatch.setattr(training, "SHARD", 24)
    monkeypatch.setattr(training, "KEPT", 1)
    monkeypatch.setattr(training, "BATCH", 16)
    monkeypatch.setattr(training, "Window", _Here)
    torch.manual_seed(0)
    model = reader.untrained()
    shard = training.make_shard(0, 0)
    before = float(training.loss(model, shard).detach())
    device, work = torch.device("cpu"), tmp_path / "work"
    training.train_reader(model, work, steps=12, seed=0, workers=1, device=device)
    assert float(training.loss(model.train(), shard).detach()) < 0.9 * before
    training.bring_reader(
        work, tmp_path, steps=12, seed=0, workers=1, device=device, start_from=None, load_only=True
    )
    looks = shard.looks[:2].float()
    for own, loaded in zip(model.eval()(looks), reader.load(tmp_path)(looks), strict=True):
        torch.testing.assert_close(loaded, own, atol=0.1, rtol=0.1)  # fp16.


class _Here(Window[training.Examples, training.Examples]):
    """Without child processes: the one shard is made here."""

    def __init__(self, make: object, keep: object, **_: object) -> None:
        self._shard = training.make_shard(0, 0)

    def at(self, step: int) -> list[training.Examples]:
        return [self._shard]

    def close(self) -> None:
        pass
