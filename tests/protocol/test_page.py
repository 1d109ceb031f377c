"""The documentation of the protocol is made of the protocol."""

from pathlib import Path

from tests.protocol.page import PAGE, page

PROJECT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    """If not: `python -m tests.protocol.page`."""
    assert (PROJECT / PAGE).read_text(encoding="utf-8") == page() + "\n"
