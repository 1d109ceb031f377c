"""A model's folder becomes a model in memory, or an error that says what is wrong with it."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dreammix.denoisers import Prediction
from dreammix.models import write_manifest
from dreammix.models.base import load
from dreammix.protocol import ModelDamaged, ModelNotFound
from tests.tiny_model import save_tiny_model


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model, to be spoiled."""
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def rewrite_manifest(folder: Path) -> None:
    """Make the hashes right again, as if the model had been published like this."""
    write_manifest(folder, name="tiny", native_side=32, multiple=16)


def test_a_model_says_what_its_folder_says(tiny_model: Path) -> None:
    """Name and sides come from the manifest, prediction and noise from the scheduler."""
    model = load(tiny_model)
    assert (model.name, model.native_side, model.multiple) == ("tiny", 32, 16)
    assert model.prediction is Prediction.V
    assert len(model.levels.sigmas) == 1000
    assert model.autoencoder.scale == 4


def test_loading_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """No bar and no remark of a library reaches the terminal, though the U-Net lies in several files."""
    load("sandbox")
    assert capfd.readouterr() == ("", "")


def test_half_precision_files_are_loaded_exactly(tiny_model: Path) -> None:
    """What is fp16 on disk is computed in fp32, with the same values."""
    model = load(tiny_model)
    stored = load_file(tiny_model / "unet" / "diffusion_pytorch_model.safetensors")
    loaded = model.unet.state_dict()
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert all(torch.equal(loaded[name], tensor.float()) for name, tensor in stored.items())
    assert model.head is not None
    assert torch.equal(model.head, load_file(tiny_model / "inpaint_head.safetensors")["head"].float())


def test_a_nine_channel_model_needs_no_head(tmp_path: Path) -> None:
    """An inpainting U-Net of nine channels is told about the picture by its own input."""
    save_tiny_model(tmp_path / "nine", in_channels=9)
    assert load(tmp_path / "nine").head is None


def test_a_text_model_alone_is_refused(copy: Path) -> None:
    """A U-Net of four channels without its head cannot inpaint, and is not used as if it could."""
    (copy / "inpaint_head.safetensors").unlink()
    rewrite_manifest(copy)
    with pytest.raises(ModelDamaged, match="inpaint_head"):
        load(copy)


def test_a_u_net_of_other_channels_is_refused(tmp_path: Path) -> None:
    """Five input channels belong to no inpainting model that is known here."""
    save_tiny_model(tmp_path / "five", in_channels=5)
    with pytest.raises(ModelDamaged, match="5 input channels"):
        load(tmp_path / "five")


@pytest.mark.parametrize(
    "name",
    [
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "text_encoder_2/model.safetensors",
        "tokenizer/tokenizer.json",
        "scheduler/scheduler_config.json",
        "inpaint_head.safetensors",
        "preview.safetensors",
    ],
)
def test_an_altered_file_is_found_before_it_is_loaded(copy: Path, name: str) -> None:
    """One changed byte in any file that matters is a ModelDamaged that names the file."""
    content = bytearray((copy / name).read_bytes())
    content[-1] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ModelDamaged, match=Path(name).name):
        load(copy)


@pytest.mark.parametrize("name", ["unet/config.json", "vae/config.json", "tokenizer_2/tokenizer.json"])
def test_a_model_that_was_published_broken_is_refused(copy: Path, name: str) -> None:
    """Right hashes of wrong files are a ModelDamaged in one line, not a library's traceback."""
    (copy / name).write_text("{")
    rewrite_manifest(copy)
    with pytest.raises(ModelDamaged) as caught:
        load(copy)
    assert "\n" not in str(caught.value)


def test_an_unknown_model_is_not_looked_for_elsewhere() -> None:
    """A name that looks like one of the hub's is not downloaded."""
    with pytest.raises(ModelNotFound, match="someone/something"):
        load("someone/something")
