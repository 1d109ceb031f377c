"""Drafts: few steps by a LoRA of their own, or a plain word that it is missing."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dreammix.models import write_manifest
from dreammix.models.base import load
from dreammix.models.keeping import check
from dreammix.models.registry import DRAFT_FILE, DRAFTS, named
from dreammix.pipeline import Pipeline
from dreammix.protocol import InsertRequest, ModelDamaged, ModelNotFound, Progress
from dreammix.protocol.requests import DRAFT_STEPS, drafted
from tests.pipeline.test_insert import pixels, results

LAYER = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the LoRA for drafts would lie, in an empty folder of models."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path))
    return named(DRAFTS).folder


@pytest.fixture
def pipeline(tiny_model: Path) -> Pipeline:
    """One that has not painted a draft yet."""
    return Pipeline(load(tiny_model))


@pytest.fixture
def draft(request_: InsertRequest) -> InsertRequest:
    """The quick request, as a draft."""
    return replace(request_, settings=drafted(request_.settings))


def install(pipeline: Pipeline, place: Path) -> None:
    """Noise under the names that the published file has."""
    place.mkdir()
    layer = pipeline.model.unet.get_submodule(LAYER)
    out, width = layer.get_parameter("weight").shape
    stem = f"lora_unet_{LAYER.replace('.', '_')}"
    tensors = {
        f"{stem}.lora_down.weight": torch.ones(2, width),
        f"{stem}.lora_up.weight": torch.ones(out, 2),
        f"{stem}.alpha": torch.tensor(1.0),
    }
    save_file(tensors, place / DRAFT_FILE)
    write_manifest(place, name=DRAFTS, native_side=1024, multiple=64)


def test_a_draft_takes_few_steps_and_wears_its_lora(
    pipeline: Pipeline, place: Path, draft: InsertRequest
) -> None:
    """Beside the same steps without it, its picture is another one; guidance is what was asked for."""
    install(pipeline, place)
    events = list(pipeline.insert(draft))
    assert sum(isinstance(event, Progress) for event in events) == DRAFT_STEPS
    assert draft.settings.guidance > 1
    plain = replace(draft, settings=replace(draft.settings, draft=False))
    (drawn,), (other,) = results(pipeline, draft), results(pipeline, plain)
    assert (pixels(drawn) != pixels(other)).any()


def test_afterwards_the_model_is_as_it_was(
    pipeline: Pipeline, place: Path, draft: InsertRequest, request_: InsertRequest
) -> None:
    """An insert after a draft is to the bit the one before it."""
    install(pipeline, place)
    (before,) = results(pipeline, request_)
    results(pipeline, draft)
    (after,) = results(pipeline, request_)
    assert (pixels(before) == pixels(after)).all()


def test_it_is_read_once(pipeline: Pipeline, place: Path, draft: InsertRequest) -> None:
    """It stays with the model: the next draft needs no file."""
    install(pipeline, place)
    (first,) = results(pipeline, draft)
    (place / DRAFT_FILE).unlink()
    (again,) = results(pipeline, draft)
    assert (pixels(first) == pixels(again)).all()


def test_what_is_missing_is_named(pipeline: Pipeline, place: Path, draft: InsertRequest) -> None:
    """With the command that fetches it."""
    with pytest.raises(ModelNotFound, match=f"dreammix models pull {DRAFTS}"):
        results(pipeline, draft)


def test_its_file_is_checked_like_a_models(pipeline: Pipeline, place: Path) -> None:
    """A byte that changed is found."""
    install(pipeline, place)
    check(named(DRAFTS))
    with (place / DRAFT_FILE).open("ab") as file:
        file.write(b"!")
    with pytest.raises(ModelDamaged):
        check(named(DRAFTS))
