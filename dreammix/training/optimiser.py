"""What moves a LoRA's factors: Adam, by the quickest way that the device has."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

FUSED: Final = frozenset({"cuda", "xpu", "mps"})
"""torch's names of the devices on which one kernel moves all factors; the processor would gain little."""
_log = logging.getLogger(__name__)


def optimiser(parameters: Sequence[Tensor], rate: float) -> torch.optim.Adam:
    """Adam for parameters of one device, at a constant rate; the log says which one.

    In 8 bits it would save little: only a LoRA learns, whose moments at rank 4 are 25 MB for SDXL.
    """
    device = parameters[0].device.type
    fused = device in FUSED
    _log.info("learning by %s on %s", "fused Adam" if fused else "Adam", device)
    return torch.optim.Adam(parameters, lr=rate, fused=fused)
