"""The merged U-Net is the one whose original weights were changed, and can be had back to the bit."""

import copy
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.fooocus import FooocusWeights, original_name
from dreammix.fooocus.merge import merge, merged, read_head
from tests.small_fooocus import converted, head_content, patch_content
from tests.small_sdxl import TEXT_WIDTHS, small_unet


@pytest.fixture(scope="module")
def unet() -> UNet2DConditionModel:
    """A small one with all of SDXL's layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return small_unet().eval()


@pytest.fixture(scope="module")
def weights(unet: UNet2DConditionModel, tmp_path_factory: pytest.TempPathFactory) -> FooocusWeights:
    """For it."""
    return converted(tmp_path_factory.mktemp("pickles"), head_content(unet), patch_content(unet))


@torch.no_grad()
def answer(unet: UNet2DConditionModel) -> Tensor:
    """What a U-Net says of something."""
    generator = torch.Generator().manual_seed(1)
    shapes = ((1, 4, 8, 8), (1, 5, sum(TEXT_WIDTHS)), (1, TEXT_WIDTHS[1]))
    noise, words, pooled = (torch.randn(shape, generator=generator) for shape in shapes)
    told = {"text_embeds": pooled, "time_ids": torch.ones(1, 6)}
    said: Tensor = unet(noise, torch.tensor(500), encoder_hidden_states=words, added_cond_kwargs=told).sample
    return said


def test_it_is_as_if_the_original_checkpoint_had_been_changed(
    unet: UNet2DConditionModel, weights: FooocusWeights
) -> None:
    """The deltas applied under the original names, and the result converted by diffusers: the same output."""
    originals = {original_name(name, 2): tensor.clone() for name, tensor in unet.state_dict().items()}
    for key, (values, low, high) in patch_content(unet).items():
        originals[key.removeprefix("diffusion_model.")] += (values.float() / 255) * (high - low) + low
    prefixed = {f"model.diffusion_model.{name}": tensor for name, tensor in originals.items()}
    expected = copy.deepcopy(unet)
    expected.load_state_dict(convert_ldm_unet_checkpoint(prefixed, dict(unet.config)))
    ours = copy.deepcopy(unet)
    merge(ours, weights.patch)
    assert torch.equal(answer(ours), answer(expected))
    assert not torch.allclose(answer(ours), answer(unet), atol=1e-3)


def test_biases_and_norms_are_merged_and_the_rest_is_left(
    unet: UNet2DConditionModel, weights: FooocusWeights
) -> None:
    """Each layer that the patch names changes, whatever it is; no other does."""
    named = {key.removeprefix("diffusion_model.") for key in patch_content(unet)}
    ours = copy.deepcopy(unet)
    merge(ours, weights.patch)
    changed = {
        original_name(name, 2)
        for (name, before), after in zip(unet.named_parameters(), ours.parameters(), strict=True)
        if not torch.equal(before, after)
    }
    assert changed == named
    assert any("norm" in name for name in changed)
    assert any(name.endswith("proj_out.bias") for name in changed)


def test_it_can_be_taken_off_again_to_the_bit(unet: UNet2DConditionModel, weights: FooocusWeights) -> None:
    """In half precision as well, and where the block ended in an error."""
    half = copy.deepcopy(unet).to(torch.bfloat16)
    before = {name: tensor.clone() for name, tensor in half.state_dict().items()}
    with pytest.raises(KeyboardInterrupt), merged(half, weights.patch):
        assert not torch.equal(half.conv_in.weight, before["conv_in.weight"])
        raise KeyboardInterrupt
    assert all(torch.equal(tensor, before[name]) for name, tensor in half.state_dict().items())


def test_for_a_while_and_for_good_are_the_same(unet: UNet2DConditionModel, weights: FooocusWeights) -> None:
    """Also at another strength: half of it is half way."""
    ours = copy.deepcopy(unet)
    merge(ours, weights.patch, 0.5)
    with merged(unet, weights.patch, 0.5):
        assert torch.equal(answer(ours), answer(unet))


def test_in_half_precision_the_sum_is_made_in_full(
    unet: UNet2DConditionModel, weights: FooocusWeights
) -> None:
    """One rounding, at the end."""
    half, full = copy.deepcopy(unet).half(), copy.deepcopy(unet).half().float()
    merge(half, weights.patch)
    merge(full, weights.patch)
    assert all(
        torch.equal(ours, theirs.half())
        for ours, theirs in zip(half.parameters(), full.parameters(), strict=True)
    )


@pytest.mark.parametrize("change", [{"transformer_layers_per_block": [1, 1, 1]}, {"in_channels": 9}])
def test_another_u_net_is_left_as_it_is(weights: FooocusWeights, change: dict[str, Any]) -> None:
    """One that lacks a layer, or has one of another shape: refused before anything is changed."""
    other = small_unet(**change)
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    with pytest.raises(ValueError, match=r"does not have|another shape"):
        merge(other, weights.patch)
    assert all(torch.equal(tensor, before[name]) for name, tensor in other.state_dict().items())


def test_a_quantised_u_net_is_refused(unet: UNet2DConditionModel, weights: FooocusWeights) -> None:
    """Merging comes first: eight bits do not hold the sum."""
    small = copy.deepcopy(unet).to(torch.float8_e4m3fn)
    with pytest.raises(ValueError, match="quantised"):
        merge(small, weights.patch)


def test_the_head_is_read_as_it_was(unet: UNet2DConditionModel, weights: FooocusWeights) -> None:
    """It adds to the output of the U-Net's first layer, so it has its width."""
    assert torch.equal(read_head(weights.head), head_content(unet)["head"])
