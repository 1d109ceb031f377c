"""The backend's keeper with real processes: found, started, stopped, and told apart where it is not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol.services import GetHealth
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.errors import NotStarted
from dreammix_krita.facts import Backend
from dreammix_krita.flow.keeper import PYTHON_VARIABLE, Keeper
from dreammix_krita.settings import FILE, Settings
from tests.krita_plugin.loop import ask, until


class Kept:
    """A keeper whose backend's folder is the test's own.

    Attributes:
        seen: every state, in the order in which they came.
    """

    def __init__(self, folder: Path, python: str) -> None:
        environment = {
            **os.environ,
            "XDG_DATA_HOME": str(folder),
            "DREAMMIX_BACKEND": str(folder / "backend"),
        }
        environment[PYTHON_VARIABLE] = python
        self.client = Client()
        self.settings = Settings(folder / FILE)
        self.keeper = Keeper(self.client, self.settings, environment)
        self.seen: list[Backend] = []
        self.keeper.changed.connect(self._note)

    def _note(self) -> None:
        if not self.seen or self.seen[-1] is not self.keeper.state:
            self.seen.append(self.keeper.state)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A keeper with this Python, which has the backend."""
    kept = Kept(tmp_path, sys.executable)
    yield kept
    kept.keeper.stop()
    until(lambda: not (tmp_path / "backend" / "endpoint.json").exists())
    kept.keeper.close()


def test_a_start_goes_straight_to_ready(kept: Kept) -> None:
    """Between starting and ready nothing else is shown, and the session is kept for the next start."""
    kept.keeper.start()
    until(lambda: kept.keeper.state is Backend.READY)
    assert kept.seen == [Backend.STARTING, Backend.READY]
    assert ask(kept.client, GetHealth()).describer
    assert kept.settings.value.session == kept.client.session


def test_a_stopped_backend_can_be_started_again(kept: Kept) -> None:
    """It is not lost: the artist has stopped it."""
    kept.keeper.start()
    until(lambda: kept.keeper.state is Backend.READY)
    kept.keeper.stop()
    assert kept.keeper.state is Backend.STOPPED
    assert kept.client.phase is Phase.IDLE


def test_a_backend_that_does_not_start_says_why(tmp_path: Path) -> None:
    """And the button to try again is there."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    program.chmod(0o700)
    kept = Kept(tmp_path, str(program))
    kept.keeper.start()
    until(lambda: kept.keeper.trouble is not None)
    assert isinstance(kept.keeper.trouble, NotStarted) and "no room" in kept.keeper.trouble.why
    assert kept.keeper.state is Backend.STOPPED
    kept.keeper.close()


def test_without_a_set_up_there_is_no_backend(tmp_path: Path) -> None:
    """Neither the settings nor the set-up name a Python."""
    kept = Kept(tmp_path, "")
    assert kept.keeper.state is Backend.MISSING


def test_a_set_up_is_told_by_its_step(tmp_path: Path) -> None:
    """Until it has ended."""
    kept = Kept(tmp_path, "")
    kept.keeper.tell_step("torch, 3 of 9")
    assert (kept.keeper.state, kept.keeper.step) == (Backend.SETTING_UP, "torch, 3 of 9")
    kept.keeper.tell_step(None)
    assert kept.keeper.state is Backend.MISSING


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    """A studio's backend is named by host and port."""
    kept = Kept(tmp_path, "")
    kept.settings.change(remote="nowhere")
    kept.keeper.begin()
    until(lambda: kept.keeper.state is Backend.REFUSED)
    assert kept.keeper.remote and kept.keeper.trouble is not None
    assert kept.keeper.trouble.why == "nowhere is no host and port"
    kept.keeper.close()
