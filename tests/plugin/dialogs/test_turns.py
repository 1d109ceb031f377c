"""Turns: one after the other."""

from dreammix_krita.dialogs.turns import Done, Turns


def test_a_turn_waits_for_the_one_before() -> None:
    """The second begins when the first says that it is over, and not earlier."""
    begun: list[str] = []
    ends: list[Done] = []
    turns = Turns()
    for name in "ab":
        turns.add(lambda done, name=name: (begun.append(name), ends.append(done))[0])
    assert begun == ["a"] and turns.busy
    ends[0]()
    assert begun == ["a", "b"]
    ends[1]()
    assert not turns.busy
