"""Endpoint files: what makes sense is an address, everything else a plain sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreammix_krita.client.address import Address, find_local
from dreammix_krita.client.errors import NotConnected

GOOD = {"schema": 1, "address": "127.0.0.1:41234", "token": "secret", "pid": os.getpid()}


def write(folder: Path, **changes: Any) -> None:
    """An endpoint file that is good but for what is changed."""
    (folder / "endpoint.json").write_text(json.dumps({**GOOD, **changes}))


def test_a_good_file_is_an_address(tmp_path: Path) -> None:
    """Of this machine: plain, and to be believed by its proof."""
    write(tmp_path)
    address = find_local(tmp_path)
    assert (address.text, address.url, address.secure) == ("127.0.0.1:41234", "ws://127.0.0.1:41234/", False)


def test_the_token_is_not_shown() -> None:
    """Not where an address ends up in a log."""
    assert "secret" not in repr(Address(host="127.0.0.1", port=1, token="secret"))


def test_an_address_elsewhere_is_secure() -> None:
    """No process of this machine: TLS."""
    assert Address(host="::1", port=8443, token="t").url == "wss://[::1]:8443/"


def test_no_file_is_no_backend(tmp_path: Path) -> None:
    """The remedy is to start it."""
    with pytest.raises(NotConnected, match="Start the backend"):
        find_local(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"address": "evil.example:80"},
        {"address": "192.168.0.7:80"},
        {"address": "127.0.0.1:0"},
        {"address": "127.0.0.1:65536"},
        {"address": "127.0.0.1:80/x"},
        {"token": ""},
        {"token": "a\r\nHost: evil"},
        {"token": "x" * 257},
        {"token": 1},
        {"pid": -1},
        {"pid": 0},
        {"pid": True},
        {"pid": 2**40},
    ],
)
def test_a_file_that_makes_no_sense_is_no_backend(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Nothing of it is used: another host, a header smuggled into a token, a number that is no process."""
    write(tmp_path, **changes)
    with pytest.raises(NotConnected):
        find_local(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_an_address_or_a_plain_error(tmp_path: Path, data: bytes) -> None:
    """Nothing else is ever raised."""
    (tmp_path / "endpoint.json").write_bytes(data)
    with pytest.raises(NotConnected):
        find_local(tmp_path)
