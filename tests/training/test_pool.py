"""Pairs of picture and mask, as the U-Net learns from them."""

import numpy as np
import pytest
import torch

from dreammix.geometry import AREA_TOLERANCE, flatten, local_view, to_array
from dreammix.models.base import BaseModel
from dreammix.protocol import Size
from dreammix.sampling import Canvas
from dreammix.training.pool import Batch, Pool, PoolMaker
from tests.training.conftest import example

WORDS = {"a q red": 0, "a red": 1}


def made(model: BaseModel, crops: float, count: int = 6) -> Pool:
    """Pairs of one large picture with a small thing."""
    maker = PoolMaker(model, WORDS, crops)
    for seed in range(count):
        maker.add(example(1, "a red", size=(160, 128)), np.random.default_rng(seed))
    return maker.pool()


def test_crops_are_what_lcg_sees(model: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same view, the same pixels made grey, the same latents as the sampler's canvas gives."""
    one = example(1, "a q red", size=(160, 128))
    region = np.zeros((128, 160), np.float32)
    region[30:70, 50:90] = 1
    monkeypatch.setattr("dreammix.training.pool.draw_around", lambda *_: region)
    maker = PoolMaker(model, WORDS, crops=1.0)
    maker.add(one, np.random.default_rng(0))
    (pair,) = maker.pool().batches
    canvas = Canvas(flatten(to_array(one.picture)), region)
    view = local_view(canvas.masked, Size(160, 128), model.native_side, model.multiple)
    crop = canvas.crop(view)
    assert pair.size == view.size
    with torch.no_grad():
        assert torch.equal(pair.latents, model.autoencoder.encode(crop))
        assert torch.equal(pair.told, canvas.tell(crop, view, model.autoencoder).channels())
    assert pair.words.tolist() == [0]


def test_whole_pictures_and_crops_both_come(model: BaseModel) -> None:
    """As the share asks: none, all, or some; always at the model's native area."""
    whole = {batch.size for batch in made(model, 0.0).batches}
    assert len(whole) == 1
    for share in (0.5, 1.0):
        for batch in made(model, share).batches:
            assert batch.size.area == pytest.approx(model.native_side**2, rel=AREA_TOLERANCE)
    masked = [float(batch.masks.mean()) for batch in made(model, 0.0).batches]
    cropped = [float(batch.masks.mean()) for batch in made(model, 1.0).batches]
    assert min(cropped) > max(masked)


def test_every_pair_has_its_own_mask_of_zero_and_one(model: BaseModel) -> None:
    """Drawn anew for each, in latent cells."""
    (batch,) = made(model, 0.0).batches
    assert set(batch.masks.unique().tolist()) == {0.0, 1.0}
    assert len({mask.numpy().tobytes() for mask in batch.masks}) > 1


def test_every_pair_is_drawn_equally_often() -> None:
    """Whatever sizes there are: a batch is of one size, and over many batches no pair is left behind."""

    def numbered(size: Size, numbers: list[int]) -> Batch:
        rows = len(numbers)
        return Batch(
            size=size,
            latents=torch.zeros(rows, 4, 1, 1),
            told=torch.zeros(rows, 5, 1, 1),
            words=torch.tensor(numbers),
        )

    pool = Pool((numbered(Size(16, 16), [0]), numbered(Size(32, 16), [1, 2, 3])))
    rng = np.random.default_rng(0)
    drawn = [pool.draw(rng, 3).words.tolist() for _ in range(2000)]
    assert all(set(words) == {0} or set(words) <= {1, 2, 3} for words in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=4) / 6000
    assert counts == pytest.approx(0.25, abs=0.04)


def test_what_goes_beside_others_is_of_their_size(model: BaseModel) -> None:
    """So that one pass of the U-Net does for both; where there is none of that size, any will do."""
    pool = made(model, 0.5)
    rng = np.random.default_rng(0)
    for like in pool.batches:
        assert all(pool.draw(rng, 2, like=like).size == like.size for _ in range(5))
    strange = Batch(
        size=Size(16, 64), latents=torch.zeros(1, 4, 1, 1), told=torch.zeros(1, 5, 1, 1), words=torch.zeros(1)
    )
    assert len(pool.draw(rng, 2, like=strange)) == 2


def test_transparent_ground_is_white_as_in_inference(model: BaseModel) -> None:
    """RGBA pictures are seen as a scene is, without a warning."""
    one = example(1, "a q red", size=(32, 32))
    pixels = to_array(one.picture).copy()
    pixels[to_array(one.mask) == 0, 3] = 0
    assert (flatten(pixels)[to_array(one.mask) == 0] == 255).all()
