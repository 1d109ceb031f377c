"""What the denoiser learns from, and that a resumed run meets the same."""

import pickle
from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from dreammix.sandbox.training import examples
from dreammix.sandbox.training.examples import (
    KNOWN_WEIGHT,
    THING_WEIGHT,
    Batch,
    Example,
    draw,
    encode_shard,
    example,
    render_shard,
    weigh,
)
from dreammix.sandbox.training.loop import rng_for

SIDE = 16


def ids(prompts: list[str]) -> tuple[Tensor, Tensor]:
    """Each prompt's length, for both encoders."""
    lengths = torch.tensor([[len(prompt)] for prompt in prompts])
    return lengths, -lengths


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of eight."""
    monkeypatch.setattr(examples, "SHARD", 8)


def averages(shard: list[Example]) -> Batch:
    """A batch without an autoencoder: the mean colours of pictures, and the words' lengths."""
    means = torch.tensor(np.stack([e.picture.mean(axis=(0, 1)) for e in shard]))
    masks = torch.tensor(np.stack([e.region for e in shard]))
    return Batch(means, means, masks, masks, *ids([e.prompt for e in shard]))


def same(first: Batch, second: Batch) -> bool:
    """Whether two batches agree to the bit."""
    return all(
        torch.equal(a, b)
        for a, b in (
            (first.latents, second.latents),
            (first.masks, second.masks),
            (first.first_ids, second.first_ids),
            (first.second_ids, second.second_ids),
        )
    )


def test_an_example_is_its_stream() -> None:
    """The same generator draws the same picture, region and words; all of them are what they say."""
    for k in range(30):
        one, again = (example(rng_for(3, k), SIDE) for _ in range(2))
        assert np.array_equal(one.picture, again.picture)
        assert np.array_equal(one.region, again.region)
        assert one.prompt == again.prompt
        assert one.picture.shape == (SIDE, SIDE, 3)
        assert one.picture.dtype == one.region.dtype == np.float32
        assert set(np.unique(one.region)) <= {0.0, 1.0}


def test_examples_are_of_every_sort() -> None:
    """Some have no words, some are whole pictures, and most fill a part that holds an object."""
    drawn_examples = [example(rng_for(3, k), SIDE) for k in range(300)]
    silent = sum(e.prompt == "" for e in drawn_examples) / 300
    whole = sum(bool(e.region.all()) for e in drawn_examples) / 300
    assert 0.08 < silent < 0.20
    assert 0.06 < whole < 0.20
    wordings = Counter(e.prompt for e in drawn_examples)
    assert len(wordings) > 150


def test_a_shard_is_a_pure_function() -> None:
    """The same seed, side and index give the same shard; another index gives another."""
    first, again, other = (render_shard(7, SIDE, index) for index in (2, 2, 3))
    assert [e.prompt for e in first] == [e.prompt for e in again]
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a.picture, b.picture) for a, b in zip(first, other, strict=True))


def test_shards_come_from_other_processes() -> None:
    """What is sent to a child process and what it sends back survive the way."""
    render = pickle.loads(pickle.dumps(partial(render_shard, 7, SIDE)))
    shard = pickle.loads(pickle.dumps(render(0)))
    expected = render_shard(7, SIDE, 0)
    assert [e.prompt for e in shard] == [e.prompt for e in expected]
    assert all(np.array_equal(a.region, b.region) for a, b in zip(shard, expected, strict=True))


