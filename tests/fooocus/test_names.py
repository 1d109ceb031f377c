"""The map of names, against diffusers' own converter, over the whole of SDXL's U-Net."""

import pytest
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

from dreammix.fooocus import original_name
from tests.small_sdxl import full_unet

PUBLISHED = {
    "conv_in.weight": "input_blocks.0.0.weight",
    "time_embedding.linear_2.bias": "time_embed.2.bias",
    "add_embedding.linear_1.weight": "label_emb.0.0.weight",
    "down_blocks.0.resnets.1.conv1.weight": "input_blocks.2.0.in_layers.2.weight",
    "down_blocks.0.downsamplers.0.conv.weight": "input_blocks.3.0.op.weight",
    "down_blocks.1.resnets.0.conv_shortcut.bias": "input_blocks.4.0.skip_connection.bias",
    "down_blocks.2.attentions.1.transformer_blocks.9.attn2.to_k.weight": (
        "input_blocks.8.1.transformer_blocks.9.attn2.to_k.weight"
    ),
    "mid_block.attentions.0.proj_in.weight": "middle_block.1.proj_in.weight",
    "mid_block.resnets.1.time_emb_proj.weight": "middle_block.2.emb_layers.1.weight",
    "up_blocks.0.upsamplers.0.conv.weight": "output_blocks.2.2.conv.weight",
    "up_blocks.1.attentions.2.norm.weight": "output_blocks.5.1.norm.weight",
    "up_blocks.2.resnets.2.norm2.weight": "output_blocks.8.0.out_layers.0.weight",
    "conv_norm_out.weight": "out.0.weight",
    "conv_out.bias": "out.2.bias",
}
"""By hand, from SDXL's published checkpoint: one of each sort."""


def test_the_converter_of_diffusers_takes_every_name_back() -> None:
    """All 1680: what it finds under our original name, it calls as diffusers' U-Net does, and misses none."""
    unet = full_unet()
    originals = {f"model.diffusion_model.{original_name(name, 2)}": name for name in unet.state_dict()}
    assert len(originals) == 1680
    converted = convert_ldm_unet_checkpoint(dict(originals), dict(unet.config))
    assert converted == {name: name for name in unet.state_dict()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_names_are_those_of_the_published_checkpoint(name: str) -> None:
    """Told without any library."""
    assert original_name(name, 2) == PUBLISHED[name]


@pytest.mark.parametrize("name", ["", "conv_in2.weight", "down_blocks.0.motion.0.x", "text_model.embeddings"])
def test_what_is_in_no_such_u_net_has_no_name(name: str) -> None:
    """It is refused rather than called something that nobody knows."""
    with pytest.raises(ValueError, match="no part"):
        original_name(name, 2)
