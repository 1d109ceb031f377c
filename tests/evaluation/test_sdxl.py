"""The benchmark of SDXL's classes as on a card, though on the processor: in half precision, channels last."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import torch

from dreammix.models import devices, placement
from dreammix.models.devices import processor
from dreammix.models.memory import DeviceKind, Precision
from tests.benchmarks.sdxl.__main__ import figures
from tests.benchmarks.sdxl.settings import SMALL, Wanted

SIDE: Final = 64
"""Of the pictures, in pixels."""
STEPS: Final = 4
"""Of an insert: the last comes after its switch."""


@pytest.mark.parametrize(
    ("precision", "parts"),
    [(Precision.BF16, ["speed", "lessons"]), (Precision.FP16, ["speed"])],  # The rest is slow on a processor.
)
def test_what_sdxl_costs_can_be_measured_on_a_card(
    precision: Precision, parts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our calls are those that diffusers' pipeline makes, which is asserted, and each part says something."""
    computer = replace(processor(), precision=precision)
    monkeypatch.setattr(devices, "processor", lambda: computer)
    monkeypatch.setattr(placement, "CHANNELS_LAST", frozenset({DeviceKind.CPU}))
    scale, there = replace(SMALL, side=SIDE), torch.device("cpu")
    wanted = Wanted(scale=scale, device=there, place=tmp_path, rounds=1, steps=STEPS)
    told = {"speed": "without the switch", "lessons": "a whole subject"}
    found = [figure.what for figure in figures(wanted, parts)]
    assert all(any(told[part] in what for what in found) for part in parts)
