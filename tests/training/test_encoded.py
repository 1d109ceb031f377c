"""Encoded pairs on disk: they come back to the bit and in order, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dreammix.protocol import Size
from dreammix.training import encoded
from dreammix.training.encoded import FILE, Encoded, forget_pairs, read_pairs, write_pairs
from dreammix.training.pool import Batch

CPU = torch.device("cpu")
SIZES = [Size(64, 48), Size(8, 128), Size(48, 64), *(Size(16, 8 * (12 - k)) for k in range(9))]
"""More than ten, in an order that neither their names nor their numbers give."""


def pairs(sizes: list[Size]) -> tuple[Batch, ...]:
    """A random one of each size."""
    return tuple(
        Batch(
            size=size,
            latents=torch.randn(1, 4, size.height // 8, size.width // 8).to(torch.bfloat16),
            told=torch.randn(1, 5, size.height // 8, size.width // 8),
            words=torch.tensor([3]),
        )
        for size in sizes
    )


@pytest.fixture
def some() -> Encoded:
    """Of two examples of the subject and eleven regular ones."""
    return {(0, 0): pairs(SIZES), (0, 1): pairs(SIZES[::-1])} | {(1, k): pairs(SIZES[k:]) for k in range(11)}


def test_pairs_come_back_to_the_bit_and_in_order(some: Encoded, tmp_path: Path) -> None:
    """Each at its place: a step draws them by their numbers."""
    write_pairs(tmp_path, "lesson", some)
    read = read_pairs(tmp_path, "lesson", CPU)
    assert list(read) == list(some)
    for mine, its in zip(read.values(), some.values(), strict=True):
        for one, other in zip(mine, its, strict=True):
            assert (one.size, one.latents.dtype) == (other.size, other.latents.dtype)
            assert torch.equal(one.latents, other.latents) and torch.equal(one.told, other.told)
            assert torch.equal(one.words, other.words)


def test_another_lesson_has_none(some: Encoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor has one whose pairs are of an older format, or were forgotten, which may be done twice."""
    assert read_pairs(tmp_path, "lesson", CPU) == {}
    write_pairs(tmp_path, "lesson", some)
    assert read_pairs(tmp_path, "other", CPU) == {}
    with monkeypatch.context() as newer:
        newer.setattr(encoded, "FORMAT", encoded.FORMAT + 1)
        assert read_pairs(tmp_path, "lesson", CPU) == {}
    assert read_pairs(tmp_path, "lesson", CPU)
    forget_pairs(tmp_path)
    forget_pairs(tmp_path)
    assert read_pairs(tmp_path, "lesson", CPU) == {}


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"junk", lambda data: b""])
def test_damaged_pairs_are_as_if_they_were_not_there(
    some: Encoded, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """They are encoded anew."""
    write_pairs(tmp_path, "lesson", some)
    (tmp_path / FILE).write_bytes(spoil((tmp_path / FILE).read_bytes()))
    assert read_pairs(tmp_path, "lesson", CPU) == {}
