"""The model that is measured: SDXL's classes with random weights, and Fooocus' head and patch of random ones.

Random weights take as long and as much memory as trained ones. The folder is made once, and loaded as any
model is; what is narrow has SDXL's own layers, a fourth to a twentieth as wide.
"""

from __future__ import annotations

from pathlib import Path

import torch

from dreammix.fooocus.weights import PROVENANCE_FILE
from dreammix.models import write_manifest
from dreammix.models.manifest import MANIFEST
from dreammix.models.unlisted import SDXL_MULTIPLE
from tests.benchmarks.sdxl.settings import Scale
from tests.small_fooocus import converted, head_content, patch_content
from tests.small_sdxl import full_unet, save_full_sdxl, save_small_sdxl, small_unet


def base(place: Path, scale: Scale, device: torch.device) -> tuple[Path, Path]:
    """The folders of a model and of the weights that make it paint into pictures, made where they are not."""
    model, weights = place / scale.name / "model", place / scale.name / "fooocus"
    if not (model / MANIFEST).is_file():
        if scale.full:
            save_full_sdxl(model, device)
        else:
            save_small_sdxl(model, variant="fp16", sample_size=scale.side // 8)
        write_manifest(model, name=scale.name, native_side=scale.side, multiple=SDXL_MULTIPLE)
    if not (weights / PROVENANCE_FILE).is_file():
        unet = full_unet() if scale.full else small_unet()
        converted(weights.parent, head_content(unet), patch_content(unet))
    return model, weights
