"""The proof: only who knows the token can give it, and only for its own address."""

import pytest

from dreammix.protocol.proof import fresh_challenge, is_challenge, prove, proves

HERE = "127.0.0.1:41234"


def test_a_server_that_knows_the_token_proves_it() -> None:
    """Security 4: a line break behind the answer does not matter."""
    challenge = fresh_challenge()
    assert proves(prove("token", HERE, challenge) + "\n", "token", HERE, challenge)


@pytest.mark.parametrize(
    ("token", "address", "challenge"),
    [("other", HERE, "c"), ("token", "127.0.0.1:41235", "c"), ("token", HERE, "d")],
    ids=["token", "address", "challenge"],
)
def test_another_answer_proves_nothing(token: str, address: str, challenge: str) -> None:
    """Security 4: nor does one that was passed on from another port, or kept from before."""
    assert not proves(prove(token, address, challenge), "token", HERE, "c")


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "G" * 64, "0" * 64 + "\n"])
def test_what_has_another_form_is_no_challenge(text: str) -> None:
    """A fresh one is."""
    assert not is_challenge(text) and is_challenge(fresh_challenge())


def test_no_challenge_comes_twice() -> None:
    """Else an old answer could be shown again."""
    assert fresh_challenge() != fresh_challenge()
