"""Similarities: through torchmetrics, and in an encoder of pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModel, BertConfig, CLIPConfig, CLIPVisionConfig, Dinov2Config, ViTConfig
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


TINY: Final[dict[str, Any]] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
SIDE: Final[dict[str, Any]] = {"image_size": 28, "patch_size": 14}
WORDS: Final[dict[str, Any]] = {**TINY, "vocab_size": 50}
CONFIGS: Final[dict[str, Callable[[], Any]]] = {
    "dinov2": lambda: Dinov2Config(**TINY, **SIDE),
    "vit": lambda: ViTConfig(**TINY, **SIDE),
    "clip_vision": lambda: CLIPVisionConfig(**TINY, **SIDE),
    "clip": lambda: CLIPConfig(text_config=WORDS, vision_config={**TINY, **SIDE}, projection_dim=8),
    "bert": lambda: BertConfig(**WORDS),
}
"""Small models, by their classes."""


@pytest.fixture
def published(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a folder with a model of random weights, as it is published for transformers."""

    def publish(kind: str) -> Path:
        folder = tmp_path / f"{kind}-tiny"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            AutoModel.from_config(CONFIGS[kind]()).save_pretrained(folder)
        side = {"height": 28, "width": 28}
        BitImageProcessorPil(size={"shortest_edge": 28}, crop_size=side).save_pretrained(folder)
        return folder

    return publish


@torch.no_grad()
@pytest.mark.parametrize(
    ("kind", "see"),
    [
        ("dinov2", lambda model, inputs: model(**inputs).last_hidden_state[:, 0]),
        ("vit", lambda model, inputs: model(**inputs).last_hidden_state[:, 0]),
        ("clip_vision", lambda model, inputs: model(**inputs).last_hidden_state[:, 0]),
        ("clip", lambda model, inputs: model.visual_projection(model.vision_model(**inputs).pooler_output)),
    ],
)
def test_an_encoder_is_known_by_its_folder_and_sees_as_its_class_does(
    published: Callable[[str], Path], kind: str, see: Callable[[Any, Any], Tensor]
) -> None:
    """What transformers' own classes say of the same pictures: the class token, or CLIP's features."""
    folder = published(kind)
    encoder = FolderEncoder(folder)
    pictures = looks(2)
    processor = BitImageProcessorPil.from_pretrained(folder)
    inputs = processor([to_bytes(picture) for picture in pictures], return_tensors="pt")
    features = see(AutoModel.from_pretrained(folder).eval(), inputs)
    assert encoder.name == f"{kind}-tiny"
    torch.testing.assert_close(encoder(pictures), F.normalize(features, dim=-1))


def test_encoders_of_one_name_are_told_apart(published: Callable[[str], Path]) -> None:
    """By all that they are loaded from: other weights, another encoder."""
    folder = published("dinov2")
    before = FolderEncoder(folder).fingerprint
    assert FolderEncoder(folder).fingerprint == before
    weights = load_file(folder / "model.safetensors")
    save_file({name: tensor + 1e-3 for name, tensor in weights.items()}, folder / "model.safetensors")
    assert FolderEncoder(folder).fingerprint != before


def test_a_model_that_sees_no_pictures_is_refused(published: Callable[[str], Path]) -> None:
    """Before anything is painted, with the folder's name."""
    with pytest.raises(ModelDamaged, match="bert-tiny cannot be used"):
        FolderEncoder(published("bert"))


def test_an_encoder_that_is_not_there_or_not_whole_is_refused(
    published: Callable[[str], Path], tmp_path: Path
) -> None:
    """With the folder's name."""
    with pytest.raises(ModelNotFound, match="nowhere"):
        FolderEncoder(tmp_path / "nowhere")
    folder = published("dinov2")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelDamaged, match=f"{folder} cannot be loaded"):
        FolderEncoder(folder)
