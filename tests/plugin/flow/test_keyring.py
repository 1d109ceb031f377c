"""Keys go into, and out of, the keyring that the backend takes them out of; a real process does it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from dreammix.attributes import describer, keys
from dreammix_krita.flow.keyring import SERVICE, Keyring, host_of
from tests.krita_plugin.loop import until

KEY = "sk-ü-1"
RING = """
import json, pathlib
from keyring.backend import KeyringBackend
class Ring(KeyringBackend):
    priority = 1
    path = pathlib.Path(__file__).with_name("ring.json")
    def get_password(self, service, user):
        return json.loads(self.path.read_text()).get(f"{service} {user}") if self.path.exists() else None
    def set_password(self, service, user, key):
        self.path.write_text(json.dumps({f"{service} {user}": key}))
    def delete_password(self, service, user):
        self.path.write_text("{}")
"""
"""A keyring that everybody can look into."""


def ring_of(folder: Path, ring: str, python: Path | None = Path(sys.executable)) -> Keyring:
    """A computer with that keyring."""
    config = folder / "python_keyring"
    config.mkdir()
    (folder / "rings.py").write_text(RING)
    (config / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring={ring}\nkeyring-path={folder}\n")
    return Keyring(lambda: python, {**os.environ, "XDG_CONFIG_HOME": str(folder)})


def kept(keyring: Keyring) -> bool:
    """Whether a key is kept."""
    told: list[bool] = []
    keyring.put("api.example", KEY, told.append)
    until(lambda: bool(told))
    return told[0]


def forgotten(keyring: Keyring) -> bool:
    """Whether there is no key any more."""
    told: list[bool] = []
    keyring.forget("api.example", told.append)
    until(lambda: bool(told))
    return told[0]


def test_a_key_is_where_the_backend_looks(tmp_path: Path) -> None:
    """By the names that it is looked for."""
    assert kept(ring_of(tmp_path, "rings.Ring"))
    assert json.loads((tmp_path / "ring.json").read_text()) == {f"{keys.KEYRING_SERVICE} api.example": KEY}


def test_a_key_is_forgotten(tmp_path: Path) -> None:
    """And one that was never there, is."""
    keyring = ring_of(tmp_path, "rings.Ring")
    assert kept(keyring) and forgotten(keyring)
    assert json.loads((tmp_path / "ring.json").read_text()) == {}
    assert forgotten(keyring)


@pytest.mark.parametrize("ring", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
def test_a_keyring_that_keeps_nothing_is_none(tmp_path: Path, ring: str) -> None:
    """Neither where there is none nor where it was switched off."""
    assert not kept(ring_of(tmp_path, ring))


@pytest.mark.parametrize("python", [None, Path("/no/python")])
def test_without_a_backend_there_is_no_way_to_it(tmp_path: Path, python: Path | None) -> None:
    """It was not set up yet, or is gone."""
    keyring = ring_of(tmp_path, "rings.Ring", python)
    assert not kept(keyring) and not forgotten(keyring)


def test_both_sides_use_the_same_names() -> None:
    """The service's, and the host of an address."""
    assert SERVICE == keys.KEYRING_SERVICE
    for address in ("https://API.example:8443/v1", "http://[::1]:11434/v1", "http://localhost/v1"):
        assert host_of(address) == describer.host_of(address)
