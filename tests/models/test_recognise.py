"""A base is known by the names and shapes in its files, and what cannot be used is told why."""

import json
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from dreammix.models import find
from dreammix.models.recognise import BaseKind, Family, Form, recognise
from dreammix.protocol import DreamMixError, ModelDamaged, ModelNotFound

DEPTHS: Final = {
    **{f"input_blocks.{number}.1": depth for number, depth in ((4, 2), (5, 2), (7, 10), (8, 10))},
    "middle_block.1": 10,
    **{f"output_blocks.{number}.1": 10 if number < 3 else 2 for number in range(6)},
}
OTHERS: Final = (
    "first_stage_model.encoder.conv_in.weight",
    "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight",
    "conditioner.embedders.1.model.ln_final.weight",
)


def write(
    path: Path,
    *,
    channels: int = 4,
    context: int = 2048,
    depths: Mapping[str, int] = DEPTHS,
    more: tuple[str, ...] = ("label_emb.0.0.weight",),
    others: tuple[str, ...] = OTHERS,
    notes: Mapping[str, str] | None = None,
) -> Path:
    """A file with the names that tell a model by, and hardly any numbers."""
    unet = {
        "input_blocks.0.0.weight": torch.zeros(2, channels, 3, 3),
        **{name: torch.zeros(1) for name in more if not name.startswith("/")},
        **{
            f"{place}.transformer_blocks.{number}.attn2.to_k.weight": torch.zeros(1, context)
            for place, depth in depths.items()
            for number in range(depth)
        },
    }
    tensors = {f"model.diffusion_model.{name}": tensor for name, tensor in unet.items()}
    tensors |= {name: torch.zeros(1) for name in others}
    tensors |= {name.removeprefix("/"): torch.zeros(1) for name in more if name.startswith("/")}
    save_file(tensors, path, dict(notes or {}))
    return path


@pytest.mark.parametrize("name", ["folder", "file.safetensors"])
def test_sdxl_is_known_in_both_forms(small_sdxl: Path, name: str) -> None:
    """Diffusers' folder and a single file, whatever the widths of the layers."""
    form = Form.FOLDER if name == "folder" else Form.FILE
    assert recognise(small_sdxl / name) == BaseKind(
        family=Family.SDXL, channels=4, prediction="epsilon", form=form, native_side=64, refusal=None
    )


def test_a_folder_of_its_own_may_hold_a_single_file(tmp_path: Path) -> None:
    """As an installed model has it."""
    write(tmp_path / "model.safetensors")
    kind = recognise(tmp_path)
    assert (kind.form, kind.family, kind.refusal) == (Form.FILE, Family.SDXL, None)


def test_own_models_are_known_by_what_was_published_with_them(tiny_model: Path) -> None:
    """The sandbox, and whatever is trained like it: their architecture is their own."""
    for folder, side in ((find("sandbox"), 128), (tiny_model, 32)):
        kind = recognise(folder)
        assert (kind.family, kind.native_side, kind.refusal) == (Family.OWN, side, None)


def test_an_inpainting_model_of_nine_channels_is_known(tmp_path: Path) -> None:
    """SDXL-Inpainting 0.1 is SDXL with five more channels."""
    kind = recognise(write(tmp_path / "inpainting.safetensors", channels=9))
    assert (kind.family, kind.channels, kind.refusal) == (Family.SDXL, 9, None)


