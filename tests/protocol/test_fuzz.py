"""Fuzzing at a small scale; `python -m tests.protocol.fuzz` is the large one."""

from tests.protocol.fuzz import MAX_GROWTH_BLOCKS, attack

COUNT = 2000
OUTCOMES = ("a message", "a failure", "a close", "passed over")


def test_hostile_input_has_documented_outcomes_only() -> None:
    """Security 12, 15: bytes, changed JSON and abuse of the state; nothing is raised and nothing grows."""
    came = attack(COUNT, seed=1)
    grown = came.pop("blocks grown")
    assert sorted(came) == sorted(OUTCOMES) and sum(came.values()) == COUNT
    assert grown < MAX_GROWTH_BLOCKS
