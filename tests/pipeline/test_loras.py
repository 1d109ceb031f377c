"""Other people's LoRAs that a request names: worn for that request, from the folder in which they lie."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dreammix.models.base import load
from dreammix.models.shelf import LORAS_VARIABLE
from dreammix.models.stacked import read_stacked
from dreammix.pipeline import Pipeline
from dreammix.protocol import InsertRequest, InvalidRequest, LoraUse, ModelNotFound
from tests.pipeline.test_insert import pixels, results

LAYER = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"


@pytest.fixture(scope="module")
def pipeline(tiny_model: Path) -> Pipeline:
    """The tiny model."""
    return Pipeline(load(tiny_model))


@pytest.fixture
def shelf(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, with two LoRAs for the tiny model, and one for nothing."""
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path))
    out, width = pipeline.model.unet.get_submodule(LAYER).get_parameter("weight").shape
    for seed, name in enumerate(("ink", "gold (v2)")):
        generator = torch.Generator().manual_seed(seed)
        down, up = (torch.randn(shape, generator=generator) for shape in ((2, width), (out, 2)))
        tensors = {f"unet.{LAYER}.lora_A.weight": down, f"unet.{LAYER}.lora_B.weight": up}
        save_file(tensors, tmp_path / f"{name}.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    return tmp_path


def test_what_is_named_is_worn_at_its_weight(
    pipeline: Pipeline, shelf: Path, request_: InsertRequest
) -> None:
    """Several add up, as the same files do that were read beforehand."""
    weights = {"ink": 0.6, "gold (v2)": -1.0}
    uses = tuple(LoraUse(name, weight) for name, weight in weights.items())
    (named,) = results(pipeline, replace(request_, loras=uses))
    stack = tuple(
        read_stacked(shelf / f"{name}.safetensors", weight, pipeline.model)
        for name, weight in weights.items()
    )
    (given,) = results(replace(pipeline, stack=stack), request_)
    (bare,) = results(pipeline, request_)
    assert (pixels(named) == pixels(given)).all()
    assert (pixels(named) != pixels(bare)).any()


def test_a_stranger_and_a_damaged_one_are_refused(
    pipeline: Pipeline, shelf: Path, request_: InsertRequest
) -> None:
    """Before anything is painted, with the reason."""
    with pytest.raises(ModelNotFound, match="no LoRA nothing"):
        next(pipeline.insert(replace(request_, loras=(LoraUse("nothing"),))))
    with pytest.raises(InvalidRequest, match="broken"):
        next(pipeline.insert(replace(request_, loras=(LoraUse("broken"),))))
