"""What SDXL's first implementation calls the layers of diffusers' U-Net: published weights use its names.

There each layer of the way down, its down-samplers and `conv_in` count as input blocks, each layer of the way
up as an output block. In a block the residual network comes first, the attention second, the sampler last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_ALONE: Final[Mapping[str, str]] = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_RESIDUAL: Final[Mapping[str, str]] = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_PLACE: Final = re.compile(
    r"(?:(?P<way>down|up)_blocks\.(?P<block>\d+)|mid_block)\."
    r"(?P<kind>resnets|attentions|downsamplers|upsamplers)\.(?P<layer>\d+)\.(?P<rest>.+)"
)


def original_name(name: str, layers_per_block: int) -> str:
    """The original name of a module or a parameter of diffusers' SDXL U-Net.

    Args:
        name: such as "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k.weight".
        layers_per_block: of the U-Net's configuration; 2 in SDXL.

    Raises:
        ValueError: no U-Net of this kind has such a part.
    """
    place = _PLACE.fullmatch(name)
    if place is None:
        for part, original in _ALONE.items():
            if name == part or name.startswith(f"{part}."):
                return original + name.removeprefix(part)
        raise ValueError(f"{name} is no part of SDXL's U-Net")
    way, kind, layer = place["way"], place["kind"], int(place["layer"])
    if way is None:
        number = 1 if kind == "attentions" else 2 * layer
        return f"middle_block.{number}.{_inside(kind, place['rest'])}"
    first = int(place["block"]) * (layers_per_block + 1)
    last = first + layers_per_block
    rest = place["rest"]
    match kind:
        case "downsamplers":
            return f"input_blocks.{1 + last}.0.op{rest.removeprefix('conv')}"
        case "upsamplers":
            return f"output_blocks.{last}.2.{rest}"
    where = f"input_blocks.{1 + first + layer}" if way == "down" else f"output_blocks.{first + layer}"
    return f"{where}.{0 if kind == 'resnets' else 1}.{_inside(kind, rest)}"


def _inside(kind: str, rest: str) -> str:
    """The rest of a name within its layer: attention is called the same in both."""
    part, dot, suffix = rest.partition(".")
    return f"{_RESIDUAL[part]}{dot}{suffix}" if kind == "resnets" else rest
