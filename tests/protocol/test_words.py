"""Words: closed sets of strings that behave the same on every Python."""

from dreammix.protocol import Solver


def test_a_word_is_its_value() -> None:
    """It prints, formats, compares and hashes as the string that goes over the wire."""
    word = Solver.DPMPP_2M_SDE
    assert str(word) == f"{word}" == "%s" % word == "dpm++2m-sde"  # noqa: UP031 - the third way to format
    assert word == "dpm++2m-sde"
    assert "dpm++2m-sde" in {word}


def test_a_word_is_found_by_its_value() -> None:
    """Parsing a word gives the very member."""
    assert Solver("euler") is Solver.EULER
