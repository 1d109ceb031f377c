"""Pairs of picture and mask, as the U-Net learns from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dreammix.geometry import AREA_TOLERANCE, flatten, local_view, to_array, to_picture
from dreammix.models.base import BaseModel
from dreammix.protocol import Size
from dreammix.sampling import Canvas
from dreammix.training.pool import Batch, Pool, encode, pooled
from tests.training.conftest import example


def made(model: BaseModel, crops: float, count: int = 6) -> Pool:
    """Pairs of one large picture with a small thing."""
    large = example(1, "a red", size=(160, 128))
    return pooled(encode(model, large, 1, crops, map(np.random.default_rng, range(count))))


def test_crops_are_what_lcg_sees(model: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same view, the same pixels made grey, the same latents as the sampler's canvas gives."""
    one = example(1, "a q red", size=(160, 128))
    region = np.zeros((128, 160), np.float32)
    region[30:70, 50:90] = 1
    monkeypatch.setattr("dreammix.training.pool.draw_around", lambda *_: region)
    (pair,) = encode(model, one, 0, 1.0, [np.random.default_rng(0)])
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


def numbered(numbers: dict[Size, list[int]]) -> Pool:
    """Pairs of some sizes, told apart by their words."""
    return Pool(
        tuple(
            Batch(
                size=size,
                latents=torch.zeros(len(words), 4, 1, 1),
                told=torch.zeros(len(words), 5, 1, 1),
                words=torch.tensor(words),
            )
            for size, words in numbers.items()
        )
    )


def test_every_pair_is_drawn_equally_often() -> None:
    """Whatever sizes there are: a batch is of one size, and over many batches no pair is left behind."""
    pool = numbered({Size(16, 16): [0], Size(32, 16): [1, 2, 3]})
    rng = np.random.default_rng(0)
    drawn = [pool.draw(rng, 3).words.tolist() for _ in range(2000)]
    assert all(set(words) == {0} or set(words) <= {1, 2, 3} for words in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=4) / 6000
    assert counts == pytest.approx(0.25, abs=0.04)


def test_what_goes_beside_others_is_of_their_size_where_that_is_fair() -> None:
    """One pass of the U-Net does for both as often as can be; yet no pair comes more often for its size."""
    square, wide, tall = Size(16, 16), Size(32, 16), Size(16, 32)
    photographs = numbered({wide: [0, 1, 2], square: [3]})
    regular = numbered({square: [0, 1], wide: [2], tall: [3]})
    rng = np.random.default_rng(0)
    own = [photographs.draw(rng, 2) for _ in range(2000)]
    beside = [regular.draw_beside(rng, 3, one, photographs) for one in own]
    counts = np.bincount(torch.cat([batch.words for batch in beside]).numpy(), minlength=4) / 6000
    assert counts == pytest.approx(0.25, abs=0.04)
    alike = np.mean([one.size == other.size for one, other in zip(own, beside, strict=True)])
    assert alike == pytest.approx(0.5, abs=0.04)


def test_what_is_of_the_same_sizes_is_always_alike() -> None:
    """Square pictures beside square ones."""
    square, wide = Size(16, 16), Size(32, 16)
    one, other = numbered({square: [0, 1], wide: [2]}), numbered({wide: [3, 4], square: [5, 6, 7, 8]})
    rng = np.random.default_rng(0)
    for _ in range(50):
        own = one.draw(rng, 1)
        assert other.draw_beside(rng, 2, own, one).size == own.size


def test_transparent_ground_is_white_as_in_inference(model: BaseModel) -> None:
    """A cut-out is encoded as the same thing on white."""
    one = example(1, "a q red", size=(32, 32))
    ground = to_array(one.mask) == 0
    cut, white = (to_array(one.picture).copy() for _ in range(2))
    cut[ground, 3] = 0
    white[ground] = 255
    pools = []
    for pixels in (cut, white, to_array(one.picture)):
        (pair,) = encode(model, replace(one, picture=to_picture(pixels)), 0, 0.0, [np.random.default_rng(0)])
        pools.append(pair.latents)
    assert torch.equal(pools[0], pools[1])
    assert not torch.equal(pools[0], pools[2])
