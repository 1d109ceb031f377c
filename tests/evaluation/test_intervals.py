"""Intervals against values that can be looked up or worked out."""

import numpy as np
import pytest

from dreammix.evaluation.intervals import Interval, bootstrap, jackknife, wilson


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
)
def test_wilson_gives_the_published_limits(successes: int, count: int, low: float, high: float) -> None:
    """The examples of Newcombe (1998), method 3, and the ends of the scale."""
    interval = wilson(successes, count)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)
    assert interval.value == successes / count


@pytest.mark.parametrize(("successes", "count"), [(0, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(successes: int, count: int) -> None:
    """There is no share of nothing, and none above one."""
    with pytest.raises(ValueError, match="no share"):
        wilson(successes, count)


def test_the_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    """For many cases, 1.96 standard errors on either side."""
    values = np.random.default_rng(5).normal(3.0, 2.0, 400)
    interval = bootstrap(values)
    half = 1.96 * values.std() / 20
    assert interval.value == pytest.approx(values.mean())
    assert interval.high - interval.value == pytest.approx(half, rel=0.1)
    assert interval.value - interval.low == pytest.approx(half, rel=0.1)


def test_the_bootstrap_repeats_itself_and_follows_its_seed() -> None:
    """The same cases and seed give the same interval, another seed gives another."""
    values = np.arange(20.0)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)


def test_the_bootstrap_keeps_what_was_measured_of_one_case_together() -> None:
    """The mean difference of two columns that always differ by 1 is 1 in every resample."""
    first = np.random.default_rng(0).normal(size=30)
    interval = bootstrap(np.stack([first, first + 1], axis=1), lambda c: float((c[:, 1] - c[:, 0]).mean()))
    assert (interval.low, interval.high) == pytest.approx((1.0, 1.0))


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    """Exactly: 1.96 times the root of the variance over N, on either side of the value."""
    values = np.random.default_rng(5).normal(3.0, 2.0, 12)
    interval = jackknife(values, lambda cases: float(cases.mean()))
    half = 1.959964 * values.std(ddof=1) / 12**0.5
    assert (interval.value, interval.high, interval.low) == pytest.approx(
        (values.mean(), values.mean() + half, values.mean() - half)
    )
    assert jackknife(values[:1], lambda cases: 4.0) == Interval(4.0, 4.0, 4.0)


def test_the_bootstrap_needs_cases() -> None:
    """Nothing can be drawn from nothing."""
    with pytest.raises(ValueError, match="no cases"):
        bootstrap(np.empty(0))
