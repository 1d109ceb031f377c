"""What a report says of its figures."""

import pytest

from dreammix.evaluation.intervals import Interval
from dreammix.evaluation.report import Figure, Goal, Report, at_least, at_most, mean, read, share


def report(*figures: Figure) -> Report:
    """A report of these figures."""
    return Report(name="text", how="Somehow.", command="dreammix evaluate text", seconds=1.5, figures=figures)


def test_a_share_is_given_in_percent_with_wilsons_interval() -> None:
    """Nine of ten are 90 %, and nobody knows it better than from 59.6 to 98.2 %."""
    figure = share("right", [True] * 9 + [False])
    assert figure.interval.value == 90
    assert (figure.interval.low, figure.interval.high) == pytest.approx((59.6, 98.2), abs=0.05)
    assert figure.cases == 10


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (at_least(90), 90, True),
        (at_least(90), 89.9, False),
        (at_most(0.5), 0.5, True),
        (at_most(0.5), 0.6, False),
    ],
)
def test_a_goal_is_met_at_its_bound(goal: Goal, value: float, met: bool) -> None:
    """The bound itself is good enough, from either side."""
    figure = Figure(what="x", interval=Interval(value, value, value), unit="", cases=1, goal=goal)
    assert figure.met is met


def test_the_table_says_what_was_missed_and_what_is_required() -> None:
    """One row a figure, with value, interval, goal and verdict."""
    table = report(
        share("right", [True, False], at_least(90, required=True)), mean("time", [2.0, 2.0], "s", at_most(10))
    ).table()
    header, rule, first, second = table.splitlines()
    assert [len(line) for line in (rule, first, second)] == [len(header)] * 3
    assert "50.0 %" in first
    assert "at least 90.0 % *: missed" in first
    assert "2.00 s" in second
    assert "at most 10.0 s: met" in second


def test_what_is_read_from_json_is_the_report_that_was_written() -> None:
    """Figures with and without a goal, and everything beside them."""
    written = report(mean("time", [1.0, 3.0], "s"), share("right", [True], at_least(90, required=True)))
    assert read(written.json()) == written
