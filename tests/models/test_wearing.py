"""What a network wears: added to its layers, taken off to the bit, swapped without compiling again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounter

from dreammix.models.base import BaseModel, load
from dreammix.models.compiling import COMPILE_VARIABLE, as_written
from dreammix.models.lora import lora_targets
from dreammix.models.wearing import Factors, Outfit, make_wearable, together, wearing
from dreammix.protocol import Profile

ROUNDING = 1e-4


def outfit(unet: UNet2DConditionModel, rank: int, seed: int) -> Outfit:
    """A LoRA of noise."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: Factors(
            0.2 * torch.randn(rank, layer.in_features, generator=generator),
            0.2 * torch.randn(layer.out_features, rank, generator=generator),
        )
        for name, layer in lora_targets(unet).items()
    }


@torch.no_grad()
def said(unet: UNet2DConditionModel, worn: Outfit, rows: int = 2, height: int = 8, width: int = 8) -> Tensor:
    """What the U-Net makes of something."""
    generator = torch.Generator().manual_seed(1)
    noise, words, pooled = (
        torch.randn(rows, *shape, generator=generator) for shape in ((4, height, width), (4, 16), (8,))
    )
    told = {"text_embeds": pooled, "time_ids": torch.ones(rows, 6)}
    with wearing(unet, worn):
        result = unet(noise, torch.tensor(500), encoder_hidden_states=words, added_cond_kwargs=told).sample
    assert isinstance(result, Tensor)
    return result


@pytest.fixture
def model(tiny_model: Path) -> BaseModel:
    """The tiny model."""
    return load(tiny_model)


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Iterator[CompileCounter]:
    """Stands for torch's: runs what it is given, and counts the graphs."""
    counter = CompileCounter()
    usual = UNet2DConditionModel.compile_repeated_blocks
    monkeypatch.setattr(
        UNet2DConditionModel,
        "compile_repeated_blocks",
        lambda unet, **settings: usual(unet, backend=counter, **settings),
    )
    yield counter
    torch.compiler.reset()


def test_a_convolution_keeps_its_stride() -> None:
    """Its factors work as one change of its weights does."""
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3, stride=2, padding=1)
    picture, down, up = torch.randn(1, 3, 8, 8), torch.randn(2, 3, 3, 3), torch.randn(4, 2, 1, 1)
    make_wearable(layer)
    with wearing(layer, {"": Factors(down, up)}):
        worn = layer(picture)
    changed = layer.weight + torch.einsum("or,rihw->oihw", up[:, :, 0, 0], down)
    torch.testing.assert_close(worn, layer._conv_forward(picture, changed, layer.bias))


def test_several_add_up(model: BaseModel) -> None:
    """Side by side they add what each of them adds to a layer alone."""
    layer = next(iter(lora_targets(model.unet).values()))
    x, parts = torch.randn(5, layer.in_features), []
    for rank in (1, 3):
        parts.append(Factors(torch.randn(rank, layer.in_features), torch.randn(layer.out_features, rank)))
    bare = layer(x)
    added = []
    for worn in ({"": parts[0]}, {"": parts[1]}, together([{"": parts[0]}, {"": parts[1]}])):
        with wearing(layer, worn):
            added.append(layer(x) - bare)
    torch.testing.assert_close(added[0] + added[1], added[2])


def test_what_was_not_made_wearable_is_named() -> None:
    """Nothing is silently left off."""
    factors = Factors(torch.ones(1, 2), torch.ones(2, 1))
    with (
        pytest.raises(TypeError, match="Linear was not made wearable"),
        wearing(nn.Linear(2, 2), {"": factors}),
    ):
        pass


def test_weights_keep_their_names(tiny_model: Path, model: BaseModel) -> None:
    """A wearable U-Net is saved, and loaded, as any other."""
    plain = UNet2DConditionModel.from_pretrained(tiny_model, subfolder="unet")
    assert list(model.unet.state_dict()) == list(plain.state_dict())


def test_a_compiled_u_net_changes_subjects_without_compiling(
    tiny_model: Path, model: BaseModel, compiler: CompileCounter
) -> None:
    """Warm from one bare step and one that is not, it knows every LoRA, rank, size and number of pictures."""
    compiled = load(tiny_model, compiled=True).unet
    outfits: list[Outfit] = [outfit(compiled, rank, seed) for seed, rank in enumerate((4, 4, 8, 2, 16))]
    said(compiled, {})
    said(compiled, outfits[0])
    warm = compiler.frame_count
    assert warm > 0
    for worn in (*outfits, together(outfits), {}, outfits[1]):
        torch.testing.assert_close(said(compiled, worn), said(model.unet, worn), atol=ROUNDING, rtol=ROUNDING)
        said(compiled, worn, rows=4)
        said(compiled, worn, height=8, width=16)
    assert compiler.frame_count == warm


def test_a_compiled_u_net_is_bare_again_to_the_bit(tiny_model: Path, compiler: CompileCounter) -> None:
    """A LoRA that was taken off has left nothing behind."""
    compiled = load(tiny_model, compiled=True).unet
    before = said(compiled, {})
    assert not torch.equal(said(compiled, outfit(compiled, 4, 0)), before)
    assert torch.equal(said(compiled, {}), before)
    assert compiler.frame_count > 0


def test_nothing_is_compiled_to_learn(tiny_model: Path, compiler: CompileCounter) -> None:
    """What is compiled runs as it is written meanwhile, and gradients reach what is worn."""
    compiled = load(tiny_model, compiled=True).unet
    worn = outfit(compiled, 4, 0)
    for factors in worn.values():
        factors.up.requires_grad_()
    told = {"text_embeds": torch.ones(1, 8), "time_ids": torch.ones(1, 6)}
    with as_written(), wearing(compiled, worn):
        compiled(
            torch.ones(1, 4, 8, 8),
            torch.tensor(500),
            encoder_hidden_states=torch.ones(1, 4, 16),
            added_cond_kwargs=told,
        ).sample.sum().backward()
    assert compiler.frame_count == 0
    assert all(factors.up.grad is not None for factors in worn.values())


@pytest.mark.parametrize(
    ("variable", "profile", "compiled"),
    [("1", Profile.FULL, True), ("1", Profile.FP8, False), ("0", Profile.FULL, False), (None, None, False)],
)
def test_it_is_compiled_where_that_is_asked_for_and_can_be(
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    profile: Profile | None,
    compiled: bool,
) -> None:
    """By the variable, and not where hooks move or convert its layers."""
    monkeypatch.delenv(COMPILE_VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(COMPILE_VARIABLE, variable)
    assert load(tiny_model, profile=profile).compiled is compiled
