"""Other people's LoRAs: worn as their trainers meant them, several at once, or refused with a reason."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import save_file
from torch import Tensor, nn

from dreammix.fooocus import original_name
from dreammix.models.base import BaseModel, load
from dreammix.models.lora import read_lora
from dreammix.models.stacked import StackedLora, read_stacked, stacked_on_text
from dreammix.models.wearing import together, wearing
from dreammix.protocol import InvalidRequest
from tests.models.test_lora import output, tensors_for

ATTENTION = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
OUT = "up_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0"
WIDE = "mid_block.resnets.0.conv1"
NARROW = "down_blocks.1.attentions.0.proj_in"
SAMPLER = "down_blocks.0.downsamplers.0.conv"
TEXT = "encoder.layers.0.mlp.fc1"
RANK = 2
CONV_IN = {"lora_unet_conv_in.lora_up.weight": torch.ones(8, 2, 1, 1)}


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> BaseModel:
    """The tiny model."""
    return load(tiny_model)


def factors(module: nn.Module, seed: int) -> tuple[Tensor, Tensor]:
    """Down and up for a layer, of noise."""
    generator = torch.Generator().manual_seed(seed)
    weight = module.weight
    assert isinstance(weight, Tensor)
    down = 0.4 * torch.randn(RANK, *weight.shape[1:], generator=generator)
    up = 0.4 * torch.randn(weight.shape[0], RANK, *(1,) * (weight.ndim - 2), generator=generator)
    return down, up


def kohya(
    model: BaseModel, names: tuple[str, ...], seed: int, alpha: float | None = 1.0
) -> dict[str, Tensor]:
    """A file as kohya's trainer writes it for SDXL."""
    tensors: dict[str, Tensor] = {}
    for name in names:
        down, up = factors(model.unet.get_submodule(name), seed)
        stem = f"lora_unet_{original_name(name, 1).replace('.', '_')}"
        tensors |= {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up}
        if alpha is not None:
            tensors[f"{stem}.alpha"] = torch.tensor(alpha)
    return tensors


def saved(folder: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, str] | None = None) -> Path:
    """A file of them."""
    path = folder / f"{len(list(folder.iterdir()))}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, dict(notes or {}))
    return path


def worn(model: BaseModel, *stack: StackedLora) -> Tensor:
    """What the U-Net says with them on."""
    with wearing(model.unet, together([lora.unet for lora in stack])):
        return output(model.unet)


@torch.no_grad()
def merged(model: BaseModel, names: tuple[str, ...], seed: int, scale: float) -> Tensor:
    """What it says where up · down was added to its weights themselves."""
    unet = copy.deepcopy(model.unet)
    for name in names:
        module = unet.get_submodule(name)
        down, up = factors(module, seed)
        assert isinstance(module.weight, Tensor)
        module.weight += scale * (up.flatten(1) @ down.flatten(1)).reshape(module.weight.shape)
    return output(unet)


@pytest.mark.parametrize("name", [ATTENTION, OUT, WIDE, NARROW, SAMPLER, "conv_in", "conv_out"])
def test_any_layer_may_be_changed(model: BaseModel, tmp_path: Path, name: str) -> None:
    """Attention, linear or convolution, of any kernel and stride: as if it had been added to the weight."""
    lora = read_stacked(saved(tmp_path, kohya(model, (name,), 1)), 0.5, model)
    expected = merged(model, (name,), 1, 0.5 * 1.0 / RANK)
    assert not torch.allclose(expected, output(model.unet), atol=1e-4)
    torch.testing.assert_close(worn(model, lora), expected, rtol=1e-4, atol=1e-5)


def test_several_are_worn_as_peft_wears_them(model: BaseModel, tmp_path: Path) -> None:
    """Two of kohya's files at two weights, one of them negative: diffusers' own loader says the same."""
    names, weights = (ATTENTION, OUT), {"a": 0.75, "b": -0.5}
    paths = [saved(tmp_path, kohya(model, names, seed)) for seed in (1, 2)]
    theirs = copy.deepcopy(model.unet)
    for adapter, path in zip(weights, paths, strict=True):
        state, alphas = StableDiffusionXLPipeline.lora_state_dict(path, unet_config=theirs.config)
        StableDiffusionXLPipeline.load_lora_into_unet(state, alphas, theirs, adapter_name=adapter)
    theirs.set_adapters(list(weights), list(weights.values()))
    stack = [read_stacked(path, weight, model) for path, weight in zip(paths, weights.values(), strict=True)]
    torch.testing.assert_close(worn(model, *stack), output(theirs), rtol=1e-4, atol=1e-5)


