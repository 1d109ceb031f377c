"""A stand-in for bitsandbytes: an Adam whose moments are 8 bits wide, kept as that library keeps them.

What a caller sees is the library's: the count of steps is a plain number, small tensors stay in full,
the map of the 256 values is one tensor for all, and a state that is written out hides what is quantised. The
map itself is plainer than the library's, and there are no kernels.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import torch
from torch import Tensor

BLOCK: Final = 256
"""Numbers that share one scale."""
FEW: Final = 4096
HIDDEN: Final = "__bnb_optimizer_quant_state__"


class Adam8bit(torch.optim.Optimizer):
    """Adam, with both moments rounded to 256 values a block after each step."""

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, min_8bit_size: int = FEW) -> None:
        super().__init__(params, {"lr": lr})
        self._few = min_8bit_size
        self._map = torch.linspace(-1, 1, 256)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every parameter."""
        for group in self.param_groups:
            for parameter in group["params"]:
                self._move(parameter, self.state[parameter], group["lr"])

    def _move(self, parameter: Tensor, state: dict[str, Any], rate: float) -> None:
        if not state:
            state["step"] = 0
            kept = torch.uint8 if parameter.numel() >= self._few else torch.float32
            for which in ("1", "2"):
                state[f"state{which}"] = torch.zeros_like(parameter, dtype=kept)
                if kept is torch.uint8:
                    state[f"qmap{which}"] = self._map
                    state[f"absmax{which}"] = torch.zeros(-(-parameter.numel() // BLOCK))
        state["step"] += 1  # A tensor would be taken for a number too late, by the library's kernel.
        assert type(state["step"]) is int
        assert parameter.grad is not None
        first = 0.9 * self._read(state, "1") + 0.1 * parameter.grad
        second = 0.999 * self._read(state, "2") + 0.001 * parameter.grad**2
        self._write(state, "1", first)
        self._write(state, "2", second)
        unbiased = first / (1 - 0.9 ** state["step"])
        spread = (second / (1 - 0.999 ** state["step"])).sqrt()
        parameter -= rate * unbiased / (spread + 1e-8)

    def _read(self, state: dict[str, Any], which: str) -> Tensor:
        kept: Tensor = state[f"state{which}"]
        if kept.dtype is torch.float32:
            return kept
        scales = state[f"absmax{which}"].repeat_interleave(BLOCK)[: kept.numel()]
        values: Tensor = state[f"qmap{which}"][kept.flatten().int()] * scales
        return values.reshape(kept.shape)

    def _write(self, state: dict[str, Any], which: str, moment: Tensor) -> None:
        if state[f"state{which}"].dtype is torch.float32:
            state[f"state{which}"] = moment
            return
        scales = torch.stack([block.abs().max() for block in moment.flatten().split(BLOCK)])
        shares = moment.flatten() / scales.clamp(min=1e-30).repeat_interleave(BLOCK)[: moment.numel()]
        state[f"absmax{which}"] = scales
        state[f"state{which}"] = ((shares + 1) * 127.5).round().to(torch.uint8).reshape(moment.shape)

    def state_dict(self) -> dict[str, Any]:
        """Hides what is quantised, and what stands for it."""
        written = super().state_dict()
        written["state"] = {
            number: {
                "step": state["step"],
                HIDDEN: {name: value for name, value in state.items() if name != "step"},
            }
            for number, state in written["state"].items()
        }
        return written

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes it hidden or not."""
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        for number, state in state_dict["state"].items():
            rest = {name: value for name, value in state.items() if name != HIDDEN}
            self.state[parameters[number]] = {**rest, **state.get(HIDDEN, {})}


def bitsandbytes(adam: type[torch.optim.Optimizer] = Adam8bit) -> ModuleType:
    """The library, as far as it is asked for."""
    module = ModuleType("bitsandbytes")
    vars(module)["optim"] = SimpleNamespace(Adam8bit=adam)
    return module
