"""Errors: one tree, one line each."""

import pickle

import pytest

from dreammix import protocol
from dreammix.protocol import DreamMixError, InvalidMask, InvalidPicture, InvalidRequest

ERRORS = [
    kind for kind in vars(protocol).values() if isinstance(kind, type) and issubclass(kind, DreamMixError)
]


def test_an_error_reads_as_one_line() -> None:
    """Line breaks of a cause, such as a path or a library's message, do not break the line."""
    error = DreamMixError("The file is unreadable", "it ends\n  too early", "Save it again")
    assert str(error) == "The file is unreadable: it ends too early. Save it again"


def test_an_error_keeps_its_three_parts() -> None:
    """The docker shows what, why and remedy apart."""
    error = InvalidMask("a", "b", "c")
    assert (error.what, error.why, error.remedy) == ("a", "b", "c")


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_survives_a_process_border(kind: type[DreamMixError]) -> None:
    """A worker process hands its errors over whole."""
    error = pickle.loads(pickle.dumps(kind("a", "b", "c")))
    assert type(error) is kind
    assert (error.what, error.why, error.remedy) == ("a", "b", "c")


def test_every_error_has_a_code_of_its_own() -> None:
    """On the wire the code alone says which error it was."""
    assert len({kind.code for kind in ERRORS}) == len(ERRORS)


@pytest.mark.parametrize("kind", [InvalidPicture, InvalidMask])
def test_a_bad_picture_is_a_bad_request(kind: type[DreamMixError]) -> None:
    """Whoever catches impossible requests catches impossible pictures and masks, too."""
    assert issubclass(kind, InvalidRequest)
