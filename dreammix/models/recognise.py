"""What sort of base model lies in a folder or a file: told from names and shapes, before anything is loaded.

Only headers and configurations are read. Models that differ in nothing but their numbers cannot be told
apart by them: whether an SDXL was distilled to few steps shows in its name and in what its authors wrote, if
at all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from dreammix.fooocus.names import original_name
from dreammix.models.manifest import MANIFEST
from dreammix.models.tensors import (
    CHECKPOINT_ITEM_BYTES,
    MAX_CHECKPOINT_HEADER_BYTES,
    Header,
    read_header,
)
from dreammix.protocol import ModelDamaged, ModelNotFound

SINGLE_FILE: Final = "model.safetensors"
"""What a single file is called in a model's folder of its own."""
PARTS: Final = ("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")
"""The folders of an SDXL in diffusers' form."""
PREVIEW_FILE: Final = "preview.safetensors"
TEXT_CHANNELS: Final = 4
INPAINTING_CHANNELS: Final = 9
SDXL_SIDE: Final = 1024
"""The side, in pixels, at which SDXL is at home, where a file does not say another."""
_UNET: Final = "model.diffusion_model."
_ENDINGS_OF_PICKLES: Final = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl", ".patch"})
_FILE_PARTS: Final[Mapping[str, str]] = {
    "autoencoder": "first_stage_model.",
    "first text encoder": "conditioner.embedders.0.transformer.",
    "second text encoder": "conditioner.embedders.1.model.",
}
_TRANSFORMER: Final = re.compile(r"(.+)\.transformer_blocks\.\d+\.attn2\.to_k\.weight")
_SDXL_DEPTHS: Final[Mapping[str, int]] = {
    **{f"input_blocks.{number}.1": depth for number, depth in ((4, 2), (5, 2), (7, 10), (8, 10))},
    "middle_block.1": 10,
    **{f"output_blocks.{number}.1": 10 if number < 3 else 2 for number in range(6)},
}
_CONTEXT_WIDTHS: Final = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2"}
_FEW_STEPS: Final = re.compile(
    r"(?<![A-Za-z])(turbo|lightning|hyper|lcm|dmd2?)(?![a-z])|(Turbo|Lightning|Hyper|LCM|DMD2?|TURBO)(?![a-z])"
)
_VELOCITY: Final = re.compile(r"v[-_ ]?pred", re.IGNORECASE)
_RESOLUTION: Final = re.compile(r"(\d{2,5})x(\d{2,5})")
_NAMES_PREDICTION: Final = ("modelspec.prediction_type", "modelspec.predict_key")


class Family(StrEnum):
    """Which architecture."""

    OWN = "published for DreamMix"
    SDXL = "SDXL"
    DISTILLED = "distilled SDXL"
    REFINER = "SDXL refiner"
    SD1 = "Stable Diffusion 1"
    SD2 = "Stable Diffusion 2"
    OTHER = "unknown"


class Form(StrEnum):
    """How it lies on the disk."""

    FOLDER = "folder"
    FILE = "single file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseKind:
    """What a base model is.

    Attributes:
        family: its architecture.
        channels: its U-Net's input channels: 4 needs inpainting weights, 9 paints into pictures by itself.
        prediction: what it predicts, a diffusers `prediction_type`.
        form: how it lies on the disk.
        native_side: the side, in pixels, of the square pictures that it was trained on.
        refusal: why it cannot be used, as a clause; None: it can.
    """

    family: Family
    channels: int
    prediction: str
    form: Form
    native_side: int
    refusal: str | None


def weights_of(path: Path) -> Path:
    """The file, or the folder in diffusers' form, that is meant: `path` may be a single file's own folder."""
    inner = path / SINGLE_FILE
    return inner if inner.is_file() and not (path / "unet").is_dir() else path


