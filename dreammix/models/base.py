"""A base model in memory, and how it gets there: from local files only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from torch import Tensor
from transformers.utils import logging as transformers_logging

from dreammix.conditioning import TextEncoders
from dreammix.denoisers import Autoencoder, LatentPreview, NoiseLevels, Prediction
from dreammix.models.compiling import COMPILABLE, asked_for, compile_blocks
from dreammix.models.devices import device_named
from dreammix.models.memory import PROCESSOR, Device, check_possible, fit, model_size, painting
from dreammix.models.opening import Files, look, open_parts, open_preview
from dreammix.models.placement import DTYPES, lay_out
from dreammix.models.recognise import Family
from dreammix.models.shelf import worn_numbers
from dreammix.protocol import ModelDamaged, Profile


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class BaseModel:
    """Everything that was loaded from one model's folder, in evaluation mode.

    Attributes:
        device: where it computes, and what is given to its parts has to be; its weights may wait elsewhere.
        profile: how it lies in the device's memory.
        compiled: whether the U-Net's blocks are.
        name: what the model calls itself.
        fingerprint: see `dreammix.models.opening.Files`.
        native_side, multiple: see `Manifest`; in pixels.
        unet: with SDXL's `text_time` conditioning.
        precision: what the U-Net computes in, whatever its weights are kept in; to ask diffusers for it takes
            as long as a look at every module.
        autoencoder: between pictures and scaled latents.
        text: both text encoders with their tokenizers.
        head: (F, 5, 3, 3), the inpainting head of a 4-channel U-Net; None where the U-Net has 9 channels.
        prediction: what the U-Net predicts.
        levels: the noise that it was trained on.
        preview: latents to small pictures, at no cost.
    """

    device: torch.device
    profile: Profile
    compiled: bool
    name: str
    fingerprint: str
    native_side: int
    multiple: int
    unet: UNet2DConditionModel
    precision: torch.dtype
    autoencoder: Autoencoder
    text: TextEncoders
    head: Tensor | None
    prediction: Prediction
    levels: NoiseLevels
    preview: LatentPreview


def load(
    name_or_path: str | Path,
    *,
    device: str = PROCESSOR,
    profile: Profile | None = None,
    fooocus: Path | None = None,
    compiled: bool | None = None,
) -> BaseModel:
    """Check a model's files, and load it.

    Args:
        name_or_path: a known model's name, a folder, or a single file; see `dreammix.models.opening.look`.
        device: where it is to compute, see `device_named`: in fp32 on the processor, else in half precision.
        profile: how it is to lie in memory; None: as `dreammix.models.memory.fit` has it for one insert.
        fooocus: the folder of Fooocus' converted weights; None: where they are installed.
        compiled: whether the U-Net's blocks are compiled, in the profiles in which they can be; None: as
            `DREAMMIX_COMPILE` says.

    Raises:
        InvalidRequest: there is no such device, or the profile means nothing there.
        ModelNotFound: there is no such model, or Fooocus' weights are needed and not installed.
        ModelDamaged: a file is missing or altered, or the files make no inpainting model.
        ModelUnsuitable: the model is of a kind that cannot be used.
    """
    computer = device_named(device)
    if profile is not None:
        check_possible(profile, computer)
    files = look(str(name_or_path), fooocus)
    # The hashes are right, so what fails now was published wrong: the libraries say why in their own errors.
    try:
        with _quiet():
            return _load(files, computer, profile, asked_for() if compiled is None else compiled)
    except torch.OutOfMemoryError:
        raise  # The device's fault, and not the files'.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ModelDamaged(
            f"The model in {files.place} cannot be loaded",
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


def _load(files: Files, device: Device, asked: Profile | None, compiled: bool) -> BaseModel:
    parts, head = open_parts(files, DTYPES[device.precision])
    native_side = files.manifest.native_side
    preview = open_preview(files, parts.vae)
    # Whoever can paint drafts may be asked for them as long as it is loaded.
    work = painting(1, native_side**2, worn=worn_numbers(draft=files.kind.family is Family.SDXL))
    profile = asked or fit(model_size(files.place, native_side), device, work).profile
    lay_out(parts, device=device, profile=profile, native_side=native_side)
    there = torch.device(device.name)
    compiled = compiled and profile in COMPILABLE
    if compiled:
        compile_blocks(parts.unet)
    return BaseModel(
        device=there,
        profile=profile,
        compiled=compiled,
        name=files.manifest.name,
        fingerprint=files.fingerprint,
        native_side=native_side,
        multiple=files.manifest.multiple,
        unet=parts.unet,
        precision=parts.unet.dtype,
        autoencoder=Autoencoder(parts.vae, there),
        text=TextEncoders(parts.tokenizers, parts.encoders, there),
        head=None if head is None else head.to(there),
        prediction=Prediction(parts.scheduler.config.prediction_type),
        levels=NoiseLevels(parts.scheduler.alphas_cumprod),
        preview=preview,
    )
