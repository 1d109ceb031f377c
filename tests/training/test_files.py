"""What was learned as files: every loader reads the same from both."""

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.models.base import BaseModel, load
from dreammix.models.lora import LoraWeights, lora_targets, read_lora
from dreammix.models.wearing import Factors, wearing
from dreammix.training import kohya_tensors, lora_files
from dreammix.training.pupil import fresh_lora, worn
from tests.small_sdxl import full_unet


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
    with wearing(model.unet, lora.layers):
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
    """All 280 layers of the full SDXL, key for key as kohya's trainer builds them from the original names."""
    unet = full_unet()
    rank = 4
    layers = {
        name: Factors(torch.empty(rank, layer.in_features), torch.empty(layer.out_features, rank))
        for name, layer in lora_targets(unet).items()
    }
    with torch.device("meta"):
        ours = kohya_tensors(LoraWeights(rank, layers), unet)
    depths = {
        **{f"input_blocks_{number}": depth for number, depth in ((4, 2), (5, 2), (7, 10), (8, 10))},
        "middle_block": 10,
        **{f"output_blocks_{number}": 10 if number < 3 else 2 for number in range(6)},
    }
    assert ours.keys() == {
        f"lora_unet_{place}_1_transformer_blocks_{block}_attn{which}_to_{what}.{ending}"
        for place, depth in depths.items()
        for block in range(depth)
        for which in (1, 2)
        for what in "kv"
        for ending in ("alpha", "lora_down.weight", "lora_up.weight")
    }
    assert len(ours) == 840


def test_a_published_layer_has_its_published_shape() -> None:
    """Of the many that files on the hub list: cross-attention of the first level that has one."""
    unet = full_unet()
    layer = lora_targets(unet)["down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k"]
    factors = Factors(torch.empty(4, layer.in_features), torch.empty(layer.out_features, 4))
    name = "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k"
    tensors = kohya_tensors(LoraWeights(4, {name: factors}), unet)
    stem = "lora_unet_input_blocks_4_1_transformer_blocks_1_attn2_to_k"
    assert {key: tuple(tensor.shape) for key, tensor in tensors.items()} == {
        f"{stem}.lora_down.weight": (4, 2048),
        f"{stem}.lora_up.weight": (640, 4),
        f"{stem}.alpha": (),
    }
    assert float(tensors[f"{stem}.alpha"]) == 4.0
