"""Converted weights into a U-Net: W + strength * ((u8 / 255) * (high - low) + low), computed in fp32.

Merge before a LoRA is put on and before anything is quantised. A parameter that the patch does not name keeps
its value; biases and norms that it names are changed like the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from dreammix.fooocus.names import original_name
from dreammix.fooocus.unpickle import HEAD_KEY, HIGH, LOW, VALUES

_WHOLE: Final = frozenset({torch.float16, torch.bfloat16, torch.float32})
"""What a U-Net may be of that is not quantised."""


def read_head(path: Path) -> Tensor:
    """The converted head, (F, 5, 3, 3), as it is stored."""
    return load_file(path)[HEAD_KEY]


def merge(unet: UNet2DConditionModel, patch: Path, strength: float = 1.0) -> None:
    """Merge for good, one layer at a time: it takes little memory beside the U-Net's.

    Raises:
        ValueError: the patch is for another U-Net, or the U-Net is quantised; nothing was changed then.
    """
    with safe_open(patch, framework="pt") as stored, torch.no_grad():
        for parameter, layer in _matched(unet, stored):
            parameter.copy_(_changed(parameter, _delta(stored, layer), strength))


@contextmanager
def merged(unet: UNet2DConditionModel, patch: Path, strength: float = 1.0) -> Iterator[None]:
    """While the block lasts, the U-Net is merged; afterwards it is to the bit what it was.

    Its own weights are kept meanwhile: the memory of as many as the patch changes. Raises as `merge` does.
    """
    own: dict[nn.Parameter, Tensor] = {}
    try:
        with safe_open(patch, framework="pt") as stored, torch.no_grad():
            for parameter, layer in _matched(unet, stored):
                own[parameter] = parameter.data
                parameter.data = _changed(parameter, _delta(stored, layer), strength)
        yield
    finally:
        for parameter, weight in own.items():
            parameter.data = weight


def _matched(unet: UNet2DConditionModel, stored: Any) -> list[tuple[nn.Parameter, str]]:
    """Each parameter that the patch changes, and what it calls it; checked before anything is changed."""
    layers = int(unet.config["layers_per_block"])
    parameters: Mapping[str, nn.Parameter] = {
        original_name(name, layers): parameter for name, parameter in unet.named_parameters()
    }
    pairs = []
    for key in stored.keys():  # noqa: SIM118 - a file, no mapping
        if not key.endswith(VALUES):
            continue
        layer = key.removesuffix(VALUES)
        parameter = parameters.get(layer)
        if parameter is None:
            raise ValueError(f"the inpainting weights change {layer}, which this U-Net does not have")
        if list(parameter.shape) != stored.get_slice(key).get_shape():
            raise ValueError(f"the inpainting weights are for a {layer} of another shape")
        if parameter.dtype not in _WHOLE:
            raise ValueError("the inpainting weights have to be merged before the U-Net is quantised")
        pairs.append((parameter, layer))
    return pairs


def _delta(stored: Any, layer: str) -> Tensor:
    values, low, high = (stored.get_tensor(f"{layer}{part}") for part in (VALUES, LOW, HIGH))
    delta: Tensor = (values.float() / 255) * (high - low) + low
    return delta


def _changed(weight: Tensor, delta: Tensor, strength: float) -> Tensor:
    return (weight.float() + strength * delta.to(weight.device)).to(weight.dtype)
