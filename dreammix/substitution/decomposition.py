"""Eq. 9: the part of an embedding that points where the eliminated ones point is taken out of it."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

RANK_TOLERANCE: Final = 1e-4
"""Directions (of unit length) that differ by less than this are the same one."""


def orthonormal(directions: Tensor) -> Tensor:
    """A basis of what the rows (K, D) span: (R, D) in float64, R at most K; zero rows span nothing.

    Taking out one direction after the other, as a loop over Eq. 9 does, depends on their order and leaves a
    part of each but the last, because they are not at right angles. A basis leaves nothing of any.
    """
    rows = directions.to("cpu", torch.float64)
    lengths = rows.norm(dim=1, keepdim=True)
    units = rows[lengths.squeeze(1) > 0] / lengths[lengths > 0, None]
    svd = torch.linalg.svd(units, full_matrices=False)
    basis: Tensor = svd.Vh[svd.S > RANK_TOLERANCE]
    return basis


def decompose(p_raw: Tensor, basis: Tensor, strength: float = 1.0) -> Tensor:
    """p_dec = p_raw - strength · sum over e of (p_raw · e) e, e being the basis' rows: Eq. 9 at strength 1.

    For one direction, e = p_eli / |p_eli|, this is the paper's formula.

    Args:
        p_raw: (..., D).
        basis: (R, D), orthonormal.
        strength: 0 to 1; at 0, and with nothing to take out, p_raw is given back as it is.
    """
    if strength == 0 or len(basis) == 0:
        return p_raw
    p = p_raw.to(basis)  # Few numbers, and not every device knows float64.
    return (p - strength * (p @ basis.T) @ basis).to(p_raw)
