"""The Frechet distance against what can be worked out."""

import numpy as np
import pytest

from dreammix.evaluation.subjects.frechet import frechet

RNG = np.random.default_rng(1)


def test_equal_sets_are_at_no_distance() -> None:
    """Whatever their size, also a single row."""
    for rows in (1, 3, 40):
        some = RNG.normal(size=(rows, 8))
        assert frechet(some, some) == pytest.approx(0, abs=1e-9)


def test_a_shift_costs_its_square() -> None:
    """The spread is the same, and only the means differ."""
    some = RNG.normal(size=(30, 5))
    assert frechet(some, some + 0.5) == pytest.approx(5 * 0.25)


def test_it_is_that_of_the_covariances() -> None:
    """The closed form, with the root of the covariances' product by its eigenvalues."""
    some, others = RNG.normal(size=(50, 6)), RNG.normal(size=(70, 6)) @ RNG.normal(size=(6, 6)) + 1
    c1, c2 = (np.cov(rows.T, bias=True) for rows in (some, others))
    root = np.sqrt(np.linalg.eigvals(c1 @ c2).real.clip(0)).sum()
    apart = ((some.mean(axis=0) - others.mean(axis=0)) ** 2).sum()
    assert frechet(some, others) == pytest.approx(apart + np.trace(c1) + np.trace(c2) - 2 * root)
