"""The starter and real backend processes: one is started, believed, and ends after its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dreammix_krita.client.address import find_local, is_alive
from dreammix_krita.client.errors import NotConnected, NotStarted
from dreammix_krita.client.starter import Command, Starter, clean_environment
from dreammix_krita.qt import QtCore
from tests.backend.serving import FAKE_TOOLS, ROOT, serving
from tests.krita_plugin.loop import Box, until


def command(folder: Path, *options: str, program: Path = Path(sys.executable)) -> Command:
    """How the backend of this checkout is started, without a model."""
    library = ("--library", str(folder / "library"), "--tools", FAKE_TOOLS)
    return Command(program, ("-m", "dreammix_backend"), folder / "backend", (*library, *options))


@contextmanager
def starting(wanted: Command) -> Iterator[tuple[Starter, Box[None]]]:
    """A starter, and what becomes of its start; whatever it started is ended."""
    owner = QtCore.QObject()
    starter, box = Starter(wanted, os.environ, owner), Box[None]()
    starter.listening.connect(lambda: box.put(None))
    starter.failed.connect(box.fail)
    try:
        yield starter, box
    finally:
        stopped = Box[None]()
        starter.stop(stopped.fail)
        until(lambda: gone(wanted.folder))
        starter.close()


def gone(folder: Path) -> bool:
    """Whether no backend of that folder runs."""
    try:
        find_local(folder)
    except NotConnected:
        return True
    return False


def test_a_backend_is_started_and_listens(tmp_path: Path) -> None:
    """It is a process of its own, and this one's."""
    with starting(command(tmp_path)) as (starter, box):
        starter.start()
        box.value()
        address = find_local(tmp_path / "backend")
        assert address.pid != os.getpid()
        assert not starter.starting


def test_row_21_twenty_starts_are_one_backend(tmp_path: Path) -> None:
    """Reload after reload of the plugin finds the one that runs."""
    with starting(command(tmp_path)) as (starter, box):
        starter.start()
        box.value()
        first = find_local(tmp_path / "backend")
        for _ in range(20):
            again, found = Starter(command(tmp_path), os.environ, starter), Box[None]()
            again.listening.connect(lambda found=found: found.put(None))
            again.failed.connect(found.fail)
            again.start()
            found.value()
            again.close()
        assert find_local(tmp_path / "backend") == first


def test_a_running_backend_is_not_started_again(tmp_path: Path) -> None:
    """Not even where the program to start one is missing."""
    with serving(tmp_path) as server:
        owner, box = QtCore.QObject(), Box[None]()
        starter = Starter(command(tmp_path, program=tmp_path / "no-python"), os.environ, owner)
        starter.listening.connect(lambda: box.put(None))
        starter.failed.connect(box.fail)
        starter.start()
        box.value()
        assert find_local(server.folder).pid == server.process.pid


def test_a_program_that_is_missing_is_told(tmp_path: Path) -> None:
    """With what to do about it."""
    with starting(command(tmp_path, program=tmp_path / "no-python")) as (starter, box):
        starter.start()
        with pytest.raises(NotStarted, match="cannot be run"):
            box.value()


def test_a_backend_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    """Its own one line of error, not a traceback."""
    failing = Command(Path(sys.executable), ("-c", "raise SystemExit('no room left')"), tmp_path / "backend")
    with starting(failing) as (starter, box):
        starter.start()
        with pytest.raises(NotStarted, match="it says: no room left"):
            box.value()


def test_the_backend_outlives_the_starter_and_ends_after_its_parent(tmp_path: Path) -> None:
    """A child process starts one, and is gone: so is the backend, soon after."""
    script = f"""
import os
from dreammix_krita.client.starter import Starter
from dreammix_krita.qt import QtCore
from tests.krita_plugin.loop import Box
from tests.krita_plugin.test_starter import command
from pathlib import Path
owner, box = QtCore.QObject(), Box()
starter = Starter(command(Path({str(tmp_path)!r})), os.environ, owner)
starter.listening.connect(lambda: box.put(None))
starter.failed.connect(box.fail)
starter.start()
box.value()
"""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, env=environment)
    until(lambda: gone(tmp_path / "backend"))


def test_krita_s_own_libraries_are_not_handed_on() -> None:
    """What Krita set for itself would mislead another Python; the rest it needs."""
    kritas = {
        "PYTHONPATH": "/krita",
        "PYTHONHOME": "/krita",
        "LD_LIBRARY_PATH": "/krita/lib",
        "QT_PLUGIN_PATH": "/krita/qt",
        "APPIMAGE": "/krita.appimage",
    }
    assert clean_environment({**kritas, "HOME": "/home/ana", "PATH": "/bin"}) == {
        "HOME": "/home/ana",
        "PATH": "/bin",
    }


def test_a_process_is_alive_until_it_has_ended() -> None:
    """This one is; one that was waited for is not."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_alive(os.getpid())
    assert not is_alive(ended.pid)
