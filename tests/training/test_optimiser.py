"""Adam is fused where the device has that, in 8 bits where memory is short: nobody notices but by the log."""

import logging
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dreammix.models.base import BaseModel
from dreammix.protocol import Profile
from dreammix.training import Lesson, teach
from dreammix.training.optimiser import optimiser
from tests.training.conftest import QUICK
from tests.training.small_bits import Adam8bit, bitsandbytes
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


@pytest.fixture
def short(model: BaseModel, monkeypatch: pytest.MonkeyPatch) -> BaseModel:
    """The model as it lies where memory is short; the processor is taken for a card with bitsandbytes."""
    monkeypatch.setattr("dreammix.training.optimiser.EIGHT_BITS", frozenset({"cpu"}))
    monkeypatch.setitem(sys.modules, "bitsandbytes", bitsandbytes(EagerAdam))
    return replace(model, profile=Profile.OFFLOAD)


class EagerAdam(Adam8bit):
    """Keeps small tensors in 8 bits too: those of a small model are."""

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        super().__init__(params, lr, min_8bit_size=1)


def test_where_memory_is_short_moments_have_8_bits(
    short: BaseModel, lesson: Lesson, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The lesson is learned with a fourth of the moments' bytes, about as well as in full."""
    with caplog.at_level(logging.INFO):
        _, small = finish(short, lesson, tmp_path / "small")
    assert "learning by Adam in 8 bits on cpu" in caplog.messages
    _, full = finish(replace(short, profile=Profile.FULL), lesson, tmp_path / "full")
    assert small.loss == pytest.approx(full.loss, rel=0.05)
    assert not same(small.lora, full.lora)


def test_in_8_bits_too_a_lesson_is_gone_on_with_to_the_bit(
    short: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """What the library keeps as plain numbers, shares or hides is written down and taken up again."""
    teaching = teach(short, lesson, tmp_path / "closed", QUICK, seed=5)
    next(teaching)
    teaching.close()
    _, resumed = finish(short, lesson, tmp_path / "closed")
    _, whole = finish(short, lesson, tmp_path / "whole")
    assert same(resumed.lora, whole.lora)


@pytest.mark.parametrize("first", [Profile.FULL, Profile.OFFLOAD])
def test_moments_of_the_other_kind_are_found_again(
    short: BaseModel, lesson: Lesson, tmp_path: Path, first: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """Where memory became short, or ample, between two parts of a lesson, its factors are gone on with."""
    second = Profile.OFFLOAD if first is Profile.FULL else Profile.FULL
    teaching = teach(replace(short, profile=first), lesson, tmp_path, QUICK, seed=5)
    next(teaching)
    teaching.close()
    with caplog.at_level(logging.INFO):
        events, _ = finish(replace(short, profile=second), lesson, tmp_path)
    assert len(events) == QUICK.steps - 1
    assert any("another Adam" in message for message in caplog.messages)


def test_with_room_enough_or_without_the_library_adam_is_full(
    short: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets 8 bits who does not need them, and nobody is refused for not having them."""
    factor = torch.zeros(2, requires_grad=True)
    assert isinstance(optimiser([factor], 1e-3), torch.optim.Adam)
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    assert isinstance(optimiser([factor], 1e-3, sparing=True), torch.optim.Adam)


def test_a_library_that_does_not_work_here_is_left_alone(
    short: BaseModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its first step says so, before anything is learned by it; the log says why."""

    class Broken(Adam8bit):
        def step(self, closure: None = None) -> None:  # type: ignore[override]
            raise RuntimeError("no kernel for this card")

    monkeypatch.setitem(sys.modules, "bitsandbytes", bitsandbytes(Broken))
    with caplog.at_level(logging.INFO):
        chosen = optimiser([torch.zeros(2, requires_grad=True)], 1e-3, sparing=True)
    assert isinstance(chosen, torch.optim.Adam)
    assert any("no kernel for this card" in message for message in caplog.messages)
