"""Eq. 9: nothing of what was eliminated is left, and nothing else is touched."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dreammix.substitution import decompose, orthonormal

WIDTH = 12


def drawn(seed: int, rows: int) -> Tensor:
    """(rows, WIDTH) of noise."""
    return torch.randn(rows, WIDTH, generator=torch.Generator().manual_seed(seed))


SEEDS = st.integers(0, 2**32)
ROWS = st.integers(1, 6)
STRENGTHS = st.floats(0, 1)


@st.composite
def directions(draw: st.DrawFn) -> Tensor:
    """Up to six directions: some the same, some nearly, some zero, of lengths from tiny to huge."""
    rows = drawn(draw(SEEDS), draw(ROWS))
    kinds = [draw(st.sampled_from(["own", "twin", "multiple", "zero"])) for _ in rows]
    lengths = torch.tensor([draw(st.sampled_from([1e-3, 1.0, 1e3])) for _ in rows])
    for row, kind in enumerate(kinds):
        if kind == "zero":
            rows[row] = 0
        elif kind != "own":
            rows[row] = rows[0] * (1 if kind == "twin" else -2)
    return rows * lengths[:, None]


def test_one_direction_is_the_papers_formula() -> None:
    """p_dec = p_raw - (p_raw . p_eli / |p_eli|) p_eli / |p_eli|."""
    p_raw, p_eli = drawn(1, 1)[0], drawn(2, 1)[0]
    p_dec = p_raw - (p_raw @ p_eli / p_eli.norm()) * p_eli / p_eli.norm()
    torch.testing.assert_close(decompose(p_raw, orthonormal(p_eli[None])), p_dec)


def test_a_plain_case() -> None:
    """Two directions in a plane leave nothing of the plane, though they are not at right angles."""
    basis = orthonormal(torch.tensor([[1.0, 0, 0], [1.0, 1.0, 0]]))
    left = decompose(torch.tensor([3.0, 4.0, 5.0]), basis)
    torch.testing.assert_close(left, torch.tensor([0.0, 0.0, 5.0]))


@given(p_eli=directions(), seed=SEEDS)
def test_nothing_of_a_removed_direction_is_left(p_eli: Tensor, seed: int) -> None:
    """Whatever the directions are, the rest has no part in any of them."""
    p_dec = decompose(drawn(seed, 5), orthonormal(p_eli))
    units = torch.nn.functional.normalize(p_eli, dim=1)
    assert (p_dec @ units.T).abs().max() < 1e-3


@given(p_eli=directions(), seed=SEEDS)
def test_what_is_at_right_angles_stays(p_eli: Tensor, seed: int) -> None:
    """A vector without part in the directions is not changed."""
    basis = orthonormal(p_eli)
    apart = decompose(drawn(seed, 5), basis)
    torch.testing.assert_close(decompose(apart, basis), apart)


@given(p_eli=directions(), seed=SEEDS, order=st.permutations(range(6)))
def test_the_order_of_the_directions_does_not_matter(p_eli: Tensor, seed: int, order: list[int]) -> None:
    """Any order gives the same vectors."""
    p_raw = drawn(seed, 5)
    other = p_eli[[row for row in order if row < len(p_eli)]]
    torch.testing.assert_close(
        decompose(p_raw, orthonormal(p_eli)), decompose(p_raw, orthonormal(other)), atol=1e-3, rtol=0
    )


@given(p_eli=directions(), seed=SEEDS, strength=STRENGTHS)
def test_the_strength_is_linear(p_eli: Tensor, seed: int, strength: float) -> None:
    """Halfway is the middle between the raw vector and the decomposed one."""
    p_raw, basis = drawn(seed, 5), orthonormal(p_eli)
    between = torch.lerp(p_raw, decompose(p_raw, basis), strength)
    torch.testing.assert_close(decompose(p_raw, basis, strength), between)


@given(p_eli=directions(), seed=SEEDS)
def test_strength_zero_changes_no_bit(p_eli: Tensor, seed: int) -> None:
    """Nothing is taken out, to the bit."""
    p_raw = drawn(seed, 5)
    assert torch.equal(decompose(p_raw, orthonormal(p_eli), 0.0), p_raw)


def test_the_same_direction_counts_once() -> None:
    """Twins, multiples and zeros add no rank; what differs by more than rounding does."""
    one, other = drawn(1, 2)
    assert len(orthonormal(torch.stack([one, 2 * one, -one, 0 * one]))) == 1
    assert len(orthonormal(torch.stack([one, other, one + other]))) == 2
    assert len(orthonormal(torch.stack([one, one + 0.01 * other]))) == 2
    assert len(orthonormal(torch.zeros(3, WIDTH))) == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_precision_stays(dtype: torch.dtype) -> None:
    """What comes in half precision goes out in it."""
    assert decompose(drawn(1, 2).to(dtype), orthonormal(drawn(2, 1).to(dtype))).dtype is dtype
