"""Checks: what they let pass, and what their errors say."""

import math

import pytest

from dreammix.protocol import InvalidEvent, InvalidRequest, SampleFormat
from dreammix.protocol.checks import check_instance, check_member, check_real, check_text, check_whole


@pytest.mark.parametrize("value", [1, 2, 3])
def test_whole_numbers_in_range_pass(value: int) -> None:
    """Both bounds belong to the range."""
    check_whole("n", value, 1, 3)


@pytest.mark.parametrize("value", [-(10**30), 0, 10**30])
def test_a_bound_may_be_missing(value: int) -> None:
    """Without bounds every whole number passes."""
    check_whole("n", value, None, None)


@pytest.mark.parametrize(
    ("value", "low", "high", "why"),
    [
        (0, 1, 3, "it must be from 1 to 3"),
        (4, 1, 3, "it must be from 1 to 3"),
        (0, 1, None, "it must be at least 1"),
        (4, None, 3, "it must be at most 3"),
    ],
)
def test_a_number_out_of_range_is_told_the_range(
    value: int, low: int | None, high: int | None, why: str
) -> None:
    """The error names the field, its value and the bounds."""
    with pytest.raises(InvalidRequest) as caught:
        check_whole("n", value, low, high)
    assert caught.value.what == f"n is {value}"
    assert caught.value.why == why


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    """A truth value, a float, a string or nothing is no whole number."""
    with pytest.raises(InvalidRequest, match="whole number"):
        check_whole("n", value, 0, 9)


@pytest.mark.parametrize("value", [0, 0.5, 1.0])
def test_real_numbers_in_range_pass(value: float) -> None:
    """Whole numbers are real numbers, too."""
    check_real("x", value, 0.0, 1.0)


@pytest.mark.parametrize("value", [True, math.nan, math.inf, -math.inf, "1", None])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    """NaN and infinity pass no comparison by accident."""
    with pytest.raises(InvalidRequest, match="finite number"):
        check_real("x", value, 0.0, None)


@pytest.mark.parametrize("value", [-0.001, 1.001])
def test_a_real_number_out_of_range_is_refused(value: float) -> None:
    """Just outside is outside."""
    with pytest.raises(InvalidRequest, match=r"from 0\.0 to 1\.0"):
        check_real("x", value, 0.0, 1.0)


def test_a_real_number_may_have_no_upper_bound() -> None:
    """Then only the lower one counts."""
    check_real("x", 1e300, 0.0, None)
    with pytest.raises(InvalidRequest, match=r"at least 0\.0"):
        check_real("x", -1, 0.0, None)


def test_text_is_measured() -> None:
    """Exactly as long as allowed passes, one more character does not."""
    check_text("t", "abc", 3)
    with pytest.raises(InvalidRequest, match="4 characters: at most 3"):
        check_text("t", "abcd", 3)


def test_what_is_no_text_is_refused() -> None:
    """Bytes are no text."""
    with pytest.raises(InvalidRequest, match="must be text"):
        check_text("t", b"abc", 3)


def test_a_member_is_required_not_its_value() -> None:
    """The string of a word is refused with the list of words: parsing belongs to the boundary."""
    check_member("f", SampleFormat.GRAY8, SampleFormat)
    with pytest.raises(InvalidRequest, match="one of rgba8, gray8"):
        check_member("f", "gray8", SampleFormat)


def test_the_type_is_named() -> None:
    """An error about a type says which one came and which one is needed."""
    check_instance("b", b"", bytes)
    with pytest.raises(InvalidRequest, match="b is of type list: it must be of type bytes"):
        check_instance("b", [], bytes)


def test_the_error_can_be_chosen() -> None:
    """A report is no request: its checks raise the error that they are given."""
    with pytest.raises(InvalidEvent):
        check_whole("n", 0, 1, None, InvalidEvent)
