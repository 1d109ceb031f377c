"""The whole set-up, from a bare machine to a backend that the plugin starts, against a local index."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from dreammix_krita.client.address import find_local
from dreammix_krita.client.installed import installed_python
from dreammix_krita.client.starter import Command, Starter
from dreammix_krita.qt import QtCore
from tests.krita_plugin.loop import Box, until
from tests.krita_plugin.test_starter import gone
from tests.packaging.setup.conftest import Installed, SetUp

TORCH = "torch-2.13.0+cpu-py3-none-any.whl"
HALF = 1 << 20
"""About half of that wheel, in bytes."""


def test_the_plugin_starts_what_was_installed(installed: Installed, tmp_path: Path) -> None:
    """Into a folder with blanks and umlauts, from where the plugin looks for it."""
    set_up, told = installed.set_up, installed.told
    assert (told.status, told.last["stage"]) == (0, "done"), (told.last, told.errors)
    assert told.last["message"] == "DreamMix 0.1.0.dev0 is installed, with torch 2.13.0+cpu"

    python = installed_python(set_up.environment)
    assert python is not None and python.is_relative_to(set_up.home / "environment")
    library = ("--library", str(tmp_path / "library"))
    wanted = Command(python, ("-m", "dreammix_backend"), tmp_path / "backend", library)
    owner, box, stopped = QtCore.QObject(), Box[None](), Box[None]()
    starter = Starter(wanted, set_up.environment, owner)
    starter.listening.connect(lambda: box.put(None))
    starter.failed.connect(box.fail)
    try:
        starter.start()
        box.value()
        assert find_local(wanted.folder).pid != os.getpid()
    finally:
        starter.stop(stopped.fail)
        until(lambda: gone(wanted.folder))
        starter.close()


def test_every_event_is_a_line_of_json_with_the_same_keys(installed: Installed) -> None:
    """In the order of the table in packaging/README.md, with bytes that only grow."""
    events = installed.told.events
    stages = list(dict.fromkeys(str(event["stage"]) for event in events))
    assert stages == ["look", "uv", "python", "plan", "verify", "download", "install", "try", "done"]
    assert all({"stage", "done", "total", "message"} <= event.keys() for event in events)
    counts = [int(str(event["done"])) for event in events if event["stage"] == "download"]
    totals = {event["total"] for event in events if event["stage"] == "download"}
    assert counts == sorted(counts) and {counts[-1]} == totals


def test_what_was_installed_is_written_down_by_its_hash(installed: Installed) -> None:
    """The lock names every file, where it came from, and what its bytes are; what was fetched is gone."""
    home = installed.set_up.home
    lock = json.loads((home / "lock.json").read_text(encoding="utf-8"))
    files = {file["name"]: file for file in lock["others"]}
    assert files[TORCH]["url"].startswith(installed.set_up.shop.url) and len(files[TORCH]["sha256"]) == 64
    assert "psutil" in {name.partition("-")[0] for name in files}, "the backend's own packages are there too"
    assert not (home / "downloads").exists() and not (home / "cache").exists()


def test_a_second_install_fetches_nothing(installed: Installed) -> None:
    """All of it is there already, and was checked."""
    before = len(installed.set_up.shop.asked)
    told = installed.set_up.run("install")
    assert (told.status, len(installed.set_up.shop.asked)) == (0, before)
    assert not told.messages("download") and told.messages("verify")


def test_repair_brings_back_what_was_changed(installed: Installed) -> None:
    """By the hashes of every installed file; the rest is not fetched again."""
    set_up = installed.set_up
    (spoiled,) = set_up.home.glob("environment/lib/python3*/site-packages/torch/__init__.py")
    whole, before = spoiled.read_bytes(), len(set_up.shop.asked)
    spoiled.write_bytes(b"raise ImportError('no torch')\n")
    told = set_up.run("repair")
    assert told.status == 0, told.last
    assert spoiled.read_bytes() == whole
    assert {name for name, _ in set_up.shop.asked[before:]} == {TORCH}


def test_status_says_what_is_there(installed: Installed) -> None:
    """What, how large, and where."""
    told = installed.set_up.run("status")
    assert (told.status, told.last["installed"], told.last["card"]) == (0, True, "cpu")
    assert int(str(told.last["bytes"])) > 10_000_000


def test_status_before_anything_is_installed(set_up: SetUp) -> None:
    """Nothing is, says its exit status too, and no folder is made."""
    told = set_up.run("status")
    assert (told.status, told.last["installed"]) == (1, False)
    assert not set_up.home.exists()


def test_another_card_gets_another_torch(set_up: SetUp) -> None:
    """Only what differs is fetched again, and a connection that is cut costs nothing that had come."""
    wanted = "torch-2.13.0+cu130-py3-none-any.whl"
    assert set_up.run("install").status == 0
    set_up.shop.asked.clear()
    set_up.shop.cut[wanted] = HALF
    told = set_up.run("install", "--card", "cu130")
    assert told.last["message"] == "DreamMix 0.1.0.dev0 is installed, with torch 2.13.0+cu130"
    assert (wanted, HALF) in set_up.shop.asked
    assert {message.split()[0] for message in told.messages("download")} == {"torch"}


def test_a_cancelled_install_goes_on_where_it_stopped(set_up: SetUp) -> None:
    """In the middle of a file; until the end of the next try nothing counts as installed."""
    set_up.shop.slow[TORCH] = HALF
    running = set_up.start()
    set_up.shop.trickling.wait()
    assert set_up.run("cancel").status == 0
    said, _ = running.communicate()
    assert (running.returncode, json.loads(said.splitlines()[-1])["stage"]) == (1, "stopped")
    assert installed_python(set_up.environment) is None

    set_up.shop.asked.clear()
    assert set_up.run("install").last["stage"] == "done"
    assert [first >= HALF for name, first in set_up.shop.asked if name == TORCH] == [True]


def test_an_index_out_of_reach_is_named(set_up: SetUp) -> None:
    """Rather than that there would be no packages; what had come is kept."""
    told = set_up.run("install", "--torch-index", "http://127.0.0.1:9/whl")
    assert (told.status, told.last["what"]) == (1, "127.0.0.1:9 cannot be reached")
    assert str(told.last["remedy"]).startswith("Connect to the internet")
    assert (set_up.home / "environment").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between programs")
def test_a_terminated_install_says_so(set_up: SetUp) -> None:
    """As when Krita ends while it runs; and while it runs, there is no second one."""
    (uv,) = set_up.shop.wheels["uv"]
    set_up.shop.slow[uv.name] = HALF
    running = set_up.start()
    set_up.shop.trickling.wait()
    second = set_up.run("install")
    assert (second.status, second.last["what"]) == (1, "Another set-up is running")
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate()
    assert (running.returncode, json.loads(said.splitlines()[-1])["stage"]) == (1, "stopped")


def test_uninstall_leaves_the_artists_things(set_up: SetUp) -> None:
    """The set-up's folder goes, half made as it is; the library beside it stays."""
    library = set_up.home.parent / "library" / "ana" / "subject.json"
    library.parent.mkdir(parents=True)
    library.write_text("{}", encoding="utf-8")
    (set_up.home / "environment" / "bin").mkdir(parents=True)
    (set_up.home / "lock.json").write_text("{}", encoding="utf-8")
    told = set_up.run("uninstall")
    assert told.status == 0, told.last
    assert not set_up.home.exists() and library.read_text(encoding="utf-8") == "{}"


def test_uninstall_removes_nothing_that_is_not_its_own(set_up: SetUp) -> None:
    """A folder that somebody named by mistake keeps what is in it."""
    picture = set_up.home / "pictures" / "cat.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a cat")
    told = set_up.run("uninstall")
    assert (told.status, told.last["what"]) == (1, "Not everything could be removed")
    assert picture.read_bytes() == b"a cat"


def test_a_set_up_without_dreammix_says_what_is_missing(set_up: SetUp) -> None:
    """As in a checkout, where no wheel was built."""
    for wheel in (set_up.program / "wheels").iterdir():
        wheel.unlink()
    told = set_up.run("install")
    assert (told.status, told.last["what"]) == (1, "This set-up is not whole")


def test_a_person_reads_text(set_up: SetUp) -> None:
    """On a terminal there is no JSON."""
    import pty

    leader, follower = pty.openpty()
    subprocess.run(set_up.words("status"), env=set_up.environment, stdout=follower, check=False)
    os.close(follower)
    said = os.read(leader, 1 << 16).decode()
    os.close(leader)
    assert said.strip().startswith("done  Nothing is installed in")
