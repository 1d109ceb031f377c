"""What was learned as files: every loader reads the same from both."""

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.models.base import BaseModel, load
from dreammix.models.lora import LoraWeights, attached, read_lora
from dreammix.training import kohya_tensors, lora_files
from dreammix.training.files import original_name
from dreammix.training.pupil import fresh_lora, worn


@pytest.fixture
def lora(model: BaseModel) -> LoraWeights:
    """One that changes much."""
    fresh = worn(fresh_lora(model, 4, seed=1), torch.float32)
    generator = torch.Generator().manual_seed(2)
    for factors in fresh.layers.values():
        factors.up.normal_(generator=generator)
    return fresh


@torch.no_grad()
def answer(unet: UNet2DConditionModel) -> Tensor:
    """What a U-Net says of some latents."""
    generator = torch.Generator().manual_seed(0)
    said: Tensor = unet(
        torch.randn(1, 4, 8, 8, generator=generator),
        torch.tensor([500]),
        encoder_hidden_states=torch.randn(1, 16, 16, generator=generator),
        added_cond_kwargs={
            "text_embeds": torch.randn(1, 8, generator=generator),
            "time_ids": torch.tensor([[32.0, 32.0, 0.0, 0.0, 32.0, 32.0]]),
        },
    ).sample
    return said


@pytest.mark.parametrize("kind", ["diffusers", "kohya"])
def test_diffusers_own_loader_gives_the_same_answer(
    model: BaseModel, tiny_model: Path, lora: LoraWeights, tmp_path: Path, kind: str
) -> None:
    """Put into a U-Net by diffusers, either file answers as the LoRA did while it was taught."""
    file = tmp_path / f"{kind}.safetensors"
    file.write_bytes(getattr(lora_files(lora, model.unet), kind))
    other = load(tiny_model).unet
    bare = answer(other)
    state, alphas, *_ = StableDiffusionXLPipeline.lora_state_dict(file, unet_config=other.config)
    StableDiffusionXLPipeline.load_lora_into_unet(state, alphas, other)
    with attached(model.unet, lora):
        expected = answer(model.unet)
    assert (expected - bare).abs().max() > 0.01
    torch.testing.assert_close(answer(other), expected, rtol=1e-4, atol=1e-5)


def test_our_own_reader_takes_the_file(model: BaseModel, lora: LoraWeights, tmp_path: Path) -> None:
    """To the bit."""
    file = tmp_path / "lora.safetensors"
    file.write_bytes(lora_files(lora, model.unet).diffusers)
    read = read_lora(file, model.unet)
    assert read.rank == 4
    assert all(torch.equal(read.layers[name].up, lora.layers[name].up) for name in lora.layers)
    assert all(torch.equal(read.layers[name].down, lora.layers[name].down) for name in lora.layers)


def test_alpha_is_the_rank(model: BaseModel, lora: LoraWeights) -> None:
    """So that tools which scale by alpha / rank change nothing."""
    alphas = [tensor for name, tensor in kohya_tensors(lora, model.unet).items() if name.endswith(".alpha")]
    assert len(alphas) == len(lora.layers)
    assert all(float(alpha) == 4.0 for alpha in alphas)


def test_sdxls_layers_are_called_as_in_published_files() -> None:
    """The U-Net of SDXL itself: input blocks 4, 5, 7, 8, the middle, output blocks 0 to 5."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            sample_size=128,
            in_channels=4,
            block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            layers_per_block=2,
            transformer_layers_per_block=(1, 2, 10),
            attention_head_dim=(5, 10, 20),
            cross_attention_dim=2048,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
            use_linear_projection=True,
        )
    names = {original_name(name, 3) for name, _ in unet.named_modules() if name.endswith((".to_k", ".to_v"))}
    depths = {
        "input_blocks.4.1": 2,
        "input_blocks.5.1": 2,
        "input_blocks.7.1": 10,
        "input_blocks.8.1": 10,
        "middle_block.1": 10,
        "output_blocks.0.1": 10,
        "output_blocks.1.1": 10,
        "output_blocks.2.1": 10,
        "output_blocks.3.1": 2,
        "output_blocks.4.1": 2,
        "output_blocks.5.1": 2,
    }
    assert names == {
        f"{place}.transformer_blocks.{block}.attn{which}.to_{what}"
        for place, depth in depths.items()
        for block in range(depth)
        for which in (1, 2)
        for what in "kv"
    }


def test_a_module_outside_of_attention_has_no_such_name() -> None:
    """It is refused rather than called something that no tool knows."""
    with pytest.raises(ValueError, match="no attention layer"):
        original_name("down_blocks.0.resnets.0.conv1", 3)
