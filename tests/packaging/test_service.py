"""The units that start the server with the session: the systems and the command know what they say."""

import plistlib
import re
import shlex
import shutil
import subprocess
from argparse import ArgumentParser
from configparser import RawConfigParser
from pathlib import Path

import pytest

from dreammix_backend.starting import STOP_DEADLINE_S, configure

UNITS = Path(__file__).parents[2] / "packaging" / "service"
SYSTEMD = UNITS / "dreammix.service"


def parsed(arguments: list[str]) -> None:
    """Read a command's arguments as `dreammix serve` does; it ends the test where they make no sense."""
    serve, *rest = arguments
    assert serve == "serve"
    parser = ArgumentParser()
    configure(parser)
    parser.parse_args(rest)


def systemd() -> RawConfigParser:
    """The unit of systemd."""
    unit = RawConfigParser()
    unit.read(SYSTEMD)
    return unit


def plist() -> dict[str, object]:
    """The agent of macOS."""
    found: dict[str, object] = plistlib.loads((UNITS / "org.dreammix.server.plist").read_bytes())
    return found


def test_each_starts_the_command_with_arguments_that_it_knows() -> None:
    """A renamed option would leave a unit that never starts."""
    parsed(shlex.split(systemd()["Service"]["ExecStart"])[1:])
    arguments = plist()["ProgramArguments"]
    assert isinstance(arguments, list)
    parsed(arguments[1:])
    (task,) = re.findall(r'schtasks .* /TR "dreammix (.+?)"', (UNITS / "README.md").read_text())
    parsed(shlex.split(task))


def test_each_gives_the_server_the_time_to_end() -> None:
    """As long as `--stop` waits: workers let go at their next step; and it is for its owner alone."""
    service = systemd()["Service"]
    assert float(service["TimeoutStopSec"]) >= STOP_DEADLINE_S and service["UMask"] == "0077"
    agent = plist()
    assert agent["ExitTimeOut"] == float(service["TimeoutStopSec"]) and agent["Umask"] == 0o077


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """With a program where the unit expects it, as an installation puts it there."""
    program = tmp_path / "dreammix"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / SYSTEMD.name
    unit.write_text(SYSTEMD.read_text().replace("%h/.local/bin/dreammix", str(program)))
    assert str(program) in unit.read_text()
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert done.returncode == 0 and unit.name not in done.stderr