def recognise(path: Path) -> BaseKind:
    """Tell what a file or a folder holds.

    Raises:
        ModelNotFound: nothing is there.
        ModelDamaged: a header or a configuration makes no sense.
    """
    place = weights_of(path)
    if not place.exists():
        raise ModelNotFound(
            f"There is no model in {path}", "nothing is there", "Give a model's file or folder"
        )
    try:
        return _folder(place) if place.is_dir() else _file(place)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelDamaged(
            f"The model in {path} cannot be read",
            str(error).strip("'\"") or type(error).__name__,
            "Install it again, or choose another",
        ) from error


def _file(path: Path) -> BaseKind:
    if path.suffix.lower() in _ENDINGS_OF_PICKLES:
        return _refused(
            Form.FILE, "it is a pickle, which can run a stranger's program; get it as safetensors"
        )
    header = read_weights_header(path)
    unet = {
        name.removeprefix(_UNET): tensor.shape
        for name, tensor in header.tensors.items()
        if name.startswith(_UNET)
    }
    names = (
        path.stem,
        *(header.notes.get(note, "") for note in ("modelspec.title", "modelspec.architecture")),
    )
    said = {header.notes.get(note, "").lower() for note in _NAMES_PREDICTION}
    velocity = bool(
        header.tensors.keys() & {"v_pred", "edm_vpred.sigma_max"}
        or said & {"v", "v_prediction", "v-prediction", "vpred", "velocity"}
        or any(_VELOCITY.search(name) for name in names)
    )
    missing = [
        part for part, prefix in _FILE_PARTS.items() if not any(n.startswith(prefix) for n in header.tensors)
    ]
    return _kind(
        unet,
        form=Form.FILE,
        prediction="v_prediction" if velocity else "epsilon",
        names=names,
        native_side=_declared_side(header.notes),
        missing=missing,
        odd="it was trained on noise of another kind" if "edm_mean" in header.tensors else None,
    )


