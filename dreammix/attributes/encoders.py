"""Real encoders behind the describers' protocols: a CLIP that sees, text encoders that compare words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from transformers import AutoProcessor, CLIPModel

from dreammix.attributes.matching import Similarity
from dreammix.attributes.showing import shown
from dreammix.conditioning import TextEncoders
from dreammix.protocol import ModelDamaged, ModelNotFound, Picture


class ClipSight:
    """A CLIP of transformers' format as `Sight`.

    Args:
        folder: with the model (safetensors) and its processor.
        device: where it runs.

    Raises:
        ModelNotFound: there is no such folder.
        ModelDamaged: it cannot be loaded.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        if not (folder / "config.json").is_file():
            raise ModelNotFound(f"There is no CLIP in {folder}", "it has no config.json", "Choose its folder")
        try:
            model = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            # An auto class promises no type.
            self._processor: Any = AutoProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError) as error:
            raise ModelDamaged(
                f"The CLIP in {folder} cannot be loaded",
                str(error).splitlines()[0] if str(error) else type(error).__name__,
                "Download it again, or choose another",
            ) from error
        self._model: Any = model.eval().to(torch.device(device))

    @torch.no_grad()
    def __call__(self, pictures: Sequence[Picture], sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        inputs = self._processor(
            text=list(sentences), images=shown(pictures), padding=True, truncation=True, return_tensors="pt"
        ).to(self._model.device)
        return cast("list[list[float]]", self._model(**inputs).logits_per_image.float().tolist())


def text_similarity(encoders: TextEncoders) -> Similarity:
    """Cosines between the base model's own pooled embeddings of words."""

    def similarity(words: Sequence[str]) -> Sequence[Sequence[float]]:
        pooled = F.normalize(encoders.encode(words).pooled.float(), dim=-1)
        return cast("list[list[float]]", (pooled @ pooled.T).tolist())

    return similarity