def _diffusers_kohya(name: str, down: Tensor, up: Tensor) -> dict[str, Tensor]:
    stem = f"lora_unet_{name.replace('.', '_')}"
    return {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up}


def _peft(name: str, down: Tensor, up: Tensor) -> dict[str, Tensor]:
    return {f"unet.{name}.lora_A.weight": down, f"unet.{name}.lora_B.weight": up}


def _processor(name: str, down: Tensor, up: Tensor) -> dict[str, Tensor]:
    parent, _, leaf = name.removesuffix(".0").rpartition(".")
    stem = f"unet.{parent}.processor.{leaf}_lora"
    return {f"{stem}.down.weight": down, f"{stem}.up.weight": up}


def _plain(name: str, down: Tensor, up: Tensor) -> dict[str, Tensor]:
    return {f"unet.{name}.lora.down.weight": down, f"unet.{name}.lora.up.weight": up}


@pytest.mark.parametrize("naming", [_diffusers_kohya, _peft, _processor, _plain])
def test_every_naming_is_understood(
    model: BaseModel, tmp_path: Path, naming: Callable[[str, Tensor, Tensor], dict[str, Tensor]]
) -> None:
    """Kohya's by diffusers' layers, peft's, and both that diffusers had before; alpha is the rank there."""
    tensors: dict[str, Tensor] = {}
    for name in (ATTENTION, OUT):
        tensors |= naming(name, *factors(model.unet.get_submodule(name), 1))
    lora = read_stacked(saved(tmp_path, tensors), 1.0, model)
    expected = read_stacked(saved(tmp_path, kohya(model, (ATTENTION, OUT), 1, None)), 1.0, model)
    assert torch.equal(worn(model, lora), worn(model, expected))


def test_diffusers_writes_alpha_beside_the_tensors(model: BaseModel, tmp_path: Path) -> None:
    """It is read there, and what scales in other ways is refused."""
    tensors = _peft(ATTENTION, *factors(model.unet.get_submodule(ATTENTION), 1))
    told = {"lora_adapter_metadata": json.dumps({"unet.r": RANK, "unet.lora_alpha": 1})}
    lora = read_stacked(saved(tmp_path, tensors, told), 1.0, model)
    torch.testing.assert_close(
        worn(model, lora), merged(model, (ATTENTION,), 1, 1 / RANK), rtol=1e-4, atol=1e-5
    )
    other = {"lora_adapter_metadata": json.dumps({"unet.use_rslora": True})}
    with pytest.raises(InvalidRequest, match="rslora"):
        read_stacked(saved(tmp_path, tensors, other), 1.0, model)


