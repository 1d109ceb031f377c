"""Finding a subject by its word: Grounding DINO draws a box around it, Segment Anything (SAM) its outline.

Both are loaded by transformers from one local folder with two inside: `detector` (Grounding DINO) and `sam`
(SAM, or SAM 2), each as their authors publish them for transformers: configuration, processor, safetensors.
The way through SAM 2 is untried here: it needs torchvision, which cannot be had in the tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoTokenizer, GroundingDinoForObjectDetection, GroundingDinoProcessor, SamModel
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import (
    GroundingDinoImageProcessorPil,
)
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil
from transformers.models.sam.processing_sam import SamProcessor
from transformers.utils import logging

from dreammix.files import sha256_of
from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidSubject, ModelDamaged, ModelNotFound, PackageMissing, Picture

DETECTOR: Final = "detector"
OUTLINER: Final = "sam"
"""The folders in the segmenter's folder."""
BOX_THRESHOLD: Final = 0.25
"""How sure the detector must be of a box, 0 to 1; its authors' value."""
_BROKEN: Final = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, SafetensorError)
"""What the libraries answer files with that make no model."""
_LOCAL: Final[Mapping[str, Any]] = {"local_files_only": True, "use_safetensors": True}


@dataclass(frozen=True, slots=True)
class Detection:
    """A box (left, top, right, bottom, in pixels) and how sure the detector is of it, 0 to 1."""

    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class GroundedSegmenter:
    """Asks the detector for the class word, then the outliner for what fills the best box.

    `folder` is where both came from, `outliner` a SamModel or Sam2Model, `outline` the processor that belongs
    to it.
    """

    folder: Path
    detector: GroundingDinoForObjectDetection
    detect: GroundingDinoProcessor
    outliner: Any
    outline: Any

    @staticmethod
    def load(folder: Path) -> GroundedSegmenter:
        """Load both models from a local folder; no network, no pickled weights.

        Raises:
            ModelNotFound: one of the two folders is not there.
            ModelDamaged: its files are no such model.
            PackageMissing: the outliner is a SAM 2, and torchvision is not installed.
        """
        for name in (DETECTOR, OUTLINER):
            if not (folder / name / "config.json").is_file():
                raise ModelNotFound(
                    f"No segmenter in {folder}",
                    f"it has no {name}/config.json",
                    f"Give a folder with {DETECTOR} (Grounding DINO) and {OUTLINER} (SAM) in it",
                )
        try:
            with _quiet():
                detector, detect = _load_detector(folder / DETECTOR)
                outliner, outline = _load_outliner(folder / OUTLINER)
        except _BROKEN as error:
            raise ModelDamaged(
                f"The segmenter in {folder} cannot be loaded",
                f"its files do not fit together ({error})",
                "Download its files again",
            ) from error
        return GroundedSegmenter(folder, detector.eval(), detect, outliner.eval(), outline)

    @property
    def fingerprint(self) -> str:
        """Hashes gigabytes: of every file of both models."""
        files = sorted(path for name in (DETECTOR, OUTLINER) for path in (self.folder / name).rglob("*.*"))
        parts = [f"{path.relative_to(self.folder)} {sha256_of(path)}" for path in files if path.is_file()]
        return hashlib.sha256("\n".join([str(BOX_THRESHOLD), *parts]).encode()).hexdigest()

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """As `Segmenter.segment`. Raises InvalidSubject."""
        image = _opaque(picture)
        found = self.detections(image, class_word)
        if not found:
            raise InvalidSubject(
                f"No {class_word} was found in the picture",
                "the detector is sure of none",
                "Use another class word, draw a selection around it, or give a mask",
            )
        mask = self.mask_in(image, max(found, key=lambda detection: detection.score))
        if not mask.any():
            raise InvalidSubject(
                f"No {class_word} was found in the picture",
                "where the detector sees one nothing stands out",
                "Draw a selection around it, or give a mask",
            )
        return to_picture(np.where(mask, 255, 0).astype(np.uint8))

    @torch.inference_mode()
    def detections(self, image: Image.Image, class_word: str) -> list[Detection]:
        """Every box in the picture (RGB) that the detector takes for a `class_word`."""
        inputs = self.detect(images=image, text=[[f"a {class_word}"]], return_tensors="pt")
        outputs = self.detector(**inputs)
        result = self.detect.post_process_grounded_object_detection(
            outputs, inputs["input_ids"], BOX_THRESHOLD, target_sizes=[(image.height, image.width)]
        )[0]
        return [
            Detection((left, top, right, bottom), score)
            for (left, top, right, bottom), score in zip(
                result["boxes"].tolist(), result["scores"].tolist(), strict=True
            )
        ]

    @torch.inference_mode()
    def mask_in(self, image: Image.Image, detection: Detection) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Of the outliner's masks (H, W) for a box, the one that it thinks best of."""
        inputs = self.outline(images=image, input_boxes=[[list(detection.box)]], return_tensors="pt")
        sizes = [inputs.pop("original_sizes")]
        if "reshaped_input_sizes" in inputs:  # SAM pads to a square; SAM 2 stretches to one.
            sizes.append(inputs.pop("reshaped_input_sizes"))
        outputs = self.outliner(
            **{name: _single(value) for name, value in inputs.items()}, multimask_output=True
        )
        masks: Tensor = self.outline.image_processor.post_process_masks(outputs.pred_masks, *sizes)[0]
        best = int(outputs.iou_scores[0, 0].argmax())
        return masks[0, best].numpy()


def _load_detector(folder: Path) -> tuple[GroundingDinoForObjectDetection, GroundingDinoProcessor]:
    model = GroundingDinoForObjectDetection.from_pretrained(folder, dtype=torch.float32, **_LOCAL)
    images = GroundingDinoImageProcessorPil.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return model, GroundingDinoProcessor(images, tokenizer)


def _load_outliner(folder: Path) -> tuple[Any, Any]:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") not in ("sam2", "sam2_video"):
        model = SamModel.from_pretrained(folder, dtype=torch.float32, **_LOCAL)
        return model, SamProcessor(SamImageProcessorPil.from_pretrained(folder, local_files_only=True))
    if find_spec("torchvision") is None:
        raise PackageMissing(
            f"The segmenter in {folder} cannot be used",
            "it is a SAM 2, which needs torchvision, and that is not installed",
            "Install it (pip install dreammix[sam2]), or use the first SAM",
        )
    from transformers import Sam2Model, Sam2Processor
    from transformers.models.sam2.image_processing_sam2 import Sam2ImageProcessor

    images = Sam2ImageProcessor.from_pretrained(folder, local_files_only=True)
    return Sam2Model.from_pretrained(folder, dtype=torch.float32, **_LOCAL), Sam2Processor(images)


def _single(value: Tensor) -> Tensor:
    """In single precision: the processors give boxes in double."""
    return value.float() if value.is_floating_point() else value


def _opaque(picture: Picture) -> Image.Image:
    """The picture as it looks on white."""
    whole = Image.fromarray(to_array(picture))
    white = Image.new("RGBA", whole.size, "white")
    return Image.alpha_composite(white, whole).convert("RGB")


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars and no remarks of the library: what fails is an error."""
    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
