"""What a teaching asks and tells on its way: may it go on, what does it look like by now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dreammix.models.lora import LoraWeights
from dreammix.protocol import Cancelled, Picture

KEEP_SECONDS: Final = 60.0
"""How much work a kill may cost, in seconds."""
PAUSE_SECONDS: Final = 0.1
"""How often a pause asks whether it is over."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Supervision:
    """Who watches a teaching.

    Attributes:
        cancelled: asked before every step; True ends the teaching, its state is kept.
        paused: asked before every step; it waits while this is True.
        sample: paints the subject with what has been learned so far, given in the U-Net's precision; None: no
            samples.
        clock: seconds since some fixed moment.
        rest: waits that many seconds.
        keep_seconds: how much work a kill may cost.
    """

    cancelled: Callable[[], bool] = lambda: False
    paused: Callable[[], bool] = lambda: False
    sample: Callable[[LoraWeights], Picture] | None = None
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], object] = time.sleep
    keep_seconds: float = KEEP_SECONDS

    def heed(self, settle: Callable[[], object] = lambda: None) -> None:
        """Let a pause pass. Raises Cancelled.

        Args:
            settle: called when a pause begins, and as long as it lasts.
        """
        self._stop()
        while self.paused():
            settle()
            self.rest(PAUSE_SECONDS)
            self._stop()

    def _stop(self) -> None:
        if self.cancelled():
            raise Cancelled(
                "Teaching was stopped", "you asked for it", "Start it again to go on where it stopped"
            )


UNWATCHED: Final = Supervision()
