"""The tools that workers really use, with a tiny model: what comes out is the pipeline's own result."""

import asyncio
from pathlib import Path

from dreammix.pipeline import load
from dreammix.protocol import InsertRequest, InsertSettings, Picture, Result, SampleFormat, Size
from dreammix_backend.engine import Engine
from tests.backend.artists import Artist

SCENE = Size(40, 32)
REQUEST = InsertRequest(
    scene=Picture(SCENE, SampleFormat.RGBA8, bytes([120, 80, 200, 255]) * SCENE.area),
    mask=Picture(SCENE, SampleFormat.GRAY8, bytes([0] * (SCENE.area // 2) + [255] * (SCENE.area // 2))),
    prompt="red",
    seed=3,
    settings=InsertSettings(steps=2, local_share=0.5),
)


def test_a_worker_inserts_as_the_pipeline_does(tmp_path: Path, tiny_model: Path) -> None:
    """The same request gives the same layer, to the byte, in another process."""

    async def insert() -> Picture:
        async with Engine(tmp_path) as engine:
            ann = Artist(engine)
            job = await ann.ask(REQUEST, model=str(tiny_model))
            await ann.end(job)
            return await engine.result("ann", job, 0)

    (expected,) = (event for event in load(tiny_model).insert(REQUEST) if isinstance(event, Result))
    assert asyncio.run(insert()) == expected.layer
