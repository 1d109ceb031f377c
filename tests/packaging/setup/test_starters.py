"""The scripts that start the set-up where nobody knows which Python there is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from dreammix_krita.client.installed import setup_command
from tests.packaging.setup.conftest import SetUp
from tests.packaging.setup.shop import Shop, open_shop, sha256
from tests.packaging.setup.wheels import ROOT, make_wheel

SETUP = ROOT / "packaging" / "setup"
TOOLS = ("cat", "chmod", "curl", "dirname", "mkdir", "mv", "rm", "rmdir", "sha256sum", "uname", "unzip")
"""What the shell script uses of a machine that has no Python."""
FAKE_UV = f"""#!/bin/sh
while [ "$1" != python ]; do shift; done
shift
exec "{sys.executable}" "$@"
"""
"""A uv that runs this Python instead of one that it would have to fetch."""


@pytest.mark.parametrize("script", ["packaging/setup/setup.sh", ".ci/run"])
def test_each_shell_script_passes_shellcheck(script: str) -> None:
    """Without a remark."""
    checker = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([str(checker), str(ROOT / script)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_powershell_script_parses() -> None:
    """By its published grammar; there is no PowerShell here to ask."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse((SETUP / "setup.ps1").read_bytes()).root_node.has_error
    assert parser.parse(b"if ($a { exit 1 ").root_node.has_error, "the grammar refuses something"


def test_the_shell_script_finds_a_python(set_up: SetUp) -> None:
    """What Krita set for its own does not mislead it."""
    environment = set_up.environment | {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere"}
    program, arguments = setup_command("status", set_up.program, "linux")
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["message"] == f"Nothing is installed in {set_up.home}"


def test_on_windows_powershell_is_asked() -> None:
    """Whatever is set there about scripts of unknown origin."""
    program, arguments = setup_command("install", SETUP, "win32")
    assert program == "powershell.exe"
    assert arguments[-2:] == [str(SETUP / "setup.ps1"), "install"] and "Bypass" in arguments


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine without any Python."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"there is no {name}")
        (tools / name).symlink_to(found)
    home = tmp_path / "bare home" / "setup"
    return {"PATH": str(tools), "HOME": str(tmp_path), "DREAMMIX_SETUP": str(home), "NO_PROXY": "127.0.0.1"}


def start_bare(program: Path, action: str, environment: dict[str, str]) -> tuple[int, dict[str, object]]:
    """Run the script; returns its status and the last event."""
    command = ["/bin/sh", str(program / "setup.sh"), action]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def pin(program: Path, wheel: Path, shop: Shop, digest: str) -> None:
    """Let the set-up want that uv."""
    shutil.copytree(SETUP, program, ignore=shutil.ignore_patterns("__pycache__"))
    machine = os.uname().machine.replace("aarch64", "arm64")
    line = f"{os.uname().sysname} {machine} {digest} {wheel.stat().st_size} {shop.url}/files/{wheel.name}\n"
    (program / "uv.txt").write_text(line, encoding="utf-8")


@pytest.fixture
def fake_uv(tmp_path: Path) -> Path:
    """Its wheel."""
    return make_wheel(tmp_path, "uv", "1.0", {"uv-1.0.data/scripts/uv": FAKE_UV.encode()})


@pytest.mark.skipif(os.name == "nt", reason="Windows has the other script")
def test_without_a_python_uv_brings_one(tmp_path: Path, bare: dict[str, str], fake_uv: Path) -> None:
    """It is fetched by its hash, once; an uninstall takes it away too."""
    program, home = tmp_path / "program", Path(bare["DREAMMIX_SETUP"])
    with open_shop({"simple": [fake_uv]}) as shop:
        pin(program, fake_uv, shop, sha256(fake_uv))
        for _ in range(2):
            status, said = start_bare(program, "status", bare)
            assert (status, said["message"]) == (1, f"Nothing is installed in {home}")
        assert len(shop.asked) == 1
        assert start_bare(program, "uninstall", bare)[0] == 0
    assert not home.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has the other script")
def test_another_uv_than_the_pinned_one_is_not_run(
    tmp_path: Path, bare: dict[str, str], fake_uv: Path
) -> None:
    """Nor kept."""
    program = tmp_path / "program"
    with open_shop({"simple": [fake_uv]}) as shop:
        pin(program, fake_uv, shop, "0" * 64)
        status, said = start_bare(program, "status", bare)
    assert (status, said["what"]) == (1, "uv is not what it should be")
    assert not list((Path(bare["DREAMMIX_SETUP"]) / "uv").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has the other script")
def test_without_python_and_network_the_message_says_so(
    tmp_path: Path, bare: dict[str, str], fake_uv: Path
) -> None:
    """In the words of the program, as JSON."""
    program = tmp_path / "program"
    with open_shop({}) as shop:
        pin(program, fake_uv, shop, sha256(fake_uv))
        status, said = start_bare(program, "status", bare)
    assert (status, said["what"]) == (1, "uv could not be fetched")
    assert str(said["remedy"]).startswith("Connect to the internet")


def test_every_pin_is_one_of_the_version_that_tests_run() -> None:
    """For each system and processor that there is a torch for."""
    lines = [line.split() for line in (SETUP / "uv.txt").read_text().splitlines() if not line.startswith("#")]
    machines = {(system, processor) for system, processor, *_ in lines}
    assert machines == {
        ("Darwin", "arm64"),
        ("Linux", "arm64"),
        ("Linux", "x86_64"),
        ("Windows", "arm64"),
        ("Windows", "x86_64"),
    }
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    version = next(line.removeprefix("uv==") for line in constraints if line.startswith("uv=="))
    assert all(f"/uv-{version}-py3-none-" in url and url.startswith("https://") for *_, url in lines)
