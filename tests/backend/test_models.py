"""Which models clients are told of."""

from pathlib import Path

import pytest

from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import DRAFTS, add
from dreammix.protocol import InvalidRequest
from dreammix.protocol.places import own_models_folder
from dreammix.protocol.services import ListModels, LoadModel, ManageModel, ModelOrder
from dreammix_backend.services.models import models
from tests.backend.conversing import conversing


def test_drafts_need_their_lora_and_a_model_that_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the LoRA is here, all can that are here; the built-in model has no use for it."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path))
    (tmp_path / "own").mkdir()
    add("own", tmp_path / "own")
    assert not any(info.drafts for info in models(()))
    (tmp_path / DRAFTS).mkdir()
    (tmp_path / DRAFTS / MANIFEST).touch()
    assert [info.model for info in models(()) if info.drafts] == ["own"]


async def test_a_file_in_the_folder_of_own_models_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_sdxl: Path
) -> None:
    """It is listed while the server runs, and checked and loaded by its name; nobody removes it."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    async with conversing(tmp_path) as (_, client, _):
        assert "ink" not in {info.model for info in (await client.ask(ListModels())).models}
        own_models_folder().mkdir(parents=True)
        (own_models_folder() / "ink.safetensors").symlink_to(small_sdxl / "file.safetensors")
        listed = {info.model: info for info in (await client.ask(ListModels())).models}
        assert listed["ink"].installed
        assert listed["ink"].size_bytes is None  # So that the plugin offers no removal.
        assert str(tmp_path) not in repr(listed["ink"])
        assert (await client.ask(ManageModel("ink", ModelOrder.VERIFY))).model == "ink"
        with pytest.raises(InvalidRequest, match="folder of own models"):
            await client.ask(ManageModel("ink", ModelOrder.REMOVE))
        assert (await client.ask(LoadModel("ink"))).loaded