def test_reading_looks_through_the_network_for_no_layer(
    model: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """diffusers looks through every module for its precision, which for each layer would take minutes."""
    tensors = kohya(model, (ATTENTION, OUT), 3)

    def asked(_: object) -> torch.dtype:
        raise AssertionError("the network was looked through")

    monkeypatch.setattr(type(model.unet), "dtype", property(asked))
    assert set(read_stacked(saved(tmp_path, tensors), 1.0, model).unet) == {ATTENTION, OUT}


@pytest.mark.parametrize(
    "names",
    [
        ("lora_te1_text_model_{}", "lora_te2_text_model_{}"),
        ("text_encoder.text_model.{}", "text_encoder_2.text_model.{}"),
    ],
)
def test_text_encoders_wear_theirs(model: BaseModel, tmp_path: Path, names: tuple[str, str]) -> None:
    """Each its own, while words are encoded and no longer."""
    flat = names[0].startswith("lora_te")
    inner = TEXT.replace(".", "_") if flat else TEXT
    tensors: dict[str, Tensor] = {}
    for number, encoder in enumerate(model.text.encoders, 1):
        module = getattr(encoder, "text_model", encoder).get_submodule(TEXT)
        down, up = factors(module, number)
        stem = names[number - 1].format(inner)
        tensors[stem + (".lora_down.weight" if flat else ".lora_A.weight")] = down
        tensors[stem + (".lora_up.weight" if flat else ".lora_B.weight")] = up
    lora = read_stacked(saved(tmp_path, tensors), 1.0, model)
    bare = model.text.encode(["red"])
    with stacked_on_text(model.text, [lora]) as text:
        dressed = text.encode(["red"])
    again = model.text.encode(["red"])
    half = dressed.tokens.shape[-1] // 2
    assert not torch.allclose(dressed.tokens[..., :half], bare.tokens[..., :half])
    assert not torch.allclose(dressed.pooled, bare.pooled)
    assert torch.equal(again.tokens, bare.tokens)


def test_text_encoders_without_any_remember(model: BaseModel, tmp_path: Path) -> None:
    """A LoRA of the U-Net alone leaves them what they are."""
    lora = read_stacked(saved(tmp_path, kohya(model, (ATTENTION,), 1)), 1.0, model)
    with stacked_on_text(model.text, [lora]) as text:
        assert text is model.text


def test_it_is_worn_with_a_subjects_own_and_taken_off(model: BaseModel, tmp_path: Path) -> None:
    """What both add is summed; afterwards the U-Net is to the bit what it was."""
    bare = output(model.unet)
    own = read_lora(saved(tmp_path, tensors_for(model.unet)), model.unet)
    lora = read_stacked(saved(tmp_path, kohya(model, (ATTENTION,), 1)), 1.0, model)
    with wearing(model.unet, together([own.layers, lora.unet])):
        both = output(model.unet)
    with wearing(model.unet, own.layers):
        alone = output(model.unet)
    assert not torch.allclose(both, alone)
    assert not torch.allclose(both, worn(model, lora))
    assert torch.equal(output(model.unet), bare)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lora_unet_x.dora_scale": torch.ones(1)}, "a DoRA"),
        ({"lora_unet_x.hada_w1_a": torch.ones(1)}, "a LoHa"),
        ({"lora_unet_x.lokr_w1": torch.ones(1)}, "a LoKr"),
        ({"lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": torch.ones(1)}, "another kind"),
        ({"lora_unet_input_blocks_0_0.lora_down.weight": torch.ones(2, 4, 3, 3)}, "only a part"),
        (CONV_IN | {"lora_unet_conv_in.lora_down.weight": torch.ones(2, 9, 3, 3)}, "other shapes"),
        (CONV_IN | {"lora_unet_conv_in.lora_down.weight": torch.full((2, 4, 3, 3), torch.nan)}, "NaN"),
    ],
)
def test_what_does_not_fit_is_refused(
    model: BaseModel, tmp_path: Path, change: dict[str, Tensor], why: str
) -> None:
    """Other kinds, other models, halves, NaN: in one line."""
    with pytest.raises(InvalidRequest, match=why) as caught:
        read_stacked(saved(tmp_path, kohya(model, (ATTENTION,), 1) | change), 1.0, model)
    assert "\n" not in str(caught.value)


def test_two_names_of_one_layer_are_refused(model: BaseModel, tmp_path: Path) -> None:
    """Which of them counts would be a guess."""
    both = kohya(model, (ATTENTION,), 1, None)
    both |= _peft(ATTENTION, *factors(model.unet.get_submodule(ATTENTION), 2))
    with pytest.raises(InvalidRequest, match="twice"):
        read_stacked(saved(tmp_path, both), 1.0, model)


def test_a_missing_file_and_a_wild_weight_are_refused(model: BaseModel, tmp_path: Path) -> None:
    """Before anything is read; NaN is no weight either."""
    with pytest.raises(InvalidRequest, match="No such file"):
        read_stacked(tmp_path / "absent.safetensors", 1.0, model)
    path = saved(tmp_path, kohya(model, (ATTENTION,), 1))
    for weight in (11.0, float("nan"), float("-inf")):
        with pytest.raises(InvalidRequest, match="weight"):
            read_stacked(path, weight, model)
