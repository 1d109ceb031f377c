"""Two labels over a grid: the smoothest division that the pixels' own opinions allow, and its pieces."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry import Units

Flags: TypeAlias = NDArray[np.bool_]

_STEP: Final = 0.35
"""Of both variables; the method converges below 1 / sqrt(8), the inverse norm of a grid's gradient."""


def smooth_cut(cost: Units, across: Units, down: Units, iterations: int) -> Units:
    """Minimise sum(cost u) + sum(across |u_x|) + sum(down |u_y|) over u in [0, 1]: a minimum cut.

    Its convex relaxation has the same minimum (Chan, Esedoglu and Nikolova 2006), and is solved by
    Chambolle's and Pock's primal-dual steps (2011).

    Args:
        cost: (H, W), what taking a pixel costs; negative where it is better in.
        across, down: (H, W), at least 0: the price of an edge between a pixel and its right, lower neighbour.
        iterations: how many steps.

    Returns:
        u (H, W): near 1 inside, near 0 outside.
    """
    u = (cost < 0).astype(np.float32)
    ahead = u.copy()
    p, q = np.zeros_like(u), np.zeros_like(u)
    for _ in range(iterations):
        p[:, :-1] += _STEP * (ahead[:, 1:] - ahead[:, :-1])
        q[:-1] += _STEP * (ahead[1:] - ahead[:-1])
        np.clip(p, -across, across, out=p)
        np.clip(q, -down, down, out=q)
        force = p + q - cost
        force[:, 1:] -= p[:, :-1]
        force[1:] -= q[:-1]
        stepped = np.clip(u + _STEP * force, 0, 1)
        ahead = 2 * stepped - u
        u = stepped
    return u


def whole(inside: Flags, gap: int, largest_hole: float) -> Flags:
    """The largest piece of a region, with what floats close to it, its small holes filled.

    Args:
        inside: (H, W).
        gap: pieces that are `2 * gap` pixels or less apart are one: a head may float over its body.
        largest_hole: what is still filled, as a share of the piece; a mug's handle is no hole to fill.
    """
    if not inside.any():
        return inside
    reach = inside
    for _ in range(gap):
        reach = _grown(reach)
    pieces = _pieces(reach)
    piece = inside & (pieces == 1 + np.bincount(pieces[inside])[1:].argmax())
    outside = _pieces(~piece)
    filled = np.bincount(outside.ravel()) <= largest_hole * piece.sum()
    rim = (outside[0], outside[-1], outside[:, 0], outside[:, -1])
    filled[np.concatenate(rim)] = False  # What reaches the border is no hole.
    filled[0] = False
    return np.asarray(piece | filled[outside], bool)


def _grown(inside: Flags) -> Flags:
    """The region and all pixels that touch it, at a side or a corner."""
    taller = inside.copy()
    taller[1:] |= inside[:-1]
    taller[:-1] |= inside[1:]
    wider = taller.copy()
    wider[:, 1:] |= taller[:, :-1]
    wider[:, :-1] |= taller[:, 1:]
    return wider


def _pieces(inside: Flags) -> NDArray[np.int64]:
    """Number the 4-connected pieces of a region: the highest number in a piece spreads over all of it."""
    numbers = np.where(inside, np.arange(1, inside.size + 1).reshape(inside.shape), 0)
    while True:
        spread = numbers.copy()
        np.maximum(spread[1:], numbers[:-1], out=spread[1:])
        np.maximum(spread[:-1], numbers[1:], out=spread[:-1])
        np.maximum(spread[:, 1:], numbers[:, :-1], out=spread[:, 1:])
        np.maximum(spread[:, :-1], numbers[:, 1:], out=spread[:, :-1])
        spread[~inside] = 0
        if (spread == numbers).all():
            return numbers
        numbers = spread
