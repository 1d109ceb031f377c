"""How a network wears LoRAs: each layer may hold factors, and adds up · down · x to what it says.

What is worn is no weight of the layer: it is not moved, converted, streamed or saved with it, and once it is
taken off, the layer is to the bit what it was. A compiled network takes factors as it takes its input, so
another LoRA, of another rank too, is put on without compiling anything again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Factors(NamedTuple):
    """What one layer gets beside its own weight; gradients reach both.

    Attributes:
        down: (r, in) of a linear layer, (r, in, height, width) of a convolution.
        up: (out, r), or (out, r, 1, 1).
    """

    down: Tensor
    up: Tensor

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> Factors:
        """The same on a device, in a precision; what is so already is shared."""
        return Factors(self.down.to(device, dtype), self.up.to(device, dtype))


Outfit: TypeAlias = Mapping[str, Factors]
"""What a network wears, by the names of its layers."""


class WearingLinear(nn.Linear):
    """A linear layer that can wear something."""

    worn: Factors | None

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        output = F.linear(input, self.weight, self.bias)
        if self.worn is None:
            return output
        return output + F.linear(F.linear(input, self.worn.down), self.worn.up)


class WearingConv2d(nn.Conv2d):
    """A convolution that can wear something."""

    worn: Factors | None

    def forward(self, input: Tensor) -> Tensor:
        """(N, in, H, W) to (N, out, h, w); down has the layer's stride and padding."""
        output: Tensor = self._conv_forward(input, self.weight, self.bias)
        if self.worn is None:
            return output
        inner = self._conv_forward(input, self.worn.down, None)
        return output + F.conv2d(inner, self.worn.up)


def make_wearable(network: nn.Module) -> None:
    """Let all linear and convolutional layers wear something: once, before anything is hung on the network.

    They stay what they are, with the same weights under the same names.
    """
    kinds = {nn.Linear: WearingLinear, nn.Conv2d: WearingConv2d}
    for module in network.modules():
        if type(module) in kinds:
            module.__class__ = kinds[type(module)]
            _wearer(module).worn = None


@contextmanager
def wearing(network: nn.Module, outfit: Outfit) -> Iterator[None]:
    """While the block lasts, a wearable network wears this and nothing else; an empty outfit leaves it bare.

    Where a network that learns computes its blocks twice, the block has to hold the backward pass too.
    """
    layers = [(_wearer(network.get_submodule(name)), factors) for name, factors in outfit.items()]
    try:
        for layer, factors in layers:
            layer.worn = factors
        yield
    finally:
        for layer, _ in layers:
            layer.worn = None


def together(outfits: Sequence[Outfit]) -> Outfit:
    """Several as one: what they add to a layer is summed, by factors of all their ranks side by side."""
    found: dict[str, list[Factors]] = {}
    for outfit in outfits:
        for name, factors in outfit.items():
            found.setdefault(name, []).append(factors)
    return {name: _joined(parts) for name, parts in found.items()}


def _joined(parts: Sequence[Factors]) -> Factors:
    if len(parts) == 1:
        return parts[0]
    return Factors(torch.cat([part.down for part in parts]), torch.cat([part.up for part in parts], dim=1))


def _wearer(module: nn.Module) -> WearingLinear | WearingConv2d:
    if not isinstance(module, WearingLinear | WearingConv2d):
        raise TypeError(f"{type(module).__name__} was not made wearable")
    return module
