"""The judge's rules, with a model whose logits are chosen."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPTokenizer

from dreammix.evaluation.judge import Judge, Verdict
from dreammix.protocol import ModelDamaged
from dreammix.sandbox import clip
from dreammix.sandbox.world import Category, Colour, sample_thing


def test_where_no_object_is_seen_neither_category_nor_colour_is_right() -> None:
    """A smear of the right colour is no object of that colour."""
    asked = sample_thing(np.random.default_rng(0))
    assert Verdict(asked.category, asked.colour).right_colour(asked)
    smear = Verdict(None, asked.colour)
    assert not smear.right_colour(asked)
    assert not smear.right_category(asked)


class Oracle(clip.MetricsCLIP):
    """Sees what it is told, whatever the picture."""

    def __init__(self, embedding: torch.Tensor) -> None:
        torch.nn.Module.__init__(self)
        self.embedding = embedding

    def see(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.embedding.expand(len(pictures), -1)


def judged(**weights: float) -> Verdict:
    """The verdict where the sentence at each index (`at_3=...`) suits the picture so well."""
    sentences = len(clip.CATEGORY) + len(clip.COLOUR)
    embedding = torch.zeros(sentences)
    for place, weight in weights.items():
        embedding[int(place.removeprefix("at_"))] = weight
    judge = Judge(Oracle(embedding), torch.eye(sentences))
    picture, region = np.zeros((20, 30, 3), np.float32), np.ones((20, 30), np.float32)
    return judge.verdicts([picture] * 40, [region] * 40)[-1]


def test_the_likeliest_sentences_name_category_and_colour() -> None:
    """One sentence for each, beyond doubt; more regions than fit into a batch."""
    seen = judged(at_3=1.0, **{f"at_{len(clip.CATEGORY) + 4}": 1.0})
    assert seen.category is list(Category)[3]
    assert seen.colour is list(Colour)[4]


@pytest.mark.parametrize("defect", list(clip.Defect))
def test_a_defect_is_no_object(defect: clip.Defect) -> None:
    """Blurred, empty and noisy regions hold nothing, even where a category comes close."""
    place = clip.CATEGORY.index(defect.value)
    assert judged(**{f"at_{place}": 1.0, "at_3": 0.9}).category is None


def test_two_categories_that_are_as_likely_are_none() -> None:
    """Below half of the probability an object cannot be told."""
    assert judged(at_2=1.0, at_3=1.0, at_4=1.0).category is None


def test_the_look_is_a_square_around_the_region_as_far_as_the_picture_goes() -> None:
    """The region's centre is the look's, and what lies beyond the margin is not seen."""
    picture = np.zeros((100, 200, 3), np.float32)
    region = np.zeros((100, 200), np.float32)
    region[40:60, 90:110] = 1
    picture[40:60, 90:110] = 1
    seen = clip.look(picture, region)
    assert seen.shape == (clip.LOOK_SIDE, clip.LOOK_SIDE, 3)
    assert seen.mean() == pytest.approx((20 / 22) ** 2, abs=0.02)
    wide = np.ones((100, 200), np.float32)
    assert clip.look(picture, wide).shape == (clip.LOOK_SIDE, clip.LOOK_SIDE, 3)


def test_pictures_and_sentences_share_a_space(tiny_model: Path) -> None:
    """Both encoders give unit embeddings of the same width, whatever the weights."""
    tokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    model = clip.untrained(tokenizer).eval()
    with torch.no_grad():
        seen = model.see(torch.rand(3, 3, clip.LOOK_SIDE, clip.LOOK_SIDE))
        read = model.read(clip.token_ids(tokenizer, clip.COLOUR))
    assert model.logits(seen, read).shape == (3, len(clip.COLOUR))
    torch.testing.assert_close(seen.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(read.norm(dim=1), torch.ones(len(clip.COLOUR)))


def test_a_saved_clip_says_the_same_when_it_is_loaded(tiny_model: Path, tmp_path: Path) -> None:
    """What `save` writes into a model's folder, `load` reads, to the precision of fp16."""
    tokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    model = clip.untrained(tokenizer).eval()
    picture, ids = torch.rand(1, 3, clip.LOOK_SIDE, clip.LOOK_SIDE), clip.token_ids(tokenizer, clip.CATEGORY)
    with torch.no_grad():
        before = model.logits(model.see(picture), model.read(ids))
    clip.save(model, tokenizer, tmp_path)
    loaded, _ = clip.load(tmp_path)
    with torch.no_grad():
        after = loaded.logits(loaded.see(picture), loaded.read(ids))
    torch.testing.assert_close(after, before, atol=0.05, rtol=0)


def test_a_model_without_a_clip_says_so(tiny_model: Path) -> None:
    """A model's folder need not bring one; what cannot be measured is one clear error."""
    with pytest.raises(ModelDamaged, match="metrics CLIP"):
        clip.load(tiny_model)


def test_padding_changes_nothing_that_a_sentence_says(tiny_model: Path) -> None:
    """A short sentence beside a long one has the embedding that it has alone."""
    tokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    model = clip.untrained(tokenizer).eval()
    with torch.no_grad():
        alone = model.read(clip.token_ids(tokenizer, ["red"]))
        beside = model.read(clip.token_ids(tokenizer, ["red", "a red thing of many letters"]))
    torch.testing.assert_close(beside[:1], alone)
