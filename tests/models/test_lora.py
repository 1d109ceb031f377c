"""A LoRA's file is read without trust, and a U-Net wears it exactly as long as it is to."""

import copy
import json
import os
import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model
from safetensors.torch import save
from torch import Tensor

from dreammix.models.base import BaseModel, load
from dreammix.models.lora import (
    MAX_LORA_BYTES,
    MAX_RANK,
    check_base,
    lora_shapes,
    lora_targets,
    lora_tensors,
    read_lora,
)
from dreammix.models.wearing import wearing
from dreammix.protocol import SubjectDamaged, WrongBase
from dreammix.subjects.manifest import MAX_SUBJECT_FILE_BYTES
from tests.tiny_model import save_tiny_model

RANK = 3


@pytest.fixture(scope="session")
def model(tiny_model: Path) -> BaseModel:
    """The tiny model."""
    return load(tiny_model)


@pytest.fixture(scope="session")
def unet(model: BaseModel) -> UNet2DConditionModel:
    """Its U-Net."""
    return model.unet


def tensors_for(unet: UNet2DConditionModel, rank: int = RANK, seed: int = 0) -> dict[str, Tensor]:
    """What a LoRA's file holds, of noise."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: 0.3 * torch.randn(shape, generator=generator) for name, shape in lora_shapes(unet, rank).items()
    }


def written(folder: Path, content: bytes) -> Path:
    """A file with that content."""
    path = folder / "subject.safetensors"
    path.write_bytes(content)
    return path


@torch.no_grad()
def output(unet: UNet2DConditionModel) -> Tensor:
    """What the U-Net makes of something."""
    generator = torch.Generator().manual_seed(1)
    noise, words, pooled = (
        torch.randn(shape, generator=generator) for shape in ((1, 4, 8, 8), (1, 4, 16), (1, 8))
    )
    told = {"text_embeds": pooled, "time_ids": torch.ones(1, 6)}
    result = unet(noise, torch.tensor(500), encoder_hidden_states=words, added_cond_kwargs=told).sample
    assert isinstance(result, Tensor)
    return result


def test_keys_and_values_of_every_attention_are_changed(unet: UNet2DConditionModel) -> None:
    """Self- and cross-attention, the projections of keys and values, and nothing else."""
    names = list(lora_targets(unet))
    assert {tuple(name.split(".")[-2:]) for name in names} == {
        (attention, projection) for attention in ("attn1", "attn2") for projection in ("to_k", "to_v")
    }
    assert len(names) == 4 * sum(name.endswith("attn1") for name, _ in unet.named_modules())


def test_what_diffusers_writes_is_read(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """A file of diffusers' own pipeline, for layers that peft made, has our keys and shapes."""
    theirs = copy.deepcopy(unet)
    targets = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=list(lora_targets(unet)))
    inject_adapter_in_model(targets, theirs)
    layers = get_peft_model_state_dict(theirs, adapter_name="default")
    StableDiffusionXLPipeline.save_lora_weights(tmp_path, unet_lora_layers=layers)
    (path,) = tmp_path.iterdir()
    lora = read_lora(path, unet)
    assert lora.rank == RANK
    assert {name: tensor.shape for name, tensor in lora_tensors(lora).items()} == lora_shapes(unet, RANK)
    assert all(
        torch.equal(tensor, layers[name.removeprefix("unet.")]) for name, tensor in lora_tensors(lora).items()
    )