def _folder(path: Path) -> BaseKind:
    files = sorted((path / "unet").glob("*.safetensors"))
    if not files:
        pickles = any(file.suffix in _ENDINGS_OF_PICKLES for file in (path / "unet").glob("*"))
        why = "its weights are pickles; get them as safetensors" if pickles else "it holds no U-Net"
        return _refused(Form.FOLDER, why)
    config = _json(path / "unet" / "config.json")
    layers = int(config.get("layers_per_block", 2))
    shapes = {
        name: tensor.shape for file in files for name, tensor in read_weights_header(file).tensors.items()
    }
    scheduler = _json(path / "scheduler" / "scheduler_config.json") if (path / "scheduler").is_dir() else {}
    scale = 1 << (
        len(_json(path / "vae" / "config.json")["block_out_channels"]) - 1 if (path / "vae").is_dir() else 3
    )
    if (path / MANIFEST).is_file() and (path / PREVIEW_FILE).is_file():
        return BaseKind(
            family=Family.OWN,
            channels=shapes["conv_in.weight"][1],
            prediction=str(scheduler["prediction_type"]),
            form=Form.FOLDER,
            native_side=int(config["sample_size"]) * scale,
            refusal=None,
        )
    odd_noise = str(scheduler.get("_class_name", "")).startswith("EDM") or scheduler.get(
        "rescale_betas_zero_snr"
    )
    return _kind(
        dict(_originals(shapes, layers)),
        form=Form.FOLDER,
        prediction=str(scheduler.get("prediction_type", "epsilon")),
        names=(path.name,),
        native_side=int(config.get("sample_size", SDXL_SIDE // scale)) * scale,
        missing=[part for part in PARTS if not (path / part).is_dir()],
        odd="it was trained on noise of another kind" if odd_noise else None,
    )


def _kind(
    unet: Mapping[str, tuple[int, ...]],
    *,
    form: Form,
    prediction: str,
    names: Iterable[str],
    native_side: int,
    missing: list[str],
    odd: str | None,
) -> BaseKind:
    """Put together what was found, and the first reason against it."""
    first = unet.get("input_blocks.0.0.weight")
    if first is None or len(first) != 4:
        return _refused(form, "it holds no U-Net of Stable Diffusion")
    channels = first[1]
    family, refusal = _family(unet)
    if family is Family.SDXL and refusal is None:
        few_steps = next((found for name in names if (found := _FEW_STEPS.search(name))), None)
        if channels not in (TEXT_CHANNELS, INPAINTING_CHANNELS):
            refusal = f"its U-Net has {channels} input channels, and paints into no picture"
        elif few_steps is not None:
            family = Family.DISTILLED
            refusal = f"it calls itself {few_steps[0]}: a model that was distilled to few steps"
        elif prediction != "epsilon":
            refusal = (
                f"it predicts {prediction}, and the inpainting weights are for models that predict noise"
            )
        elif odd is not None:
            refusal = odd
        elif missing:
            refusal = f"it is only a part of a model: the {missing[0]} is missing"
    return BaseKind(
        family=family,
        channels=channels,
        prediction=prediction,
        form=form,
        native_side=native_side,
        refusal=refusal,
    )


def _family(unet: Mapping[str, tuple[int, ...]]) -> tuple[Family, str | None]:
    """The architecture of a U-Net by its original names, and why it cannot be used."""
    transformers = [(place[1], unet[name][-1]) for name in unet if (place := _TRANSFORMER.fullmatch(name))]
    if "label_emb.0.0.weight" not in unet:
        width = transformers[0][1] if transformers else 0
        called = _CONTEXT_WIDTHS.get(width)
        if called is None:
            return Family.OTHER, "it is no model that this program knows"
        return Family(called), f"it is a {called}; only SDXL and its relatives are supported"
    if any(name.startswith("input_blocks.11.") for name in unet):
        return Family.REFINER, "it is SDXL's refiner, which finishes pictures and begins none"
    if "time_embed.cond_proj.weight" in unet:
        return Family.DISTILLED, "it was distilled to few steps (LCM), and takes no guidance"
    if Counter(place for place, _ in transformers) != Counter(_SDXL_DEPTHS):
        return Family.DISTILLED, "its U-Net lacks layers of SDXL's: it was distilled to a smaller one"
    return Family.SDXL, None


def _originals(shapes: Mapping[str, tuple[int, ...]], layers: int) -> Iterable[tuple[str, tuple[int, ...]]]:
    for name, shape in shapes.items():
        if name == "time_embedding.cond_proj.weight":
            yield "time_embed.cond_proj.weight", shape
            continue
        try:
            yield original_name(name, layers), shape
        except ValueError:
            yield f"other.{name}", shape


def read_weights_header(path: Path) -> Header:
    """The checked header of a whole model's file, or of a part of it. Raises OSError, ValueError."""
    with path.open("rb") as stream:
        size = path.stat().st_size
        try:
            return read_header(stream, size, CHECKPOINT_ITEM_BYTES, MAX_CHECKPOINT_HEADER_BYTES)
        except ValueError as error:
            raise ValueError(f"{path.name} is no sound safetensors file: {error}") from error


def _declared_side(notes: Mapping[str, str]) -> int:
    """The side that a file's notes name (`modelspec.resolution`), where it is one that SDXL can paint."""
    told = _RESOLUTION.fullmatch(notes.get("modelspec.resolution", "").replace(" ", ""))
    side = int(told[1]) if told and told[1] == told[2] else SDXL_SIDE
    return side if 64 <= side <= 2 * SDXL_SIDE and side % 64 == 0 else SDXL_SIDE


def _json(path: Path) -> Mapping[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"{path.name} is no object")
    return content


def _refused(form: Form, why: str) -> BaseKind:
    return BaseKind(
        family=Family.OTHER, channels=0, prediction="epsilon", form=form, native_side=SDXL_SIDE, refusal=why
    )