@pytest.mark.parametrize(
    ("change", "family", "why"),
    [
        ({"more": (), "context": 768}, Family.SD1, "only SDXL"),
        ({"more": (), "context": 1024}, Family.SD2, "only SDXL"),
        ({"more": (), "context": 4096}, Family.OTHER, "no model that this program knows"),
        (
            {"more": ("label_emb.0.0.weight", "input_blocks.11.0.out_layers.0.bias")},
            Family.REFINER,
            "refiner",
        ),
        ({"more": ("label_emb.0.0.weight", "time_embed.cond_proj.weight")}, Family.DISTILLED, "few steps"),
        ({"depths": DEPTHS | {"middle_block.1": 0}}, Family.DISTILLED, "smaller"),
        ({"channels": 8}, Family.SDXL, "8 input channels"),
        ({"more": ("label_emb.0.0.weight", "/v_pred")}, Family.SDXL, "predicts v_prediction"),
        ({"notes": {"modelspec.prediction_type": "v"}}, Family.SDXL, "predicts v_prediction"),
        ({"more": ("label_emb.0.0.weight", "/edm_mean")}, Family.SDXL, "another kind"),
        ({"notes": {"modelspec.title": "Someone's XL Lightning"}}, Family.DISTILLED, "Lightning"),
        ({"others": OTHERS[1:]}, Family.SDXL, "autoencoder is missing"),
        ({"others": OTHERS[:2]}, Family.SDXL, "second text encoder is missing"),
    ],
)
def test_what_cannot_be_used_is_told_why(
    tmp_path: Path, change: dict[str, Any], family: Family, why: str
) -> None:
    """Other architectures, distilled ones, other predictions, parts of models."""
    kind = recognise(write(tmp_path / "model.safetensors", **change))
    assert kind.family is family
    assert why in (kind.refusal or "")


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("sdxl_turbo_1.0", False),
        ("RealVisXL_V5.0_Lightning_fp16", False),
        ("dreamshaperXL_v21TurboDPMSDE", False),
        ("juggernaut-xl-hyper", False),
        ("noobai-XL-Vpred-1.0", False),
        ("hyperrealistic_v3", True),
        ("ponyDiffusionV6XL_v6StartWithThisOne", True),
        ("sd_xl_base_1.0", True),
    ],
)
def test_a_name_that_says_so_is_believed(tmp_path: Path, name: str, usable: bool) -> None:
    """Distillation to few steps leaves no other trace, and velocity often none."""
    assert (recognise(write(tmp_path / f"{name}.safetensors")).refusal is None) == usable


@pytest.mark.parametrize(
    ("told", "side"),
    [("768x768", 768), ("1024 x 1024", 1024), ("1000x1000", 1024), ("64x128", 1024), ("", 1024)],
)
def test_the_side_is_the_one_that_the_file_tells(tmp_path: Path, told: str, side: int) -> None:
    """If it is one that SDXL can paint; otherwise SDXL's own."""
    path = write(tmp_path / "model.safetensors", notes={"modelspec.resolution": told})
    assert recognise(path).native_side == side


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("scheduler/scheduler_config.json", {"prediction_type": "v_prediction"}, "predicts v_prediction"),
        ("scheduler/scheduler_config.json", {"rescale_betas_zero_snr": True}, "another kind"),
        ("scheduler/scheduler_config.json", {"_class_name": "EDMEulerScheduler"}, "another kind"),
    ],
)
def test_a_folders_scheduler_is_asked(
    small_sdxl: Path, tmp_path: Path, file: str, content: dict[str, object], why: str
) -> None:
    """It says what a model predicts and what noise it knows."""
    folder = linked(small_sdxl / "folder", tmp_path / "sdxl")
    config = json.loads((folder / file).read_text())
    (folder / file).unlink()
    (folder / file).write_text(json.dumps(config | content))
    assert why in (recognise(folder).refusal or "")


def test_a_folder_without_all_its_parts_is_no_model(small_sdxl: Path, tmp_path: Path) -> None:
    """The first part that is missing is named."""
    folder = linked(small_sdxl / "folder", tmp_path / "sdxl")
    (folder / "vae").rename(tmp_path / "vae")
    assert recognise(folder).refusal == "it is only a part of a model: the vae is missing"


class Canary:
    """Whoever unpickles it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".pth", ".bin", ".pkl", ".safetensors", ""])
def test_a_pickle_is_never_read_whatever_it_is_called(tmp_path: Path, suffix: str) -> None:
    """It is refused, or found to be no safetensors file; what is in it does not run."""
    path, canary = tmp_path / f"model{suffix}", tmp_path / "canary"
    path.write_bytes(pickle.dumps(Canary(canary)))
    try:
        assert "pickle" in (recognise(path).refusal or "")
    except ModelDamaged:
        assert suffix in (".safetensors", "")
    assert not canary.exists()


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    """Older models on the hub are such."""
    (tmp_path / "unet").mkdir()
    torch.save({}, tmp_path / "unet" / "diffusion_pytorch_model.bin")
    assert recognise(tmp_path).refusal == "its weights are pickles; get them as safetensors"


def test_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    """A slip of the pen in a path is no damaged model."""
    with pytest.raises(ModelNotFound):
        recognise(tmp_path / "absent.safetensors")


@given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: _headed(text.encode())))
def test_any_bytes_are_a_kind_or_a_documented_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """A hostile file cannot do more than be refused."""
    path = tmp_path_factory.mktemp("any") / "model.safetensors"
    path.write_bytes(content)
    try:
        assert recognise(path).refusal is not None
    except DreamMixError as error:
        assert "\n" not in str(error)


def _headed(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text


def linked(folder: Path, copy: Path) -> Path:
    """A copy of a folder in which files may be replaced, but not changed."""
    for path in folder.rglob("*"):
        if path.is_file():
            place = copy / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)
    return copy
