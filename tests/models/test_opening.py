"""A base becomes the same inpainting model from whatever form it comes in, or an error says what is wrong."""

import socket
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dreammix.denoisers import Autoencoder, Prediction
from dreammix.fooocus import read_weights
from dreammix.fooocus.merge import merge, read_head
from dreammix.models.base import BaseModel, load
from dreammix.models.fitting import fitted_preview
from dreammix.models.opening import look
from dreammix.models.parts import load_folder
from dreammix.models.registry import find
from dreammix.models.single_file import tokenizers
from dreammix.protocol import ModelDamaged, ModelNotFound, ModelUnsuitable
from tests.models.test_recognise import linked, write
from tests.small_sdxl import full_unet, save_single_file, save_small_sdxl


@pytest.fixture(scope="module")
def base(small_sdxl: Path) -> BaseModel:
    """From diffusers' folder."""
    return load(small_sdxl / "folder", fooocus=small_sdxl / "fooocus")


def test_a_single_file_is_the_same_model_and_needs_no_network(
    small_sdxl: Path, base: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every weight to the bit, both tokenizers, the noise; no connection is even tried."""

    def refuse(*_: object) -> None:
        raise AssertionError("something was looked up")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    model = load(small_sdxl / "file.safetensors", fooocus=small_sdxl / "fooocus")
    pairs = [
        (model.unet, base.unet),
        (model.autoencoder.vae, base.autoencoder.vae),
        *zip(model.text.encoders, base.text.encoders, strict=True),
    ]
    for ours, theirs in pairs:
        weights, expected = ours.state_dict(), theirs.state_dict()
        assert weights.keys() == expected.keys()
        assert all(torch.equal(tensor, expected[name]) for name, tensor in weights.items())
    prompts = ["a photo of a plushie, 3/4 view!", ""]
    assert all(
        torch.equal(a, b) for a, b in zip(model.text.ids(prompts), base.text.ids(prompts), strict=True)
    )
    assert torch.equal(model.levels.sigmas, base.levels.sigmas)
    assert model.prediction is base.prediction is Prediction.EPSILON
    assert (model.native_side, model.multiple) == (base.native_side, base.multiple) == (64, 64)


def test_fooocus_weights_are_merged_in(small_sdxl: Path, base: BaseModel) -> None:
    """Patch and head are what the converter wrote, and the base alone is another model."""
    weights = read_weights(small_sdxl / "fooocus")
    alone = load_folder(small_sdxl / "folder", torch.float32)
    merge(alone.unet, weights.patch)
    merged = alone.unet.state_dict()
    assert all(torch.equal(tensor, merged[name]) for name, tensor in base.unet.state_dict().items())
    assert base.head is not None
    assert torch.equal(base.head, read_head(weights.head))
    files = look(str(small_sdxl / "folder"), small_sdxl / "fooocus")
    assert base.fingerprint == files.fingerprint != files.manifest.fingerprint


def test_without_fooocus_weights_a_text_model_cannot_inpaint(small_sdxl: Path, tmp_path: Path) -> None:
    """What is missing is said before anything large is read."""
    with pytest.raises(ModelNotFound, match="Fooocus"):
        load(small_sdxl / "file.safetensors", fooocus=tmp_path)


def test_a_copy_under_another_name_is_the_same_model(small_sdxl: Path, tmp_path: Path) -> None:
    """What was taught on one is used with the other."""
    copy = tmp_path / "renamed.safetensors"
    copy.write_bytes((small_sdxl / "file.safetensors").read_bytes())
    ours, theirs = (
        look(str(path), small_sdxl / "fooocus") for path in (copy, small_sdxl / "file.safetensors")
    )
    assert ours.fingerprint == theirs.fingerprint
    assert ours.manifest.name == "renamed"


def test_half_precision_variants_and_nine_channels_are_loaded(tmp_path: Path) -> None:
    """As SDXL-Inpainting 0.1 lies on the hub; it needs no Fooocus weights, in either form."""
    save_small_sdxl(tmp_path / "nine", in_channels=9, variant="fp16")
    save_single_file(tmp_path / "nine", tmp_path / "nine.safetensors")
    folder, file = (
        load(tmp_path / "nine", fooocus=tmp_path),
        load(tmp_path / "nine.safetensors", fooocus=tmp_path),
    )
    assert folder.head is None
    assert file.head is None
    assert folder.unet.conv_in.in_channels == 9
    assert torch.equal(folder.unet.conv_in.weight, file.unet.conv_in.weight)


def test_an_unsuitable_model_is_not_called_damaged(tmp_path: Path) -> None:
    """The reason is the recogniser's."""
    with pytest.raises(ModelUnsuitable, match="Stable Diffusion 1"):
        load(write(tmp_path / "old.safetensors", more=(), context=768))


@pytest.mark.parametrize("change", ["nan", "missing", "narrow"])
def test_a_damaged_single_file_is_refused(small_sdxl: Path, tmp_path: Path, change: str) -> None:
    """NaN, a layer that is not there, one of another shape: an error in one line."""
    tensors = load_file(small_sdxl / "file.safetensors")
    name = "model.diffusion_model.middle_block.1.proj_in.weight"
    match change:
        case "nan":
            tensors[name][0, 0] = torch.nan
        case "missing":
            del tensors[name]
        case _:
            tensors[name] = tensors[name][:-1]
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ModelDamaged) as caught:
        load(tmp_path / "model.safetensors", fooocus=small_sdxl / "fooocus")
    assert "\n" not in str(caught.value)


