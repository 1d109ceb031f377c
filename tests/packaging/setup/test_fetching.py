"""Files by their hash: cut, wrong, missing, out of reach, and no room for them."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from dreammix_setup.fetching import File, check_server, check_space, fetch, size_of
from dreammix_setup.troubles import Stopped, Trouble
from tests.packaging.setup.shop import Shop, open_shop, sha256
from tests.packaging.setup.wheels import make_wheel

SIZE = 3_000_000


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Something to fetch."""
    (tmp_path / "stock").mkdir()
    return make_wheel(tmp_path / "stock", "thing", "1.0", {"thing.bin": os.urandom(SIZE)})


def wanted(shop: Shop, wheel: Path) -> File:
    """Where it is and what it should be."""
    return File(wheel.name, f"{shop.url}/files/{wheel.name}", sha256(wheel), wheel.stat().st_size)


def no_count(_: int) -> None:
    """Look away."""


def no_pause(_: float) -> None:
    """Go on at once."""


def test_a_cut_file_goes_on_where_it_stopped(tmp_path: Path, wheel: Path) -> None:
    """Only the rest is asked for, and the bytes are those of the original."""
    with open_shop({"simple": [wheel]}) as shop:
        shop.cut[wheel.name] = 1_000_000
        got = fetch(wanted(shop, wheel), tmp_path / "got", no_count, no_pause)
        assert shop.asked == [(wheel.name, 0), (wheel.name, 1_000_000)]
    assert got.read_bytes() == wheel.read_bytes()


def test_stopping_keeps_what_has_come(tmp_path: Path, wheel: Path) -> None:
    """The next try fetches only the rest."""

    def stop(count: int) -> None:
        if count > 1_000_000:
            raise Stopped

    with open_shop({"simple": [wheel]}) as shop:
        with pytest.raises(Stopped):
            fetch(wanted(shop, wheel), tmp_path, stop, no_pause)
        kept = (tmp_path / f"{wheel.name}.part").stat().st_size
        got = fetch(wanted(shop, wheel), tmp_path, no_count, no_pause)
        assert shop.asked[-1] == (wheel.name, kept) and kept > 1_000_000
    assert got.read_bytes() == wheel.read_bytes()


def test_a_whole_file_is_not_fetched_again(tmp_path: Path, wheel: Path) -> None:
    """Nobody is asked."""
    shutil.copy(wheel, tmp_path)
    nowhere = File(wheel.name, "http://127.0.0.1:9/thing", sha256(wheel))
    assert fetch(nowhere, tmp_path, no_count, no_pause).read_bytes() == wheel.read_bytes()


def test_wrong_bytes_are_refused(tmp_path: Path, wheel: Path) -> None:
    """After a second try from the beginning; nothing of them is left."""
    with open_shop({"simple": [wheel]}) as shop:
        shop.spoiled.add(wheel.name)
        with pytest.raises(Trouble, match="is not what it should be"):
            fetch(wanted(shop, wheel), tmp_path / "got", no_count, no_pause)
        assert len(shop.asked) == 2
    assert not list((tmp_path / "got").iterdir())


def test_a_wrong_beginning_from_before_is_fetched_anew(tmp_path: Path, wheel: Path) -> None:
    """A part that a crash left in disorder costs a download, no more."""
    (tmp_path / f"{wheel.name}.part").write_bytes(bytes(wheel.stat().st_size))
    with open_shop({"simple": [wheel]}) as shop:
        got = fetch(wanted(shop, wheel), tmp_path, no_count, no_pause)
    assert got.read_bytes() == wheel.read_bytes()


def test_without_a_network_the_message_says_so(tmp_path: Path) -> None:
    """What, why, and what to do; after as many tries as a short failure is worth."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    pauses: list[float] = []
    file = File("uv.whl", f"http://127.0.0.1:{closed}/uv.whl", "0" * 64)
    with pytest.raises(Trouble) as trouble:
        fetch(file, tmp_path, no_count, pauses.append)
    assert trouble.value.what == f"127.0.0.1:{closed} cannot be reached"
    assert trouble.value.remedy.startswith("Connect to the internet") and len(pauses) == 2
    with pytest.raises(Trouble, match="cannot be reached"):
        check_server(file.url)


def test_a_file_that_is_gone_is_not_asked_for_again(tmp_path: Path, wheel: Path) -> None:
    """The server's own answer is the reason."""
    with open_shop({}) as shop, pytest.raises(Trouble, match="it answers 404"):
        fetch(wanted(shop, wheel), tmp_path, no_count, no_pause)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_disk_that_fills_up_is_told(tmp_path: Path, wheel: Path) -> None:
    """The kernel's own error, in the middle of a file."""
    (tmp_path / f"{wheel.name}.part").symlink_to("/dev/full")
    with open_shop({"simple": [wheel]}) as shop, pytest.raises(Trouble) as trouble:
        fetch(wanted(shop, wheel), tmp_path, no_count, no_pause)
    assert trouble.value.what == "The disk is full" and trouble.value.remedy.startswith("Free some space")


def test_too_little_space_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much is needed, and how much there is."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000_000))
    check_space(tmp_path, 500_000_000, "The backend")
    with pytest.raises(Trouble, match=r"The backend needs 3\.3 GB, and .* has 1\.0 GB"):
        check_space(tmp_path, 3_000_000_000, "The backend")


def test_a_size_that_an_index_does_not_say_is_asked_for(wheel: Path) -> None:
    """As PyTorch's does not; 0 where the server does not say either."""
    with open_shop({"simple": [wheel]}) as shop:
        assert size_of(wanted(shop, wheel)) == wheel.stat().st_size
        assert size_of(File("no.whl", f"{shop.url}/files/no.whl", "")) == 0
