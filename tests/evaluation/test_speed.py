"""The stopwatch, by a clock that jumps."""

from itertools import count

import pytest
import torch
from torch import nn

from dreammix.evaluation import speed


def test_the_stopwatch_adds_up_what_happens_inside_of_the_modules() -> None:
    """Each look at the clock is a second later: three passes are three seconds, all else is none."""
    clock = count()
    first, second, other = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)
    watch = speed.Stopwatch(lambda: float(next(clock)))
    with watch.on(first, second):
        second(other(first(first(torch.zeros(1)))))
    first(torch.zeros(1))
    assert watch.seconds == 3


def test_the_stopwatch_leaves_nothing_behind_when_a_module_fails() -> None:
    """The modules are as they were, whatever happened."""
    module = nn.Linear(1, 1)
    with pytest.raises(RuntimeError), speed.Stopwatch().on(module):
        module(torch.zeros(2, 3))
    assert not module._forward_hooks
    assert not module._forward_pre_hooks