def test_a_changed_folder_is_another_model(small_sdxl: Path, tmp_path: Path) -> None:
    """One byte in any file that is loaded changes the fingerprint; what is not loaded does not."""
    folder = linked(small_sdxl / "folder", tmp_path / "sdxl")
    before = look(str(folder), small_sdxl / "fooocus").fingerprint
    (folder / "README.md").write_text("a card")
    (folder / "sd_xl_base_1.0.safetensors").touch()
    assert look(str(folder), small_sdxl / "fooocus").fingerprint == before
    config = folder / "vae" / "config.json"
    content = config.read_text()
    config.unlink()
    config.write_text(content + " ")
    assert look(str(folder), small_sdxl / "fooocus").fingerprint != before


def test_the_configuration_that_comes_along_is_sdxls() -> None:
    """At full size: as many layers and numbers as SDXL's U-Net is published with, without their memory."""
    unet = full_unet()
    assert len(unet.state_dict()) == 1680
    assert sum(parameter.numel() for parameter in unet.parameters()) == 2_567_463_684


def test_the_tokenizers_are_clips() -> None:
    """Known numbers of known words; each pads in its own way."""
    first, second = (
        tokenizer("a photo of a cat", padding="max_length", max_length=9).input_ids
        for tokenizer in tokenizers()
    )
    assert first == [49406, 320, 1125, 539, 320, 2368, 49407, 49407, 49407]
    assert second == [49406, 320, 1125, 539, 320, 2368, 49407, 0, 0]


@torch.no_grad()
def test_a_fitted_preview_shows_colours() -> None:
    """On pictures that it was not fitted to, of an autoencoder that was trained: far nearer than grey."""
    vae = load_folder(find("sandbox"), torch.float32).vae
    preview = fitted_preview(vae)
    colours = torch.rand(4, 3, 2, 2, generator=torch.Generator().manual_seed(3)) * 2 - 1
    pictures = colours.repeat_interleave(32, dim=2).repeat_interleave(32, dim=3)
    shown = preview(Autoencoder(vae).encode(pictures))
    expected = torch.nn.functional.avg_pool2d(pictures, pictures.shape[-1] // shown.shape[-1])
    error = (shown - expected).abs().mean()
    assert error < 0.5 * (expected - expected.mean(dim=(2, 3), keepdim=True)).abs().mean()
