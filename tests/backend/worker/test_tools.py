"""The tools that workers really use, with a tiny model: what comes out is the pipeline's own result."""

import asyncio
import json
import pickle
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from dreammix.models.devices import device_named
from dreammix.models.lora import lora_shapes
from dreammix.models.memory import AUTO
from dreammix.models.shelf import LORAS_VARIABLE
from dreammix.pipeline import Pipeline, load
from dreammix.protocol import (
    InsertRequest,
    InsertSettings,
    InvalidRequest,
    LoraUse,
    Picture,
    Result,
    SampleFormat,
    Size,
    SubjectUse,
)
from dreammix.subjects import Library, LoraFiles
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.store import LOG
from dreammix_backend.workers import WorkerSettings
from tests.backend.artists import Artist, worker_pid

SCENE = Size(40, 32)
REQUEST = InsertRequest(
    scene=Picture(SCENE, SampleFormat.RGBA8, bytes([120, 80, 200, 255]) * SCENE.area),
    mask=Picture(SCENE, SampleFormat.GRAY8, bytes([0] * (SCENE.area // 2) + [255] * (SCENE.area // 2))),
    prompt="red",
    seed=3,
    settings=InsertSettings(steps=2, local_share=0.5),
)


def taught(pipeline: Pipeline, name: str, seed: int) -> str:
    """A subject of the pipeline's library that was taught noise; its id."""
    generator = torch.Generator().manual_seed(seed)
    shapes = lora_shapes(pipeline.model.unet, 2)
    tensors = {key: 0.3 * torch.randn(shape, generator=generator) for key, shape in shapes.items()}
    return wearing(pipeline, name, save(tensors))


def wearing(pipeline: Pipeline, name: str, lora: bytes) -> str:
    """A subject of the pipeline's library whose LoRA is this file; its id."""
    subject = pipeline.library.create(name, "mug").id
    pipeline.library.add_lora(
        subject,
        LoraFiles(diffusers=lora, kohya=save({"kohya": torch.zeros(1)})),
        base=pipeline.model.name,
        base_hash=pipeline.model.fingerprint,
        token="q",
        steps=1,
        seed=0,
    )
    return subject


def painted(pipeline: Pipeline, request: InsertRequest) -> Picture:
    """The layer that the pipeline itself gives."""
    (result,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
    return result.layer


def test_subjects_take_turns_on_one_base(tmp_path: Path, tiny_model: Path) -> None:
    """Two subjects and none in turn, in one process that loads the base once: as the pipeline has them."""
    pipeline = replace(load(tiny_model), library=Library(tmp_path / "library", "default"))
    pip, ted = taught(pipeline, "Pip", 1), taught(pipeline, "Ted", 2)
    used = [replace(REQUEST, prompt="", subject=SubjectUse(subject=subject)) for subject in (pip, ted)]
    requests = [REQUEST, *used, REQUEST]

    async def insert(requests: Sequence[InsertRequest]) -> list[Picture]:
        settings = EngineSettings(workers=WorkerSettings(library=tmp_path / "library"))
        layers, logs, processes = [], [], set()
        async with Engine(tmp_path / "jobs", settings) as engine:
            ann = Artist(engine)
            for request in requests:
                job = await ann.ask(request, model=str(tiny_model))
                await ann.end(job)
                layers.append(await engine.result("ann", job, 0))
                logs.append((tmp_path / "jobs" / job / LOG).read_text(encoding="utf-8"))
                processes.add(engine.workers()[0].pid)
                assert (engine.workers()[0].free_bytes or 0) > 0  # It says what its device has left.
        assert len(processes) == 1
        assert ["loading the model" in log for log in logs] == [True, False, False, False]
        return layers

    layers = asyncio.run(insert(requests))
    assert layers == [painted(pipeline, request) for request in requests]
    assert len({layer.data for layer in layers}) == 3


def test_a_worker_computes_on_its_own_device(tmp_path: Path, tiny_model: Path) -> None:
    """The device's name reaches torch: one that is not there is an error, and says which there are."""

    async def load_there() -> None:
        async with Engine(tmp_path / "jobs", EngineSettings(devices=("cuda:99",))) as engine:
            with pytest.raises(InvalidRequest, match="There is no device cuda:99"):
                await engine.load(str(tiny_model))

    asyncio.run(load_there())


def test_where_nobody_names_a_device_the_best_one_computes(tmp_path: Path, tiny_model: Path) -> None:
    """A real worker finds it as every command does, and says which it is."""

    async def load_there() -> None:
        async with Engine(tmp_path / "jobs", EngineSettings(devices=(AUTO,))) as engine:
            await engine.load(str(tiny_model))
            assert [worker.device for worker in engine.workers()] == [device_named(AUTO).name]

    asyncio.run(load_there())


class Canary:
    """Says that it was unpickled, by a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_rows_6_and_7_a_hostile_lora_ends_its_job_alone(tmp_path: Path, tiny_model: Path) -> None:
    """Rows 6, 7: a pickle is never run, a header is not believed; the same process does the next job."""
    pipeline = replace(load(tiny_model), library=Library(tmp_path / "library", "default"))
    huge = json.dumps({"a": {"dtype": "F32", "shape": [10**12, 10**12], "data_offsets": [0, 4]}}).encode()
    hostile = {
        "a pickle": pickle.dumps(Canary(tmp_path / "run")),
        "a huge shape": struct.pack("<Q", len(huge)) + huge + bytes(4),
        "a huge header": struct.pack("<Q", 2**63),
    }
    subjects = [wearing(pipeline, name, content) for name, content in hostile.items()]

    async def insert() -> None:
        settings = EngineSettings(workers=WorkerSettings(library=tmp_path / "library"))
        async with Engine(tmp_path / "jobs", settings) as engine:
            ann = Artist(engine)
            for subject in subjects:
                asked = replace(REQUEST, prompt="", subject=SubjectUse(subject=subject))
                end = await ann.end(await ann.ask(asked, model=str(tiny_model)))
                assert end.error is not None and end.error.code == "subject_damaged"
            pid = worker_pid(engine)
            await ann.end(await ann.ask(REQUEST, model=str(tiny_model)))
            assert worker_pid(engine) == pid

    asyncio.run(insert())
    assert not (tmp_path / "run").exists()


def test_a_job_wears_the_loras_that_it_names(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker paints is the pipeline's own, and the next job is bare again."""
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path))
    pipeline = load(tiny_model)
    generator = torch.Generator().manual_seed(5)
    tensors = {
        key: torch.randn(shape, generator=generator)
        for key, shape in lora_shapes(pipeline.model.unet, 2).items()
    }
    (tmp_path / "ink.safetensors").write_bytes(save(tensors))
    inked = replace(REQUEST, loras=(LoraUse("ink", 0.8),))

    async def insert() -> list[Picture]:
        async with Engine(tmp_path / "jobs") as engine:
            ann = Artist(engine)
            jobs = [await ann.ask(request, model=str(tiny_model)) for request in (inked, REQUEST)]
            for job in jobs:
                await ann.end(job)
            return [await engine.result("ann", job, 0) for job in jobs]

    layers = asyncio.run(insert())
    assert layers == [painted(pipeline, inked), painted(pipeline, REQUEST)]
    assert layers[0] != layers[1]
