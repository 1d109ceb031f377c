"""The Frechet distance of two sets of features, taken as normally distributed (Dowson and Landau 1982)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float64]
"""(N, E), a row a picture."""


def frechet(some: Features, others: Features) -> float:
    """|mu1 - mu2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), 0 for equal sets; at least one row in each.

    Few rows make it too large: only sets of as many rows can be compared. With C = A A', A the centred rows'
    transpose over the root of N, the trace of the root of C1 C2 is the sum of the singular values of A1' A2.
    """
    centres = some.mean(axis=0) - others.mean(axis=0)
    first, second = ((rows - rows.mean(axis=0)) / len(rows) ** 0.5 for rows in (some, others))
    # The product's root has the same trace seen from the smaller side: QR leaves at most E rows of each.
    roots = [np.asarray(np.linalg.qr(rows, mode="r")) for rows in (first, second)]
    joint = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False)
    spread = (first**2).sum() + (second**2).sum() - 2 * joint.sum()
    return max(0.0, float((centres**2).sum() + spread))
