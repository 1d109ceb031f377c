"""Encoded pairs on disk: they come back to the bit and in order, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dreammix.protocol import Size
from dreammix.training.encoded import FILE, forget_pairs, read_pairs, write_pairs
from dreammix.training.pool import Batch, Pool

CPU = torch.device("cpu")
SIZES = [Size(64, 48), Size(8, 128), Size(48, 64), *(Size(16, 8 * (12 - k)) for k in range(9))]
"""More than ten, in an order that neither their names nor their numbers give."""


def pool(sizes: list[Size]) -> Pool:
    """Random pairs of each size."""
    return Pool(
        tuple(
            Batch(
                size=size,
                latents=torch.randn(2, 4, size.height // 8, size.width // 8).to(torch.bfloat16),
                told=torch.randn(2, 5, size.height // 8, size.width // 8),
                words=torch.tensor([0, 3]),
            )
            for size in sizes
        )
    )


def test_pairs_come_back_to_the_bit_and_in_order(tmp_path: Path) -> None:
    """Each pool its own, each batch at its place: a step draws them by their numbers."""
    written = [pool(SIZES), pool(SIZES[::-1])]
    write_pairs(tmp_path, "lesson", written)
    read = read_pairs(tmp_path, "lesson", CPU)
    assert read is not None
    for one, other in zip(read, written, strict=True):
        assert [batch.size for batch in one.batches] == [batch.size for batch in other.batches]
        for mine, its in zip(one.batches, other.batches, strict=True):
            assert mine.latents.dtype == its.latents.dtype
            assert torch.equal(mine.latents, its.latents) and torch.equal(mine.told, its.told)
            assert torch.equal(mine.words, its.words)


def test_another_lesson_has_none(tmp_path: Path) -> None:
    """Nor has one whose pairs were forgotten, which may be done twice."""
    assert read_pairs(tmp_path, "lesson", CPU) is None
    write_pairs(tmp_path, "lesson", [pool(SIZES)])
    assert read_pairs(tmp_path, "other", CPU) is None
    forget_pairs(tmp_path)
    forget_pairs(tmp_path)
    assert read_pairs(tmp_path, "lesson", CPU) is None


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"junk", lambda data: b""])
def test_damaged_pairs_are_as_if_they_were_not_there(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    """They are encoded anew."""
    write_pairs(tmp_path, "lesson", [pool(SIZES)])
    (tmp_path / FILE).write_bytes(spoil((tmp_path / FILE).read_bytes()))
    assert read_pairs(tmp_path, "lesson", CPU) is None
