"""A tiny model that brings a metrics CLIP."""

import shutil
from pathlib import Path

import pytest

NATIVE_SIDE = 32
MULTIPLE = 16


@pytest.fixture(scope="session")
def judged_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's folder with a CLIP and a reader of random weights in it."""
    import torch
    from transformers import CLIPTokenizer

    from dreammix.models import write_manifest
    from dreammix.sandbox import clip, reader

    folder = tmp_path_factory.mktemp("models") / "judged"
    shutil.copytree(tiny_model, folder)
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        clip.save(clip.untrained(tokenizer), tokenizer, folder)
        reader.save(reader.untrained(), folder)
    write_manifest(folder, name="tiny", native_side=NATIVE_SIDE, multiple=MULTIPLE)
    return folder
