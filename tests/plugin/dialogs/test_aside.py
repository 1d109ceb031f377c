"""What is done beside the interface."""

import threading

import pytest

from dreammix.protocol import DreamMixError
from dreammix_krita.dialogs.aside import Aside
from tests.krita_plugin.loop import until

WRONG = DreamMixError("It went wrong", "a test wanted it", "Go on")


def test_the_interface_goes_on_meanwhile_and_is_told_in_its_own_thread() -> None:
    """One after the other, in the order in which they were asked for."""
    aside, begin = Aside(), threading.Event()
    told: list[object] = []

    def work() -> int:
        begin.wait()
        return threading.get_ident()

    aside.do(work, lambda found: told.extend(("first", found, threading.get_ident())), told.append)
    aside.do(lambda: "quick", told.append, told.append)
    assert told == []
    begin.set()
    until(lambda: len(told) == 4)
    here = threading.get_ident()
    assert told[0] == "first" and told[1] != here and told[2:] == [here, "quick"]


@pytest.mark.parametrize("error", [WRONG, MemoryError()])
def test_what_goes_wrong_is_told_and_the_next_one_is_done(error: Exception) -> None:
    """Of the error tree as it is; whatever else as a kind of it."""

    def work() -> int:
        raise error

    aside, told = Aside(), list[object]()
    aside.do(work, told.append, told.append)
    aside.do(lambda: 2, told.append, told.append)
    until(lambda: len(told) == 2)
    assert isinstance(told[0], DreamMixError) and told[1] == 2
    assert told[0] is error or told[0].why == "MemoryError"
