"""How long the rest of a job will take, from how long its steps have taken so far."""

from __future__ import annotations

from collections.abc import Callable


class StepTimer:
    """Estimates the time left after each step.

    Both stages work at the model's native area, so a step costs about the same in either. The first step is
    counted as done but not measured: it also pays for everything that happens once.

    Args:
        steps: how many steps there will be.
        clock: seconds since some fixed moment.
    """

    def __init__(self, steps: int, clock: Callable[[], float]) -> None:
        self._left = steps
        self._clock = clock
        self._first: float | None = None
        self._measured = 0

    def tick(self) -> float | None:
        """Note that a step is done; the seconds left, or None where nothing has been measured yet."""
        now = self._clock()
        self._left -= 1
        if self._first is None:
            self._first = now
            return None
        self._measured += 1
        return max(0.0, self._left * (now - self._first) / self._measured)