def test_a_shard_is_encoded_as_the_model_will_see_pictures(vae: AutoencoderKL) -> None:
    """Scaled means of the picture and of the picture with its region grey; any cell touched is inside."""
    rng = np.random.default_rng(0)
    pictures = rng.random((3, SIDE, SIDE, 3), dtype=np.float32)
    regions = np.zeros((3, SIDE, SIDE), np.float32)
    regions[1, 5, 9] = 1  # one pixel, in cell (1, 2)
    regions[2, :, :8] = 1
    words = ["", "a", "red mug"]
    shard = [Example(p, r, r, w) for p, r, w in zip(pictures, regions, words, strict=True)]
    batch = encode_shard(shard, vae, ids)

    def latent(picture: Tensor) -> Tensor:
        mean: Tensor = vae.encode(picture.movedim(-1, 0)[None] * 2 - 1).latent_dist.mean
        return mean[0] * float(vae.config["scaling_factor"])

    cells = SIDE // 4
    assert batch.latents.shape == batch.masked.shape == (3, 4, cells, cells)
    assert batch.masks.shape == (3, 1, cells, cells)
    assert batch.masks.sum((1, 2, 3)).tolist() == [0, 1, cells**2 // 2]
    assert batch.masks[1, 0, 1, 2] == 1
    assert torch.equal(batch.weights, weigh(batch.masks, batch.masks))
    assert batch.first_ids.flatten().tolist() == [0, 1, 7]
    grey = pictures.copy()
    grey[regions == 1] = 0.5
    near = partial(torch.testing.assert_close, atol=0.01, rtol=0.01)  # Half precision, where there is any.
    for row in range(3):
        near(batch.latents[row], latent(torch.from_numpy(pictures[row])))
        near(batch.masked[row], latent(torch.from_numpy(grey[row])))


def test_errors_weigh_most_at_the_thing() -> None:
    """Little outside the region, more inside, most where the thing is or within a cell of it."""
    masks = torch.ones(1, 1, 1, 8)
    masks[..., 6:] = 0
    thing = torch.zeros(1, 1, 1, 8)
    thing[..., 1], thing[..., 7] = 1, 1
    inside, most = 1.0, THING_WEIGHT
    expected = [most, most, most, inside, inside, inside, KNOWN_WEIGHT, KNOWN_WEIGHT]
    assert weigh(masks, thing).flatten().tolist() == pytest.approx(expected)


def test_an_example_knows_where_its_thing_is() -> None:
    """Pictures of empty ground have no thing; in the others the region holds most of it."""
    drawn = [example(rng_for(3, k), 64) for k in range(60)]
    with_thing = [e for e in drawn if e.thing.any()]
    assert 45 < len(with_thing) < 60
    assert all((e.thing * e.region).sum() > 0.5 * e.thing.sum() for e in with_thing)


def test_batches_are_rows_and_rows_join() -> None:
    """Taking a batch apart and joining it gives the batch."""
    whole = averages([example(rng_for(0, k), SIDE) for k in range(4)])
    parts = [whole.rows(torch.tensor(index)) for index in ([0], [1, 2], [3])]
    assert same(Batch.joined(parts), whole)
    assert whole.rows(torch.tensor([2, 0])).first_ids.tolist() == whole.first_ids[[2, 0]].tolist()


def test_a_draw_is_its_generator() -> None:
    """The same generator draws the same rows of the shards, another one others."""
    shards = [averages(render_shard(7, SIDE, index)) for index in range(3)]
    first, again, other = (draw(shards, rng_for(7, step), 20) for step in (0, 0, 1))
    assert same(first, again)
    assert not same(first, other)


def test_a_draw_takes_whole_examples_from_every_shard() -> None:
    """Rows stay together: picture, region and words of one example; all shards have their share."""
    shards = [averages(render_shard(7, SIDE, index)) for index in range(3)]
    rows = draw(shards, rng_for(7, 0), 60)
    assert len(rows.latents) == 60
    known = [[tuple(row) for row in shard.latents.tolist()] for shard in shards]
    sources = []
    for row in range(60):
        mean = tuple(rows.latents[row].tolist())
        (source,) = [index for index, means in enumerate(known) if mean in means]
        place = known[source].index(mean)
        assert torch.equal(rows.masks[row], shards[source].masks[place])
        assert torch.equal(rows.first_ids[row], shards[source].first_ids[place])
        sources.append(source)
    assert min(sources.count(index) for index in range(3)) > 10