def test_it_is_worn_as_diffusers_wears_it(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """The same picture as that of diffusers' own loader, to the bit."""
    tensors = tensors_for(unet)
    theirs = copy.deepcopy(unet)
    theirs.load_lora_adapter(dict(tensors), prefix="unet")
    with wearing(unet, read_lora(written(tmp_path, save(tensors)), unet).layers):
        ours = output(unet)
    assert torch.equal(ours, output(theirs))
    assert not torch.equal(ours, output(unet))


def test_afterwards_the_u_net_is_as_it_was(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """Weights, structure and output, also where the block ended in an error."""
    bare, modules = output(unet), [name for name, _ in unet.named_modules()]
    state = {name: tensor.clone() for name, tensor in unet.state_dict().items()}
    lora = read_lora(written(tmp_path, save(tensors_for(unet))), unet)
    with wearing(unet, lora.layers):
        output(unet)
    with pytest.raises(KeyboardInterrupt), wearing(unet, lora.layers):
        raise KeyboardInterrupt
    assert torch.equal(output(unet), bare)
    assert [name for name, _ in unet.named_modules()] == modules
    assert all(torch.equal(tensor, state[name]) for name, tensor in unet.state_dict().items())


def test_one_follows_another(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """Two subjects in turn on one U-Net are each what they are alone; None is nobody."""
    loras = [read_lora(written(tmp_path, save(tensors_for(unet, seed=seed))), unet) for seed in (1, 2)]
    seen = []
    for lora in (*loras, None, *loras, None):
        with wearing(unet, {} if lora is None else lora.layers):
            seen.append(output(unet))
    assert all(torch.equal(first, again) for first, again in zip(seen[:3], seen[3:], strict=True))
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], output(unet))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_any_float_format_is_read_into_the_u_nets_own(
    unet: UNet2DConditionModel, tmp_path: Path, dtype: torch.dtype
) -> None:
    """What is stored in half precision is worn in the U-Net's."""
    tensors = {name: tensor.to(dtype) for name, tensor in tensors_for(unet).items()}
    lora = read_lora(written(tmp_path, save(tensors)), unet)
    assert all(torch.equal(tensor, tensors[name].float()) for name, tensor in lora_tensors(lora).items())


def test_a_lora_of_another_base_is_refused(model: BaseModel) -> None:
    """The hash decides; a model that was only renamed is still the same."""
    check_base(model, "tiny", model.fingerprint)
    check_base(model, "tiny as it was called then", model.fingerprint)
    with pytest.raises(WrongBase, match="that was sdxl, this is tiny"):
        check_base(model, "sdxl", "0" * 64)
    with pytest.raises(WrongBase, match="another version of tiny"):
        check_base(model, "tiny", "0" * 64)


def test_a_lora_for_other_layers_is_refused(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """Right names of wrong shapes, a layer too few, a layer that no LoRA changes."""
    tensors = tensors_for(unet)
    name = next(iter(tensors))
    wider = {**tensors, name: torch.zeros(RANK, 1000)}
    fewer = {other: tensor for other, tensor in tensors.items() if other != name}
    strange = {**tensors, "unet.conv_in.lora_A.weight": torch.zeros(RANK, 4)}
    for content in (wider, fewer, strange):
        with pytest.raises(WrongBase):
            read_lora(written(tmp_path, save(content)), unet)


def test_a_model_of_other_files_has_another_fingerprint(tmp_path: Path, model: BaseModel) -> None:
    """One that was trained further is another base."""
    save_tiny_model(tmp_path / "nine", in_channels=9)
    assert load(tmp_path / "nine").fingerprint != model.fingerprint


# Hostile files.

Header = dict[str, Any]


def rewritten(content: bytes, change: Callable[[Header], object]) -> bytes:
    """The file with its header changed, its numbers as they were."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def first(header: Header) -> dict[str, Any]:
    """What the header says of its first tensor."""
    entry = header[next(name for name in header if name != "__metadata__")]
    assert isinstance(entry, dict)
    return entry


def overlapping(header: Header) -> None:
    """Two tensors share their bytes."""
    names = [name for name in header if name != "__metadata__"]
    same = [name for name in names if header[name]["shape"] == header[names[0]]["shape"]]
    header[same[1]]["data_offsets"] = header[same[0]]["data_offsets"]


def renamed(header: Header) -> None:
    """A tensor's name is a path."""
    header["../../secret.lora_A.weight"] = header.pop(next(iter(header)))


def of_rank(rank: int) -> Callable[[Header], None]:
    """Every tensor says that it is of another rank."""

    def change(header: Header) -> None:
        for name, entry in header.items():
            if name != "__metadata__":
                entry["shape"][0 if "lora_A" in name else 1] = rank

    return change


CHANGES: Mapping[str, Callable[[Header], object]] = {
    "a shape far larger than the file": lambda header: first(header).update(shape=[10**12, 10**12]),
    "a rank far larger than the file": of_rank(10**9),
    "a rank of nothing": of_rank(0),
    "a negative side": lambda header: first(header).update(shape=[-1, -1]),
    "a side that is true": lambda header: first(header).update(shape=[True, 1]),
    "a side that is a fraction": lambda header: first(header).update(shape=[1.5, 2]),
    "a place behind the end": lambda header: first(header).update(data_offsets=[10**15, 10**15 + 4]),
    "a place of three numbers": lambda header: first(header).update(data_offsets=[0, 1, 2]),
    "another type": lambda header: first(header).update(dtype="I64"),
    "a type that is none": lambda header: first(header).update(dtype={}),
    "more than a tensor has": lambda header: first(header).update(code="import os"),
    "an overlap": overlapping,
    "a name that is a path": renamed,
    "no tensors": lambda header: header.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_hostile_header_is_refused(
    unet: UNet2DConditionModel, tmp_path: Path, change: Callable[[Header], object]
) -> None:
    """What the header claims is checked against the file and the U-Net before it is believed."""
    path = written(tmp_path, rewritten(save(tensors_for(unet)), change))
    with pytest.raises(SubjectDamaged) as caught:
        read_lora(path, unet)
    assert "\n" not in str(caught.value)


def claiming(length: int, text: bytes = b"") -> bytes:
    """A file that says how long its header is, and has another."""
    return struct.pack("<Q", length) + text


def with_text(text: bytes) -> bytes:
    """A file of a header alone."""
    return claiming(len(text), text)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        claiming(2**64 - 1),
        claiming(1000, b"{}"),
        with_text(b"{}" + b" " * (1 << 20)),
        with_text(b"not json"),
        with_text(b"\xff\xfe"),
        with_text(b"[]"),
        with_text(b"[" * 100_000),
        with_text(b'{"a": 1, "a": 1}'),
        with_text(b'{"a": NaN}'),
        with_text(b'{"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}') + bytes(4),
    ],
)
def test_what_is_no_lora_is_refused(unet: UNet2DConditionModel, tmp_path: Path, content: bytes) -> None:
    """Half a file, no file at all, deep or doubled JSON: one line each."""
    with pytest.raises(SubjectDamaged) as caught:
        read_lora(written(tmp_path, content), unet)
    assert "\n" not in str(caught.value)


def test_bytes_too_many_or_too_few_are_refused(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """The tensors fill the file, exactly."""
    content = save(tensors_for(unet))
    for other in (content + b"\x00", content[:-1], content[:-4]):
        with pytest.raises(SubjectDamaged):
            read_lora(written(tmp_path, other), unet)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_numbers_that_are_none_are_refused(unet: UNet2DConditionModel, tmp_path: Path, value: float) -> None:
    """One NaN or infinity in one tensor is enough, and the tensor is named."""
    tensors = tensors_for(unet)
    name = list(tensors)[-1]
    tensors[name][0, 0] = value
    with pytest.raises(SubjectDamaged, match="NaN or infinity"):
        read_lora(written(tmp_path, save(tensors)), unet)


def test_ranks_are_one_and_not_too_large(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """The largest rank is read; one more is not, and neither are two ranks in one file."""
    assert read_lora(written(tmp_path, save(tensors_for(unet, MAX_RANK))), unet).rank == MAX_RANK
    with pytest.raises(SubjectDamaged, match="rank is 129"):
        read_lora(written(tmp_path, save(tensors_for(unet, MAX_RANK + 1))), unet)
    mixed = tensors_for(unet, 2)
    name = next(iter(mixed))
    mixed[name] = tensors_for(unet, 4)[name]
    with pytest.raises(SubjectDamaged, match="different ranks"):
        read_lora(written(tmp_path, save(mixed)), unet)


def test_a_file_beyond_the_limit_is_not_read(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """A file of half a gigabyte (of holes) is refused by its size."""
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as stream:
        stream.truncate(MAX_LORA_BYTES + 1)
    with pytest.raises(SubjectDamaged, match="bytes"):
        read_lora(path, unet)


def test_the_largest_lora_that_is_read_can_be_kept() -> None:
    """What was taught at the largest rank is not refused by the library afterwards."""
    assert MAX_LORA_BYTES <= MAX_SUBJECT_FILE_BYTES


def test_a_file_that_is_not_there_is_named(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    """Nothing at the place, and a folder there."""
    for path in (tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(SubjectDamaged, match=path.name):
            read_lora(path, unet)


class Canary:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("suffix", ["safetensors", "pt", "pth", "ckpt", "bin"])
def test_a_pickle_is_never_opened(unet: UNet2DConditionModel, tmp_path: Path, suffix: str) -> None:
    """Whatever a pickle is called, what it would do is not done."""
    made = tmp_path / "made"
    plain, saved = tmp_path / f"plain.{suffix}", tmp_path / f"saved.{suffix}"
    plain.write_bytes(pickle.dumps(Canary(made)))
    torch.save({"unet.lora": Canary(made)}, saved)
    for path in (plain, saved):
        with pytest.raises(SubjectDamaged):
            read_lora(path, unet)
    assert not made.exists()
    pickle.loads(plain.read_bytes())
    assert made.exists()


@settings(max_examples=60)
@given(place=st.integers(0, 1 << 14), value=st.integers(0, 255), cut=st.integers(0, 40))
def test_a_spoiled_byte_is_read_or_refused(
    unet: UNet2DConditionModel, tmp_path_factory: pytest.TempPathFactory, place: int, value: int, cut: int
) -> None:
    """Any byte of a file changed, and some lost: finite numbers, or a documented error."""
    content = bytearray(save(tensors_for(unet, 1)))
    content[place % len(content)] = value
    path = written(tmp_path_factory.mktemp("spoiled"), bytes(content[: len(content) - cut]))
    try:
        lora = read_lora(path, unet)
    except (SubjectDamaged, WrongBase) as error:
        assert "\n" not in str(error)
    else:
        assert all(tensor.isfinite().all() for tensor in lora_tensors(lora).values())
