"""Real encoders behind the describers' protocols."""

from pathlib import Path

import pytest
import torch
from transformers import CLIPModel, CLIPProcessor

from dreammix.attributes import ClipDescriber, match_words
from dreammix.attributes.encoders import ClipSight, text_similarity
from dreammix.attributes.showing import shown
from dreammix.conditioning import TextEncoders
from dreammix.models.base import load
from dreammix.protocol import Attribute, AttributeKind, ModelDamaged, Picture, Replacement


def test_a_clip_from_a_folder_sees(clip_folder: Path, red: Picture) -> None:
    """Its logits are those of transformers' own model on what it is shown."""
    sentences = ["a red object", "an object with a hat and a bow"]
    logits = ClipSight(clip_folder)([red, red], sentences)
    model, processor = CLIPModel.from_pretrained(clip_folder), CLIPProcessor.from_pretrained(clip_folder)
    fitted = {"padding": True, "truncation": True}
    inputs = processor(text=sentences, images=shown([red, red]), return_tensors="pt", **fitted)
    expected = model(**inputs).logits_per_image
    torch.testing.assert_close(torch.tensor(logits), expected.detach())
    assert len(ClipDescriber(ClipSight(clip_folder)).describe([red], "mug")) <= 24


def test_a_folder_without_weights_is_damaged(clip_folder: Path, tmp_path: Path) -> None:
    """What lacks is said."""
    (tmp_path / "config.json").write_bytes((clip_folder / "config.json").read_bytes())
    with pytest.raises(ModelDamaged):
        ClipSight(tmp_path)


def test_words_are_compared_by_the_models_encoder(tiny_model: Path) -> None:
    """A word is as like itself as can be, and less like others."""
    encoders: TextEncoders = load(tiny_model).text
    (same, other), _ = text_similarity(encoders)(["red", "teapot"])
    assert same == pytest.approx(1.0, abs=1e-5)
    assert other < same


def test_words_that_the_sandbox_does_not_know_replace_nothing() -> None:
    """Its encoder tells few kinds apart, and so no arbitrary word takes an attribute from a subject."""
    clay_hat = (
        Attribute(AttributeKind.COLOUR, "brown"),
        Attribute(AttributeKind.MATERIAL, "clay"),
        Attribute(AttributeKind.PATTERN, "striped"),
        Attribute(AttributeKind.ACCESSORY, "hat"),
    )
    similarity = text_similarity(load("sandbox").text)
    words = "zzz 7 Tuesday happy sparkly giraffe old haunted cerulean spooky cute angry velvety quux scary"
    for word in words.split():
        found = match_words(word, clay_hat, similarity=similarity)
        assert found == (Replacement(AttributeKind.OTHER, "", word),)
