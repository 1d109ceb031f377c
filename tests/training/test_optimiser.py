"""Adam is fused where the device has that, and nobody notices but by the clock and the log."""

import logging
from pathlib import Path

import pytest
import torch

from dreammix.models.base import BaseModel
from dreammix.training import Lesson, teach
from dreammix.training.optimiser import optimiser
from tests.training.conftest import QUICK
from tests.training.test_teaching import finish, same


@pytest.fixture(params=[frozenset(), frozenset({"cpu"})], ids=["plain", "fused"])
def fused(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the processor is taken for a device that has a fused Adam, as it does have one."""
    monkeypatch.setattr("dreammix.training.optimiser.FUSED", request.param)
    return bool(request.param)


def test_the_log_names_what_is_chosen(fused: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The kind, and the device."""
    with caplog.at_level(logging.INFO):
        chosen = optimiser([torch.zeros(2, requires_grad=True)], 1e-3)
    assert chosen.defaults["fused"] is fused
    assert caplog.messages == [f"learning by {'fused ' if fused else ''}Adam on cpu"]


def test_a_lesson_is_gone_on_with_to_the_bit(
    model: BaseModel, lesson: Lesson, tmp_path: Path, fused: bool
) -> None:
    """Either takes up what it had kept."""
    teaching = teach(model, lesson, tmp_path / "closed", QUICK, seed=5)
    next(teaching)
    teaching.close()
    events, resumed = finish(model, lesson, tmp_path / "closed")
    assert len(events) == QUICK.steps - 1
    _, whole = finish(model, lesson, tmp_path / "whole")
    assert same(resumed.lora, whole.lora)


def test_both_learn_the_same(
    model: BaseModel, lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To rounding."""
    _, plain = finish(model, lesson, tmp_path / "plain")
    monkeypatch.setattr("dreammix.training.optimiser.FUSED", frozenset({"cpu"}))
    _, fused = finish(model, lesson, tmp_path / "fused")
    for name, factors in plain.lora.layers.items():
        torch.testing.assert_close(fused.lora.layers[name], factors, rtol=1e-3, atol=1e-5)
