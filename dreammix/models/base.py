"""A base model in memory, and how it gets there: by diffusers and transformers, from local files only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.utils import logging as diffusers_logging
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from dreammix.conditioning import TextEncoders
from dreammix.denoisers import Autoencoder, LatentPreview, NoiseLevels, Prediction
from dreammix.models.devices import PROCESSOR, device_named
from dreammix.models.manifest import Manifest, read_manifest, verify
from dreammix.models.memory import Device, Profile, fit, model_size, painting, possible
from dreammix.models.placement import DTYPES, lay_out
from dreammix.models.registry import find
from dreammix.protocol import InvalidRequest, ModelDamaged

HEAD_FILE: Final = "inpaint_head.safetensors"
PREVIEW_FILE: Final = "preview.safetensors"
HEAD_UNET_CHANNELS: Final = 4
INPAINTING_UNET_CHANNELS: Final = 9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BaseModel:
    """Everything that was loaded from one model's folder, in evaluation mode.

    Attributes:
        device: where it computes, and what is given to its parts has to be there: its weights may wait elsewhere.
        profile: how it lies in the device's memory.
        name: what the model calls itself.
        fingerprint: see `Manifest.fingerprint`.
        native_side, multiple: see `Manifest`; in pixels.
        unet: with SDXL's `text_time` conditioning.
        autoencoder: between pictures and scaled latents.
        text: both text encoders with their tokenizers.
        head: (F, 5, 3, 3), the inpainting head of a 4-channel U-Net; None where the U-Net has 9 channels.
        prediction: what the U-Net predicts.
        levels: the noise that it was trained on.
        preview: latents to small pictures, at no cost.
    """

    device: torch.device
    profile: Profile
    name: str
    fingerprint: str
    native_side: int
    multiple: int
    unet: UNet2DConditionModel
    autoencoder: Autoencoder
    text: TextEncoders
    head: Tensor | None
    prediction: Prediction
    levels: NoiseLevels
    preview: LatentPreview


def load(name_or_folder: str | Path, *, device: str = PROCESSOR, profile: Profile | None = None) -> BaseModel:
    """Check a model's files against its manifest, and load it.

    Args:
        name_or_folder: see `dreammix.models.find`.
        device: where it is to compute, see `device_named`: in fp32 on the processor, else in half precision.
        profile: how it is to lie in memory; None: as `dreammix.models.memory.fit` has it for one insert.

    Raises:
        InvalidRequest: there is no such device, or the profile means nothing there.
        ModelNotFound: there is no such model.
        ModelDamaged: a file is missing or altered, or the files make no inpainting model.
    """
    computer = device_named(device)
    if profile is not None and not possible(profile, computer.kind):
        raise InvalidRequest(
            f"The memory profile {profile} means nothing on {computer.title}",
            "its memory is the machine's own" if computer.kind.shares_memory else "it has no such numbers",
            f"Choose the profile {Profile.FULL} or {Profile.TILED}",
        )
    folder = find(str(name_or_folder))
    manifest = read_manifest(folder)
    verify(folder, manifest)
    # The hashes are right, so what fails now was published wrong: the libraries say why in their own errors.
    try:
        with _quiet():
            return _load(folder, manifest, computer, profile)
    except torch.OutOfMemoryError:
        raise  # The device's fault, and not the files'.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ModelDamaged(
            f"The model in {folder} cannot be loaded",
            f"its files do not fit together ({error})",
            "Choose another model, or install this one again",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars and no remarks of the libraries: who called shows its own; what fails is an error."""
    with ExitStack() as after:
        for library in (diffusers_logging, transformers_logging):
            if library.is_progress_bar_enabled():
                library.disable_progress_bar()
                after.callback(library.enable_progress_bar)
            after.callback(library.set_verbosity, library.get_verbosity())
            library.set_verbosity_error()
        yield


def _load(folder: Path, manifest: Manifest, device: Device, asked: Profile | None) -> BaseModel:
    dtype = DTYPES[device.precision]
    size = model_size(folder, manifest.native_side)
    profile = asked or fit(size, device, painting(1, manifest.native_side**2)).profile
    unet = UNet2DConditionModel.from_pretrained(
        folder, subfolder="unet", torch_dtype=dtype, local_files_only=True, use_safetensors=True
    )
    vae = AutoencoderKL.from_pretrained(
        folder, subfolder="vae", torch_dtype=dtype, local_files_only=True, use_safetensors=True
    )
    first = CLIPTextModel.from_pretrained(
        folder, subfolder="text_encoder", dtype=dtype, local_files_only=True, use_safetensors=True
    )
    second = CLIPTextModelWithProjection.from_pretrained(
        folder, subfolder="text_encoder_2", dtype=dtype, local_files_only=True, use_safetensors=True
    )
    tokenizers = tuple(
        CLIPTokenizer.from_pretrained(folder, subfolder=name, local_files_only=True)
        for name in ("tokenizer", "tokenizer_2")
    )
    scheduler = DDPMScheduler.from_pretrained(folder, subfolder="scheduler", local_files_only=True)
    preview = load_file(folder / PREVIEW_FILE)
    head = _head(folder, unet, dtype)
    lay_out(
        unet.eval(),
        vae.eval(),
        (first, second),
        device=device,
        profile=profile,
        native_side=manifest.native_side,
    )
    there = torch.device(device.name)
    return BaseModel(
        device=there,
        profile=profile,
        name=manifest.name,
        fingerprint=manifest.fingerprint,
        native_side=manifest.native_side,
        multiple=manifest.multiple,
        unet=unet,
        autoencoder=Autoencoder(vae, there),
        text=TextEncoders(tokenizers, (first, second), there),
        head=None if head is None else head.to(there),
        prediction=Prediction(scheduler.config.prediction_type),
        levels=NoiseLevels(scheduler.alphas_cumprod),
        preview=LatentPreview(preview["weight"].float(), preview["bias"].float()),
    )


def _head(folder: Path, unet: UNet2DConditionModel, dtype: torch.dtype) -> Tensor | None:
    """The head that a 4-channel U-Net needs, and that a 9-channel one has built in."""
    channels = unet.config["in_channels"]
    if channels == INPAINTING_UNET_CHANNELS:
        return None
    if channels != HEAD_UNET_CHANNELS:
        raise ValueError(f"a U-Net with {channels} input channels does no inpainting")
    return load_file(folder / HEAD_FILE)["head"].to(dtype)
