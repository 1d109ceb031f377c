"""Where a key comes from."""

import pytest

from dreammix.attributes.describer import DEFAULT_ENDPOINT
from dreammix.attributes.keys import read_key


@pytest.fixture(autouse=True)
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keyring and no key."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("DREAMMIX_DESCRIBER_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_there_may_be_none() -> None:
    """A computer without a keyring has no key."""
    assert read_key("http://localhost:11434/v1") is None


def test_openais_key_is_for_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent to no other host."""
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert read_key(DEFAULT_ENDPOINT) == "theirs"
    assert read_key("https://api.openai.com.evil.example/v1") is None


def test_the_own_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for whatever endpoint the artist set."""
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    monkeypatch.setenv("DREAMMIX_DESCRIBER_KEY", " ours\n")
    assert read_key(DEFAULT_ENDPOINT) == "ours"
