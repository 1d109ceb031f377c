"""Similarities: through torchmetrics, and in an encoder of pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from transformers import Dinov2Config, Dinov2Model
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

from dreammix.evaluation.subjects.similarity import ClipScore, FolderEncoder
from dreammix.geometry import Units, to_bytes
from dreammix.protocol import ModelDamaged, ModelNotFound
from dreammix.sandbox import clip


def looks(count: int) -> list[Units]:
    """Different pictures, (64, 64, 3)."""
    return list(np.random.default_rng(0).random((count, 64, 64, 3), np.float32))


@torch.no_grad()
def test_torchmetrics_gives_the_cosines_of_the_metrics_clip(judged_model: Path) -> None:
    """Of a picture and words, and of a picture and others."""
    model, tokenizer = clip.load(judged_model)
    one, *others = looks(4)
    score = ClipScore(model, tokenizer)
    seen = model.see(torch.from_numpy(np.stack([one, *others])).movedim(-1, 1) * 2 - 1)
    read = model.read(clip.token_ids(tokenizer, ["a red mug"]))
    words = float(seen[0] @ read[0])
    assert score.text(one, "a red mug") == pytest.approx(max(words, 0), abs=1e-5)
    assert score.pictures(one, others) == pytest.approx(max(float((seen[1:] @ seen[0]).mean()), 0), abs=1e-5)


@pytest.fixture(scope="session")
def dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DINOv2 of random weights, as it is published for transformers."""
    folder = tmp_path_factory.mktemp("encoders") / "dino-tiny"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = Dinov2Config(
            hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
        )
        Dinov2Model(config).save_pretrained(folder)
    BitImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}).save_pretrained(
        folder
    )
    return folder


@torch.no_grad()
def test_an_encoder_is_known_by_its_folder_and_sees_with_its_class_token(dino: Path) -> None:
    """What transformers' own classes say of the same pictures."""
    encoder = FolderEncoder(dino)
    pictures = looks(2)
    processor = BitImageProcessorPil.from_pretrained(dino)
    inputs = processor([to_bytes(picture) for picture in pictures], return_tensors="pt")
    tokens = Dinov2Model.from_pretrained(dino).eval()(**inputs).last_hidden_state[:, 0]
    assert encoder.name == "dino-tiny"
    torch.testing.assert_close(encoder(pictures), F.normalize(tokens, dim=-1))


def test_an_encoder_that_is_not_there_or_not_whole_is_refused(dino: Path, tmp_path: Path) -> None:
    """With the folder's name."""
    with pytest.raises(ModelNotFound, match="nowhere"):
        FolderEncoder(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text((dino / "config.json").read_text())
    with pytest.raises(ModelDamaged, match=str(tmp_path)):
        FolderEncoder(tmp_path)
