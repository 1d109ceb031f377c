"""Seeded noise."""

from __future__ import annotations

import itertools

import pytest
import torch

from dreammix.protocol.requests import MAX_SEED
from dreammix.sampling import Draw, Noise

LIKE = torch.zeros(1, 4, 6, 5)


def test_unit() -> None:
    """Noise has mean 0 and variance 1."""
    noise = Noise([1, 2]).draw(Draw.START, torch.zeros(1, 4, 64, 64))
    assert noise.shape == (2, 4, 64, 64)
    assert abs(float(noise.mean())) < 0.02
    assert float(noise.var()) == pytest.approx(1, abs=0.02)


def test_whatever_the_batch() -> None:
    """A variant's noise does not depend on the variants beside it."""
    together = Noise([5, MAX_SEED, 7]).draw(Draw.BLEND, LIKE, 3)
    alone = Noise([MAX_SEED]).draw(Draw.BLEND, LIKE, 3)
    assert torch.equal(together[1:2], alone)


def test_whatever_came_before() -> None:
    """A draw does not depend on the draws before it, nor on torch's own state."""
    noise = Noise([5])
    first = noise.draw(Draw.SOLVER, LIKE, 2)
    noise.draw(Draw.START, LIKE)
    torch.manual_seed(1)
    assert torch.equal(noise.draw(Draw.SOLVER, LIKE, 2), first)


def test_every_draw_differs() -> None:
    """Another seed, purpose or step gives other noise; also seeds that agree in their low 32 bits."""
    rows = [
        Noise([seed]).draw(draw, LIKE, step)
        for seed, draw, step in itertools.product([0, 1, 2**32, 2**32 + 1], Draw, [0, 1])
    ]
    for one, other in itertools.combinations(rows, 2):
        assert not torch.equal(one, other)


def test_like() -> None:
    """Noise takes over the sides and the precision of the latents that it is for."""
    noise = Noise([1, 2, 3]).draw(Draw.SWITCH, torch.zeros(3, 4, 2, 7, dtype=torch.float64))
    assert noise.shape == (3, 4, 2, 7)
    assert noise.dtype == torch.float64


def test_the_same_for_ever() -> None:
    """The noise of a seed is part of the artist's result: these numbers may never change."""
    noise = Noise([42])
    found = [float(noise.draw(draw, torch.zeros(1, 1, 1), 1)) for draw in Draw]
    assert found == pytest.approx([-1.4843523502, 1.1127170324, 1.4429836273, 1.1730242967], abs=1e-6)


def test_no_variant() -> None:
    """There is no noise for no variant."""
    with pytest.raises(ValueError, match="at least one variant"):
        Noise([])
