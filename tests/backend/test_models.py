"""Which models clients are told of."""

from pathlib import Path

import pytest

from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import DRAFTS, add
from dreammix_backend.services.models import models


def test_drafts_need_their_lora_and_a_model_that_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the LoRA is here, all can that are here; the built-in model has no use for it."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path))
    (tmp_path / "own").mkdir()
    add("own", tmp_path / "own")
    assert not any(info.drafts for info in models(()))
    (tmp_path / DRAFTS).mkdir()
    (tmp_path / DRAFTS / MANIFEST).touch()
    assert [info.model for info in models(()) if info.drafts] == ["own"]
