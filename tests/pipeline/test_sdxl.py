"""The whole way on a base of SDXL's own layers: one file, Fooocus' weights, teach, insert, other LoRAs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dreammix.files import png
from dreammix.geometry import to_array, to_picture
from dreammix.models.base import load
from dreammix.models.stacked import read_stacked
from dreammix.pipeline import Pipeline
from dreammix.pipeline.teach import teach_subject
from dreammix.protocol import (
    InsertRequest,
    InsertSettings,
    Picture,
    Result,
    SubjectUse,
    Taught,
    TeachRequest,
    TeachSettings,
)
from dreammix.subjects import Library, NewPicture
from tests.pipeline.test_teach import Middle

SIDE = 64
ONE_STEP = TeachSettings(steps=1, batch=1, rate=1e-1, rank=2, regular_pictures=1, regular_batch=1, samples=0)


def picture(seed: int) -> Picture:
    """Noise."""
    rng = np.random.default_rng(seed)
    opaque = np.full((SIDE, SIDE), 255, np.uint8)
    return to_picture(np.dstack([rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8), opaque]))


def middle() -> Picture:
    """Where to paint."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[16:48, 16:48] = 255
    return to_picture(mask)


def layer(pipeline: Pipeline, request: InsertRequest) -> np.ndarray:
    """The pixels that a request ends with."""
    (result,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
    return to_array(result.layer).astype(int)


def test_a_subject_is_taught_and_inserted_and_wears_others(
    small_sdxl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step changes the picture, and the same request gives the same one again."""
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 1)
    model = load(small_sdxl / "file.safetensors", fooocus=small_sdxl / "fooocus")
    library = Library(tmp_path / "library")
    subject = library.create("Pip", "mug", (), [NewPicture(png(picture(1)), png(middle()))])
    request = TeachRequest(subject=subject.id, settings=ONE_STEP)
    events = list(teach_subject(model, library, request, Middle()))
    assert isinstance(events[-1], Taught)

    generator = torch.Generator().manual_seed(0)
    stem = "lora_unet_input_blocks_7_1_transformer_blocks_3_attn2_to_v"
    width = model.unet.config["block_out_channels"][2]
    factors = {
        f"{stem}.lora_down.weight": torch.randn(
            2, model.unet.config["cross_attention_dim"], generator=generator
        ),
        f"{stem}.lora_up.weight": torch.randn(width, 2, generator=generator),
    }
    save_file(factors, tmp_path / "ink.safetensors")

    plain = InsertRequest(
        scene=picture(2), mask=middle(), prompt="a mug", seed=3, settings=InsertSettings(steps=2, feather=2)
    )
    wanted = replace(plain, prompt="", subject=SubjectUse(subject=subject.id))
    pipeline = Pipeline(model, library=library)
    dressed = replace(pipeline, stack=(read_stacked(tmp_path / "ink.safetensors", 1.0, model),))
    seen = [layer(pipeline, plain), layer(pipeline, wanted), layer(dressed, wanted), layer(pipeline, wanted)]
    assert np.array_equal(seen[1], seen[3])
    assert not np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[1], seen[2])
