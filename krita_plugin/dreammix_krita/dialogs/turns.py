"""Things that must not overlap, one after the other, each of them ending later than it began."""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

Done: TypeAlias = Callable[[], None]
Turn: TypeAlias = Callable[[Done], None]
"""Begins something; calls what it is given when that is over, once."""


class Turns:
    """A queue of turns; the first one that is added begins at once."""

    def __init__(self) -> None:
        self._waiting: deque[Turn] = deque()
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return self._busy

    def add(self, turn: Turn) -> None:
        """Begin this one when all before it are over."""
        self._waiting.append(turn)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._waiting:
            self._waiting.popleft()(self._next)
