"""The whole way of a large model as the artist goes it in Krita: window by window, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dreammix.models.registry import DRAFTS, named
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol import Box, Picture, SampleFormat, Size
from dreammix.protocol.jobs import JobState, Order
from dreammix.protocol.requests import drafted
from dreammix_krita.client.address import find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.dialogs.settings.models import Doing, ModelsModel
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.lesson import Lesson
from dreammix_krita.dialogs.teaching.shots import Shots, Stage
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.keeper import Keeper
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.images import image_of
from dreammix_krita.services import Services
from dreammix_krita.settings import Settings
from dreammix_krita.texts import Catalogue
from tests.backend.serving import Serving, serving
from tests.krita_plugin.loop import until
from tests.models.small_hub import serving as publishing
from tests.plugin.canvas.fake import AddedLayer, FakeCanvas, FakeDocument, region
from tests.published import PLACE_VARIABLE, SDXL, hub_of, publish

CANVAS = Size(96, 80)
BOX = Box(30, 20, 40, 36)
PROGRAM = ("tests.published", "serve")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """`dreammix serve` with the sandbox, and a hub where it may fetch small models from."""
    publish(tmp_path / "published")
    monkeypatch.setenv(PLACE_VARIABLE, str(tmp_path / "published"))
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with publishing(hub_of(tmp_path / "published")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        with serving(tmp_path / "server", tools="tests.published:load", program=PROGRAM) as running:
            yield running


@pytest.fixture
def services(server: Serving, tmp_path: Path) -> Iterator[Services]:
    """The plugin's own parts, connected, with a document open and a part of it selected."""
    client, settings = Client(), Settings(tmp_path / "plugin.json")
    document = FakeDocument(canvas_size=CANVAS, selected=region(BOX))
    keeper = Keeper(client, settings, {"HOME": str(tmp_path), "DREAMMIX_BACKEND": str(server.folder)})
    client.connect_to(lambda: find_local(server.folder))
    until(lambda: client.phase is Phase.READY)
    yield Services(
        client=client,
        keeper=keeper,
        canvas=FakeCanvas(document),
        shelf=Shelf(client, settings),
        texts=Catalogue("en"),
        settings=settings,
    )
    keeper.close()
    client.close()


def choose_sdxl(services: Services) -> None:
    """The settings' page of models: fetch it, check it, load it; then fetch and check the drafts' LoRA."""
    window = ModelsModel(services.client)
    window.refresh()
    until(lambda: bool(window.models))
    for doing in (Doing.FETCHING, Doing.CHECKING, Doing.LOADING):
        window.do(SDXL, doing)
        until(lambda: not window.doing)
        assert window.trouble is None
    until(lambda: {info.model for info in window.models if info.loaded} == {SDXL})
    assert named(FOOOCUS).installed
    for doing in (Doing.FETCHING, Doing.CHECKING):
        window.do(DRAFTS, doing)
        until(lambda: not window.doing)
        assert window.trouble is None
    until(lambda: {info.model for info in window.models if info.drafts} == {SDXL})
    window.close()


def teach_pip(services: Services) -> str:
    """The teaching dialog: a picture, words, a lesson that is ended after its first step; the subject."""
    draft = Draft(services.client, "New subject")
    shots, lesson = Shots(services.client, services.canvas, draft), Lesson(services.client)
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 4), dtype=np.uint8)
    noise[..., 3] = 0
    noise[12:52, 12:52, 3] = 255  # Cut out, so the mask is the picture's own.
    shots.add_image(image_of(Picture(Size(64, 64), SampleFormat.RGBA8, noise.tobytes())), "noise")
    until(lambda: [shot.stage for shot in shots.shots] == [Stage.READY])
    draft.name, draft.class_word = "Pip", "mug"
    draft.save()
    until(lambda: draft.details is not None and draft.details.card.name == "Pip")
    assert draft.subject is not None
    lesson.start(draft.subject)
    until(lambda: bool(lesson.losses) or lesson.trouble is not None)
    lesson.tell(Order.FINISH)
    until(lambda: lesson.state is not None and lesson.state.final)
    assert (lesson.state, lesson.trouble) == (JobState.SUCCEEDED, None)
    return draft.subject


def test_from_the_hub_to_a_layer(services: Services) -> None:
    """SDXL comes with Fooocus' weights, learns Pip, and paints it: unlike words alone, or a draft of them."""
    choose_sdxl(services)
    pip = teach_pip(services)
    services.shelf.refresh()
    until(lambda: services.shelf.card(pip) is not None)

    controller = Controller(services)
    controller.change(
        words="red", seed=7, settings=replace(controller.wish.settings, steps=3, local_share=0.7)
    )
    for number, subject in enumerate((pip, None), start=1):
        services.shelf.choose(subject)
        controller.insert()
        until(partial(arrived, services, controller, number))
        assert controller.trouble is None
    assert controller.drafts
    controller.change(settings=drafted(controller.wish.settings))
    controller.insert()
    until(partial(arrived, services, controller, 3))
    assert controller.trouble is None
    controller.close()
    pictures = [layer.picture for layer in added(services)]
    assert all(BOX.contains(layer.box) for layer in added(services))
    assert len({picture.size for picture in pictures}) == 1
    assert len({picture.data for picture in pictures}) == 3


def arrived(services: Services, controller: Controller, layers: int) -> bool:
    """Whether so many layers have come, or trouble."""
    return len(added(services)) == layers or controller.trouble is not None


def added(services: Services) -> list[AddedLayer]:
    """The layers that came to the document."""
    canvas = services.canvas
    assert isinstance(canvas, FakeCanvas) and canvas.active is not None
    return canvas.active.added
