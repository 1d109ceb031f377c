"""CLIP-T and CLIP-I by torchmetrics (the extra `evaluation`), and the same with any encoder of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from transformers import AutoModel, CLIPTokenizer
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

from dreammix.files import sha256_of
from dreammix.geometry import Units, to_bytes
from dreammix.protocol import ModelDamaged, ModelNotFound, PackageMissing
from dreammix.sandbox import clip

_TRIAL_SIDE: Final = 64
"""Side of the grey picture that an encoder must be able to see, in pixels."""
_LOADED: Final = frozenset({".json", ".safetensors"})
"""What an encoder is loaded from."""


class ClipScore:
    """Cosines, as torchmetrics computes them, of the metrics CLIP.

    Args:
        model, tokenizer: as `dreammix.sandbox.clip.load` gives them.

    Raises:
        PackageMissing: torchmetrics is not installed.
    """

    def __init__(self, model: clip.MetricsCLIP, tokenizer: CLIPTokenizer) -> None:
        try:
            from torchmetrics.functional.multimodal import clip_score
        except ImportError as error:
            raise PackageMissing(
                "Subjects cannot be evaluated",
                f"the package {error.name} is not installed",
                "Install dreammix[evaluation]",
            ) from error
        self._score: Any = clip_score  # It names CLIP's own classes, and takes whatever answers like them.
        self._model = model
        self._pair = (_TorchmetricsModel(model), _TorchmetricsProcessor(tokenizer))

    @torch.no_grad()
    def text(self, look: Units, words: str) -> float:
        """CLIP-T: what is seen (64, 64, 3) beside words, 0 to 1; torchmetrics takes less for 0."""
        return float(self._score(_channels_first(look), words, lambda: self._pair)) / 100

    @torch.no_grad()
    def pictures(self, look: Units, others: Sequence[Units]) -> float:
        """CLIP-I: what is seen beside others of its size, 0 to 1, on average."""
        seen = [_channels_first(other) for other in others]
        return float(self._score([_channels_first(look)] * len(seen), seen, lambda: self._pair)) / 100

    @torch.no_grad()
    def feature(self, look: Units) -> Units:
        """The unit embedding (E,) of what is seen."""
        embedded: Units = self._model.see(_channels_first(look)[None] * 2 - 1)[0].numpy()
        return embedded


class Encoder(Protocol):
    """Sees pictures of any size; its name stands in the tables, its fingerprint says which it is."""

    name: str
    fingerprint: str

    def __call__(self, pictures: Sequence[Units]) -> Tensor:
        """Unit embeddings (N, E)."""
        ...


class FolderEncoder:
    """An encoder of transformers' format, such as DINOv2, or a CLIP.

    The embedding is the class token; of a model that puts pictures and words into one space, the place of the
    picture there.

    Args:
        folder: with configuration, weights (safetensors) and preprocessor.

    Raises:
        ModelNotFound: there is no such folder.
        ModelDamaged: it cannot be loaded, or sees no pictures.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise ModelNotFound(
                f"There is no encoder in {folder}", "it has no config.json", "Choose its folder"
            )
        try:
            # An auto class promises no type.
            self._model: Any = AutoModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            ).eval()
            self._processor: Any = BitImageProcessorPil.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise ModelDamaged(
                f"The encoder in {folder} cannot be loaded", str(error), "Download it again"
            ) from error
        self.name = folder.resolve().name
        files = sorted(path for path in folder.iterdir() if path.suffix in _LOADED)
        self.fingerprint = " ".join(f"{path.name} {sha256_of(path)}" for path in files)
        try:
            self([np.full((_TRIAL_SIDE, _TRIAL_SIDE, 3), 0.5, np.float32)])
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
            raise ModelDamaged(
                f"The encoder in {folder} cannot be used",
                "it does not see pictures as a vision model does",
                "Choose the folder of a vision model, such as DINOv2 or CLIP",
            ) from error

    @torch.no_grad()
    def __call__(self, pictures: Sequence[Units]) -> Tensor:
        images = [Image.fromarray(to_bytes(picture)) for picture in pictures]
        inputs = self._processor(images=images, return_tensors="pt")
        if hasattr(self._model, "get_image_features"):
            features: Tensor = self._model.get_image_features(**inputs).pooler_output
        else:
            features = self._model(**inputs).last_hidden_state[:, 0]
        return F.normalize(features.float(), dim=-1)


class _TorchmetricsModel(nn.Module):
    """The metrics CLIP under the names that torchmetrics asks for."""

    config = None

    def __init__(self, model: clip.MetricsCLIP) -> None:
        super().__init__()
        self._model = model

    def get_image_features(self, pictures: Tensor) -> Tensor:
        """(N, E) of (N, 3, 64, 64) in [-1, 1]."""
        return self._model.see(pictures)

    def get_text_features(self, ids: Tensor, _mask: Tensor) -> Tensor:
        """(N, E) of token ids (N, L)."""
        return self._model.read(ids)


class _TorchmetricsProcessor:
    """Makes what `_TorchmetricsModel` takes of looks in [0, 1] and of words."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        self._tokenizer = tokenizer

    def __call__(
        self, *, text: Sequence[str] = (), images: Sequence[Tensor] = (), **_: object
    ) -> Mapping[str, Tensor]:
        if images:
            return {"pixel_values": torch.stack(list(images)) * 2 - 1}
        ids = clip.token_ids(self._tokenizer, text)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _channels_first(look: Units) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(look)).movedim(-1, 0)
