"""From a name or a path to the parts of an inpainting model on the processor, whatever form they come in.

Two steps: `look` checks and recognises the files, and finds what they need besides; `open_parts` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from safetensors.torch import load_file
from torch import Tensor

from dreammix.denoisers import LatentPreview
from dreammix.fooocus import FooocusWeights, read_weights
from dreammix.fooocus.merge import merge, read_head
from dreammix.fooocus.weights import HEAD_FILE
from dreammix.models.fitting import fitted_preview
from dreammix.models.manifest import MANIFEST, Manifest, read_manifest, verify
from dreammix.models.parts import Parts, load_folder
from dreammix.models.recognise import (
    INPAINTING_CHANNELS,
    PREVIEW_FILE,
    TEXT_CHANNELS,
    BaseKind,
    Family,
    Form,
    recognise,
    weights_of,
)
from dreammix.models.registry import find
from dreammix.models.single_file import load_single_file
from dreammix.models.unlisted import fooocus_folder, merged_fingerprint, unlisted
from dreammix.models.wearing import make_wearable
from dreammix.protocol import ModelUnsuitable


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A model's files, which are whole and of a kind that can be used.

    Attributes:
        place: where they are: a folder, or a single file.
        manifest: theirs, or the one that they would have.
        kind: what they are.
        fooocus: what makes an inpainting model of them; None where nothing has to.
    """

    place: Path
    manifest: Manifest
    kind: BaseKind
    fooocus: FooocusWeights | None

    @property
    def fingerprint(self) -> str:
        """Of the model that is made of them: see `Manifest.fingerprint`; Fooocus' weights count too."""
        own = self.manifest.fingerprint
        return own if self.fooocus is None else merged_fingerprint(own, self.fooocus.fingerprint)


def look(name_or_path: str, fooocus: Path | None = None) -> Files:
    """Check and recognise a model's files, and find what they need besides.

    Args:
        name_or_path: see `dreammix.models.find`. What has no manifest is taken for what it is.
        fooocus: the folder of Fooocus' converted weights, which a base of 4 input channels needs that was
            not published for this program; None: `fooocus_folder()`.

    Raises:
        ModelNotFound: there is no such model, or Fooocus' weights are needed and not installed.
        ModelDamaged: a file is missing or altered.
        ModelUnsuitable: the model is of a kind that cannot be used.
    """
    place = find(name_or_path)
    manifest = None
    if (place / MANIFEST).is_file():
        manifest = read_manifest(place)
        verify(place, manifest)
    kind = recognise(place)
    if kind.refusal is not None:
        raise ModelUnsuitable(
            f"The model in {place} cannot be used", kind.refusal, "Choose another: docs/models.md says which"
        )
    alone = kind.family is Family.OWN or kind.channels == INPAINTING_CHANNELS
    return Files(
        place=weights_of(place),
        manifest=unlisted(place, kind) if manifest is None else manifest,
        kind=kind,
        fooocus=None if alone else read_weights(fooocus or fooocus_folder()),
    )


def open_parts(files: Files, dtype: torch.dtype) -> tuple[Parts, Tensor | None]:
    """Read the parts into memory, in evaluation mode, and with them the head that a 4-channel U-Net needs.

    U-Net and text encoders can wear LoRAs: see `wearing`.

    Raises:
        OSError, ValueError, TypeError, KeyError, RuntimeError: the files do not fit together.
    """
    parts = (load_single_file if files.kind.form is Form.FILE else load_folder)(files.place, dtype)
    for part in (parts.unet, parts.vae, *parts.encoders):
        part.eval()
    for part in (parts.unet, *parts.encoders):
        make_wearable(part)
    channels = parts.unet.config["in_channels"]
    if channels == INPAINTING_CHANNELS:
        return parts, None
    if channels != TEXT_CHANNELS:
        raise ValueError(f"a U-Net with {channels} input channels does no inpainting")
    if files.fooocus is None:
        return parts, read_head(files.place / HEAD_FILE).to(dtype)
    merge(parts.unet, files.fooocus.patch)
    return parts, read_head(files.fooocus.head).to(dtype)


def open_preview(files: Files, vae: AutoencoderKL) -> LatentPreview:
    """The preview that was published with the model, or one that is fitted to its autoencoder's answers."""
    file = files.place / PREVIEW_FILE
    if not file.is_file():
        return fitted_preview(vae)
    stored = load_file(file)
    return LatentPreview(stored["weight"].float(), stored["bias"].float())
