"""The sliding window of training data: the same at a step whether a run was resumed or not."""

from functools import partial

import pytest

from dreammix.sandbox.training.window import Window

SQUARE = partial(pow, exp=2)
"""Makes part i in a child process."""


def texts(kept: int = 3, period: int = 2, made: list[int] | None = None) -> Window[int, str]:
    """A window over the squares, kept as texts."""

    def keep(square: int) -> str:
        if made is not None:
            made.append(square)
        return str(square)

    return Window(SQUARE, keep, kept=kept, period=period, workers=1)


def contents(window: Window[int, str], steps: range) -> list[list[str]]:
    """What is in a window at some steps, in order."""
    try:
        return [window.at(step) for step in steps]
    finally:
        window.close()


def test_the_window_slides() -> None:
    """After each period the first part goes and the next one comes."""
    assert contents(texts(), range(5)) == [
        ["0", "1", "4"],
        ["0", "1", "4"],
        ["1", "4", "9"],
        ["1", "4", "9"],
        ["4", "9", "16"],
    ]


@pytest.mark.parametrize("start", [1, 4])
def test_a_resumed_run_sees_the_same(start: int) -> None:
    """A window that starts at any step holds what one from the first step on holds."""
    assert contents(texts(), range(start, 6)) == contents(texts(), range(6))[start:]


def test_each_part_is_made_once() -> None:
    """What is still in the window is not made again."""
    made: list[int] = []
    contents(texts(kept=2, period=1, made=made), range(4))
    assert made == [0, 1, 4, 9, 16]
