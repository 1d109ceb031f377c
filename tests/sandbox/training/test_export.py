"""What training ends with is a model's folder that loads like any other."""

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from dreammix.denoisers import Prediction
from dreammix.models.base import BaseModel, load
from dreammix.sandbox import architecture
from dreammix.sandbox.tokens import END, START
from dreammix.sandbox.training import export as exporting
from dreammix.sandbox.training.autoencoder import world_picture
from dreammix.sandbox.training.denoiser import Trainee
from dreammix.sandbox.training.export import carried, export, preview_map, restore


@pytest.fixture
def folder(
    trainee: Trainee,
    vae: AutoencoderKL,
    learned: CLIPTokenizer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An exported model, beside a model card."""
    monkeypatch.setattr(exporting, "PREVIEW_PICTURES", 4)
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "README.md").write_text("A model card.")
    export(trainee, vae, learned, folder, seed=0)
    return folder


@pytest.fixture
def model(folder: Path) -> BaseModel:
    """The exported model, loaded as any other."""
    return load(folder)


def test_the_loaded_model_is_the_trained_one(model: BaseModel, trainee: Trainee) -> None:
    """Every weight comes back as the trained one, rounded to fp16."""
    trained, loaded = trainee.unet.state_dict(), model.unet.state_dict()
    assert all(torch.equal(loaded[name], trained[name].half().float()) for name in trained)
    assert model.head is not None
    assert torch.equal(model.head, trainee.head.weight.detach().half().float())
    for ours, theirs in zip(trainee.encoders, model.text.encoders, strict=True):
        loaded = theirs.state_dict()
        assert all(torch.equal(loaded[name], value.float()) for name, value in ours.state_dict().items())


def test_the_loaded_model_says_what_it_is(model: BaseModel) -> None:
    """Its name, its sides, its prediction and its words."""
    assert model.name == "sandbox"
    assert model.native_side == architecture.NATIVE_SIDE
    assert model.multiple == 16
    assert model.prediction is Prediction.V
    assert model.autoencoder.scale == architecture.VAE_SCALE
    assert len(model.text.ids(["a red mug"])[0][0]) == architecture.TOKENS


def test_training_goes_on_from_an_exported_model(
    folder: Path, trainee: Trainee, vae: AutoencoderKL, learned: CLIPTokenizer
) -> None:
    """Another trainee and autoencoder take over every weight, and the scale of the latents."""
    torch.manual_seed(8)
    own, autoencoder = Trainee(learned), architecture.autoencoder()
    restore(own, autoencoder, learned, folder)
    expected = trainee.state_dict()
    assert all(torch.equal(value, expected[name].half().float()) for name, value in own.state_dict().items())
    decoder = vae.state_dict()
    assert all(torch.equal(value, decoder[name].float()) for name, value in autoencoder.state_dict().items())
    assert autoencoder.config["scaling_factor"] == vae.config["scaling_factor"]


def test_words_that_are_new_begin_as_their_letters(learned: CLIPTokenizer) -> None:
    """What was known keeps its row; what was not gets the mean of its letters' rows."""
    known, more = (
        CLIPTokenizer(vocab={token: place for place, token in enumerate(tokens)}, merges=[])
        for tokens in (("a", "b", "ab", START, END), ("b", "ba</w>", "ab", START, END))
    )
    assert carried(torch.arange(5.0)[:, None], known, more)[:, 0].tolist() == [1, 0.5, 2, 3, 4]


def test_what_lies_in_the_folder_stays(folder: Path, model: BaseModel) -> None:
    """The model card is still there after the export, and disturbs nobody."""
    assert (folder / "README.md").read_text() == "A model card."


def test_no_file_is_too_large(folder: Path) -> None:
    """Files are fp16 safetensors of at most 15 MB each."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".safetensors" for path in files)
    assert not any(path.suffix in (".bin", ".pt", ".ckpt") for path in files)
    assert max(path.stat().st_size for path in files) <= 15_000_000


def test_the_preview_is_the_best_linear_one(
    small: None, vae: AutoencoderKL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other map of its form, however near, shows the pictures that it was fitted on with less error."""
    monkeypatch.setattr(exporting, "PREVIEW_PICTURES", 4)
    fitted = preview_map(vae, 0)
    assert fitted["weight"].shape == (3, 4)
    assert fitted["bias"].shape == (3,)
    pictures = (
        torch.stack([torch.from_numpy(world_picture(2, k)) for k in range(4)]).permute(0, 3, 1, 2) * 2 - 1
    )
    with torch.no_grad():
        latents = vae.encode(pictures).latent_dist.mean * vae.config["scaling_factor"]
    cells = torch.nn.functional.avg_pool2d(pictures, architecture.VAE_SCALE)

    def error(weight: torch.Tensor, bias: torch.Tensor) -> float:
        shown = torch.einsum("ij,njhw->nihw", weight, latents) + bias[:, None, None]
        return float(((shown - cells) ** 2).mean())

    best = error(fitted["weight"], fitted["bias"])
    nudge = 0.02 * torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    assert error(fitted["weight"] + nudge, fitted["bias"]) > best
    assert error(fitted["weight"], fitted["bias"] + nudge[:, 0]) > best
