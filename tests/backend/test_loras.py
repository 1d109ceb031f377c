"""Other people's LoRAs, and what models need besides, over the wire: named, and never as paths."""

from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import DRAFT_FILE, DRAFTS
from dreammix.models.shelf import LORAS_VARIABLE
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol import LoraUse, ModelNotFound
from dreammix.protocol.requests import drafted
from dreammix.protocol.services import ListExtras, ListLoras, ListModels, LoraInfo, ManageModel, ModelOrder
from dreammix_backend.house import CAPABILITIES
from dreammix_backend.services.plans import Pace, plan_insert
from tests.backend.conversing import conversing
from tests.backend.test_plans import ASKED, CARD, footing


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one LoRA, and an empty one of models."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path))
    (tmp_path / "ink.safetensors").write_bytes(bytes(2 << 20))
    return tmp_path


async def test_a_client_hears_which_there_are(tmp_path: Path) -> None:
    """By name and size; and what can be fetched beside models is not among these."""
    assert {"loras", "extras"} <= set(CAPABILITIES)
    async with conversing(tmp_path) as (_, client, _):
        found = await client.ask(ListLoras())
        assert found.loras == (LoraInfo("ink", 2 << 20),)
        extras = [info.model for info in (await client.ask(ListExtras())).models]
        assert extras == [FOOOCUS, DRAFTS]
        assert not {info.model for info in (await client.ask(ListModels())).models} & set(extras)


async def test_an_extra_is_managed_like_a_model(tmp_path: Path, shelf: Path) -> None:
    """What is answered is about it, and the file is gone."""
    folder = shelf / "models" / DRAFTS
    folder.mkdir(parents=True)
    (folder / MANIFEST).touch()
    async with conversing(tmp_path) as (_, client, _):
        info = await client.ask(ManageModel(DRAFTS, ModelOrder.REMOVE))
        assert (info.model, info.installed, info.drafts) == (DRAFTS, False, False)
    assert not folder.exists()


async def test_an_insert_names_only_what_is_there(tmp_path: Path) -> None:
    """A stranger is refused when it is asked for, not when its turn has come; so is a plan with it."""
    async with conversing(tmp_path) as (engine, client, _):
        with pytest.raises(ModelNotFound, match="ink"):
            await client.insert(loras=(LoraUse("../ink"),))
        with pytest.raises(ModelNotFound, match="ink"):
            await client.ask(replace(ASKED, loras=(LoraUse("chalk"),)))
        assert engine.counts().waiting == engine.counts().running == 0
        await client.insert(loras=(LoraUse("ink", 0.5),))


async def test_what_is_worn_is_planned_for(tmp_path: Path, shelf: Path) -> None:
    """A card that has just room for an insert has none for the same as a draft, or with a large LoRA."""
    bare = plan_insert(ASKED, footing(CARD), Pace())
    assert bare.fits
    tight = replace(CARD, free_bytes=int(2.4 * (1 << 30)))
    worn = 400_000_000
    assert plan_insert(ASKED, footing(tight), Pace()).fits
    assert not plan_insert(ASKED, replace(footing(tight), worn=worn), Pace()).fits
    folder = shelf / "models" / DRAFTS
    folder.mkdir(parents=True)
    (folder / MANIFEST).touch()
    with (folder / DRAFT_FILE).open("wb") as file:
        file.truncate(1 << 43)  # A file of holes: no machine has room for it.
    async with conversing(tmp_path) as (_, client, _):
        usual = await client.ask(ASKED)
        draft = await client.ask(replace(ASKED, settings=drafted(ASKED.settings)))
    assert usual.fits and not draft.fits
