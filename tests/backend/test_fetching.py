"""Models fetched for a client: joined, stopped, gone on with, and not removed while they are in use."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.models.pull import FETCHED_BYTES, Hub
from dreammix.models.registry import KnownModel, Source, named
from dreammix.protocol import Cancelled, InvalidRequest, ModelNotFound
from dreammix.protocol.services import ManageModel, ModelInfo, ModelOrder
from dreammix_backend.services.fetching import Fetches
from tests.models.small_hub import SmallHub, serving

WEIGHTS = bytes(FETCHED_BYTES * 3)
INFO = ModelInfo(model="toy", summary="a toy", installed=False, loaded=False)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """A hub with one model, which is the only one known."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    source = Source(repository="someone/model", patterns=("*",))
    toy = KnownModel(name="toy", summary="a toy", licence="none", size_bytes=1, source=source)
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", (toy,))
    with serving(SmallHub({"weights.safetensors": WEIGHTS, "config.json": b"{}"})) as hub:
        yield hub


def fetches(hub: SmallHub) -> Fetches:
    """Those of a server that is set to this hub."""
    return Fetches(lambda: Hub(endpoint=hub.endpoint))


def order(word: ModelOrder) -> ManageModel:
    """An order about the model."""
    return ManageModel("toy", word)


def test_who_asks_twice_fetches_once(hub: SmallHub) -> None:
    """A second wish for the same model waits for the first."""

    async def ask() -> None:
        running = fetches(hub)
        await asyncio.gather(*(running.manage(order(ModelOrder.PULL), ()) for _ in range(3)))

    asyncio.run(ask())
    assert named("toy").installed
    assert sorted(hub.fetched()) == ["config.json", "weights.safetensors"]


def test_a_fetch_outlives_who_asked_for_it(hub: SmallHub) -> None:
    """A client that goes away ends its waiting, and not the fetch, whose state others see."""

    async def ask() -> None:
        running = fetches(hub)
        waiting = asyncio.create_task(running.manage(order(ModelOrder.PULL), ()))
        while running.shown(INFO).fetched_bytes is None:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert running.shown(INFO).fetched_bytes is not None
        await running.manage(order(ModelOrder.PULL), ())
        assert running.shown(INFO) == INFO

    asyncio.run(ask())
    assert named("toy").installed


def test_a_fetch_can_be_stopped_and_gone_on_with(hub: SmallHub) -> None:
    """Who waits is told that it was stopped; the next one brings the rest."""

    async def ask() -> None:
        running = fetches(hub)
        waiting = asyncio.create_task(running.manage(order(ModelOrder.PULL), ()))
        while running.shown(INFO).fetched_bytes is None:
            await asyncio.sleep(0)
        await running.manage(order(ModelOrder.STOP), ())
        with pytest.raises(Cancelled):
            await waiting
        assert not named("toy").installed
        await running.manage(order(ModelOrder.PULL), ())

    asyncio.run(ask())
    assert named("toy").installed


def test_a_fetch_on_a_slow_line_is_followed_and_stopped(hub: SmallHub) -> None:
    """How far it is can be seen, and it ends, while the hub holds back what is left."""
    hub.hold_after = FETCHED_BYTES + 10

    async def ask() -> None:
        running = fetches(hub)
        waiting = asyncio.create_task(running.manage(order(ModelOrder.PULL), ()))
        while (running.shown(INFO).fetched_bytes or 0) < FETCHED_BYTES:
            await asyncio.sleep(0.001)
        stopping = asyncio.create_task(running.manage(order(ModelOrder.STOP), ()))
        await asyncio.sleep(0)
        hub.released.set()  # Something more comes: with it the wish is heard.
        await stopping
        with pytest.raises(Cancelled):
            await waiting

    asyncio.run(ask())
    assert not named("toy").installed


def test_a_fetched_model_is_checked_and_removed(hub: SmallHub) -> None:
    """Not while a worker has it; afterwards its folder is gone."""

    async def ask() -> None:
        running = fetches(hub)
        await running.manage(order(ModelOrder.PULL), ())
        with pytest.raises(InvalidRequest, match="in use"):
            await running.manage(order(ModelOrder.REMOVE), ("toy",))
        await running.manage(order(ModelOrder.REMOVE), ())

    asyncio.run(ask())
    assert not named("toy").folder.exists()


def test_an_unknown_model_is_refused(hub: SmallHub) -> None:
    """Whatever is to be done with it."""
    for word in ModelOrder:
        with pytest.raises(ModelNotFound, match="nothing-such"):
            asyncio.run(fetches(hub).manage(ManageModel("nothing-such", word), ()))
