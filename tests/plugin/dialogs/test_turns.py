"""Turns: one after the other."""

from dreammix_krita.dialogs.turns import Done, Turns


def test_a_turn_waits_for_the_one_before() -> None:
    """The second begins when the first says that it is over, and not earlier."""
    begun: list[str] = []
    ends: list[Done] = []
    turns = Turns()

    def add(name: str) -> None:
        def turn(done: Done) -> None:
            begun.append(name)
            ends.append(done)

        turns.add(turn)

    add("a")
    add("b")
    assert begun == ["a"] and turns.busy
    ends[0]()
    assert begun == ["a", "b"]
    ends[1]()
    assert not turns.busy
