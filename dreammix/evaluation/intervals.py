"""How sure a figure is: intervals that hold the true value 95 times of 100."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Z95: Final = 1.959963984540054
"""Standard deviations of a normal distribution on either side of the middle that hold 95 %."""
RESAMPLES: Final = 2000
"""Times that a bootstrap draws its cases anew."""

Cases = NDArray[np.float64]
"""What was measured of each case, (N,) or (N, K)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the 95 % interval around it."""

    value: float
    low: float
    high: float


def wilson(successes: int, count: int) -> Interval:
    """A share of `count` cases, at least 1 (Wilson 1927): honest near 0 and 1 and for few cases."""
    if not 0 <= successes <= count or count < 1:
        raise ValueError(f"{successes} of {count} is no share")
    share, z2 = successes / count, Z95**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z95 / (1 + z2 / count) * sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def jackknife(cases: Cases, statistic: Callable[[Cases], float]) -> Interval:
    """A statistic of cases (N, ...), and how it differs when each of them is left out (Tukey 1958).

    For statistics that a bootstrap falsifies, as it draws cases twice. Of one case nothing is known.
    """
    value, count = statistic(cases), len(cases)
    if count < 2:
        return Interval(value, value, value)
    without = np.array([statistic(np.delete(cases, which, axis=0)) for which in range(count)])
    half = Z95 * sqrt((count - 1) * float(without.var()))
    return Interval(value, value - half, value + half)


def bootstrap(
    cases: Cases,
    statistic: Callable[[Cases], float] = lambda cases: float(cases.mean()),
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """A statistic of cases (N, ...), drawn anew with replacement along the first axis (Efron 1979).

    Whole cases are drawn, so what was measured of the same case stays together.
    """
    if len(cases) < 1:
        raise ValueError("no cases to draw from")
    rng = np.random.default_rng(seed)
    drawn = [statistic(cases[rng.integers(0, len(cases), len(cases))]) for _ in range(resamples)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(statistic(cases), float(low), float(high))
