"""The matte of what the words paint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from dreammix.geometry import View
from dreammix.protocol import Box, Size
from dreammix.sampling.matte import GAP_CELLS, Matte

SIDE = 32
"""Cells of the view, of 4 pixels of the canvas."""
VIEW = View(Box(8, 4, 4 * SIDE, 4 * SIDE), Size(4 * SIDE, 4 * SIDE))
PAINTED = (slice(8, 20), slice(10, 24))


def change(*, where: tuple[slice, slice] = PAINTED, size: float = 1.0, rest: float = 0.0) -> Tensor:
    """What one step's words change, (1, 4, h, w)."""
    change = torch.full((1, 4, SIDE, SIDE), rest)
    change[:, :, *where] = size
    return change


def matte(*changes: Tensor, editable: Tensor | None = None) -> Matte:
    """A matte that has seen some steps."""
    everything = torch.ones(1, 1, SIDE, SIDE)
    result = Matte(VIEW, everything if editable is None else editable, len(changes[0]) if changes else 1)
    for each in changes:
        result.watch(each)
    return result


def test_inside_and_outside() -> None:
    """It is 1 over what the words change, 0 from two cells away on, and soft in between."""
    alpha = matte(change(), -change()).alpha(VIEW.box)[0]
    rows, columns = (slice(4 * side.start, 4 * side.stop) for side in PAINTED)
    assert alpha[rows.start + 3 : rows.stop - 3, columns.start + 3 : columns.stop - 3].min() > 0.75
    assert alpha[rows, columns].min() > 0.4
    far = alpha.copy()
    far[rows.start - 8 : rows.stop + 8, columns.start - 8 : columns.stop + 8] = 0
    assert far.max() < 0.05
    assert ((alpha > 0.1) & (alpha < 0.9)).any()


@pytest.mark.parametrize("changes", [[], [torch.zeros(1, 4, SIDE, SIDE)]], ids=["no guidance", "no words"])
def test_nothing_said(changes: list[Tensor]) -> None:
    """Words that change nothing leave everything to the model."""
    assert (matte(*changes).alpha(VIEW.box) == 1).all()


@pytest.mark.parametrize("weak", [1e-3, 1.0, 1e3])
def test_relative(weak: float) -> None:
    """How strongly the words speak makes no difference, only where."""
    np.testing.assert_allclose(
        matte(change(size=weak)).alpha(VIEW.box), matte(change()).alpha(VIEW.box), atol=1e-5
    )


def test_gaps() -> None:
    """A gap that is narrower than the closing belongs to what surrounds it; a wider one is ground."""
    narrow, wide = change(), change(where=(slice(2, 30), slice(2, 30)))
    narrow[:, :, 13 : 13 + GAP_CELLS - 3, 16 : 16 + GAP_CELLS - 3] = 0
    wide[:, :, 10:20, 10:20] = 0
    assert matte(narrow).alpha(VIEW.box)[0, 4 * 14, 4 * 17] > 0.95
    assert matte(wide).alpha(VIEW.box)[0, 4 * 15, 4 * 15] == 0


def test_what_may_not_be_painted_has_no_say() -> None:
    """The strongest change outside of the region does not make the change inside look weak."""
    editable = torch.zeros(1, 1, SIDE, SIDE)
    editable[..., 4:28, 4:28] = 1
    loud = change()
    loud[..., :3] = 1000
    np.testing.assert_allclose(
        matte(loud, editable=editable).alpha(VIEW.box), matte(change(), editable=editable).alpha(VIEW.box)
    )


def test_a_region_of_one_cell() -> None:
    """It is painted as fully as a large one, to its edges."""
    editable = torch.zeros(1, 1, SIDE, SIDE)
    editable[..., 9, 12] = 1
    alpha = matte(change(), editable=editable).alpha(VIEW.box)[0]
    np.testing.assert_allclose(alpha[36:40, 48:52], 1, atol=1e-6)


def test_variants() -> None:
    """Each variant has its own, the same alone and in company."""
    other = change(where=(slice(18, 28), slice(3, 9)))
    together = matte(torch.cat([change(), other])).alpha(VIEW.box)
    for row, alone in zip(together, (change(), other), strict=True):
        np.testing.assert_allclose(row, matte(alone).alpha(VIEW.box)[0], atol=1e-6)


def test_part() -> None:
    """A box of the canvas gets that part of the whole."""
    part = Box(20, 30, 50, 41)
    whole = matte(change()).alpha(VIEW.box)[0]
    left, top = part.x - VIEW.box.x, part.y - VIEW.box.y
    np.testing.assert_allclose(
        matte(change()).alpha(part)[0], whole[top : top + part.height, left : left + part.width], atol=1e-6
    )
