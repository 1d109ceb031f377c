"""Describes with a vision-language model in a folder on this computer, through transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from dreammix.attributes.asking import describing
from dreammix.attributes.matching import Similarity, match_words
from dreammix.attributes.parsing import parse_attributes
from dreammix.attributes.showing import shown
from dreammix.protocol import Attribute, DescriberFailure, ModelDamaged, ModelNotFound, Picture, Replacement

MAX_NEW_TOKENS: Final = 400
"""Longest answer, in tokens."""


class LocalDescriber:
    """Describes by asking a local model; matches words by their kinds.

    Args:
        folder: as transformers saves a model and its processor; safetensors only, no code of its own is run.
        device: where it runs.
        similarity: for words of an edit that no list holds.

    Raises:
        ModelNotFound: there is no such folder.
        ModelDamaged: it cannot be loaded.
    """

    destination = None

    def __init__(self, folder: Path, device: str = "cpu", similarity: Similarity | None = None) -> None:
        if not (folder / "config.json").is_file():
            raise ModelNotFound(
                f"There is no describing model in {folder}", "it has no config.json", "Choose its folder"
            )
        dtype = torch.float32 if device == "cpu" else torch.bfloat16
        # The auto classes promise no type: what they return depends on the folder.
        self._processor: Any
        self._model: Any
        try:
            self._processor = AutoProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            self._model = AutoModelForImageTextToText.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=dtype
            )
            self._model.to(device)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError) as error:
            raise ModelDamaged(
                f"The describing model in {folder} cannot be loaded",
                str(error).splitlines()[0] if str(error) else type(error).__name__,
                "Download it again, or choose another",
            ) from error
        self._similarity = similarity

    @torch.no_grad()
    def describe(self, pictures: Sequence[Picture], class_word: str) -> tuple[Attribute, ...]:
        parts = [{"type": "image", "image": image} for image in shown(pictures)]
        message = {"role": "user", "content": [*parts, {"type": "text", "text": describing(class_word)}]}
        try:
            asked = self._processor.apply_chat_template(
                [message], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
            ).to(self._model.device, dtype=self._model.dtype)
            said = self._model.generate(**asked, do_sample=False, max_new_tokens=MAX_NEW_TOKENS)
        except (ValueError, TypeError, KeyError, IndexError, RuntimeError, ImportError) as error:
            raise DescriberFailure(
                "The describing model failed",
                str(error).splitlines()[0] if str(error) else type(error).__name__,
                "Choose another model, or write the attributes yourself",
            ) from error
        answer = self._processor.decode(said[0, asked["input_ids"].shape[1] :], skip_special_tokens=True)
        return parse_attributes(answer, class_word)

    def match(
        self, edit: str, attributes: Sequence[Attribute], class_word: str = ""
    ) -> tuple[Replacement, ...]:
        return match_words(edit, attributes, class_word=class_word, similarity=self._similarity)
