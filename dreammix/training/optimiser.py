"""What moves a LoRA's factors: Adam, by the quickest way that a device has, or the one that holds least."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import torch
from torch import Tensor

FUSED: Final = frozenset({"cuda", "xpu", "mps"})
"""torch's names of the devices on which one kernel moves all factors; the processor would gain little."""
EIGHT_BITS: Final = frozenset({"cuda"})
"""Those, AMD's cards among them, on which bitsandbytes keeps moments in 8 bits."""
_TRIED_NUMBERS: Final = 1 << 12
"""So many numbers a tensor needs to have before bitsandbytes keeps its moments in 8 bits."""
_FULL_MOMENT: Final = "exp_avg"
"""A moment's name in torch's Adam, and in no other."""
_log = logging.getLogger(__name__)


def optimiser(parameters: Sequence[Tensor], rate: float, *, sparing: bool = False) -> torch.optim.Optimizer:
    """Adam for parameters of one device, at a constant rate; the log says which one.

    Args:
        parameters: what it moves.
        rate: how far.
        sparing: whether memory is short: then the moments are kept in 8 bits, where bitsandbytes is installed
            and works. It holds a fourth, and moves one tensor after the other instead of all at once.
    """
    device = parameters[0].device
    small = _eight_bits(device) if sparing and device.type in EIGHT_BITS else None
    fused = device.type in FUSED
    how = "fused Adam" if fused else "Adam"
    _log.info("learning by %s on %s", how if small is None else "Adam in 8 bits", device.type)
    if small is not None:
        made: torch.optim.Optimizer = small(parameters, lr=rate)
        return made
    return torch.optim.Adam(parameters, lr=rate, fused=fused)


def moments(of: torch.optim.Optimizer) -> dict[int, dict[str, Tensor]]:
    """What an optimiser remembers, by the parameter's number; as tensors, whatever it keeps itself."""
    parameters = [parameter for group in of.param_groups for parameter in group["params"]]
    return {
        number: {name: torch.as_tensor(value) for name, value in of.state.get(parameter, {}).items()}
        for number, parameter in enumerate(parameters)
    }


def remember(of: torch.optim.Optimizer, known: Mapping[int, Mapping[str, Tensor]]) -> None:
    """Have an optimiser go on from what another one knew; one of the other kind begins to learn it anew."""
    full = isinstance(of, torch.optim.Adam)
    if any((_FULL_MOMENT in state) != full for state in known.values()):
        _log.info("the moments were kept by another Adam: they are found again")
        return
    state: dict[int, dict[str, Any]] = {number: dict(each) for number, each in known.items()}
    if not full:
        for each in state.values():
            each["step"] = int(each["step"])  # bitsandbytes counts in plain numbers.
    of.load_state_dict({"state": state, "param_groups": of.state_dict()["param_groups"]})


def _eight_bits(device: torch.device) -> Any | None:
    """The class of bitsandbytes' Adam in 8 bits; None where it is not there, or its first step fails."""
    try:
        kind = import_module("bitsandbytes").optim.Adam8bit
        tried = torch.zeros(_TRIED_NUMBERS, device=device, requires_grad=True)
        tried.grad = torch.ones_like(tried)
        kind([tried], lr=1.0).step()
    except (ImportError, AttributeError, OSError, RuntimeError) as error:
        _log.info("bitsandbytes is not used: %s", error)
        return None
    return kind
