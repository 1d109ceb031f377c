"""`make krita`: a profile whose plugin is the checkout's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "run_krita.py"
STAND_IN = """#!{python}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}))
"""


def run(profile: Path, folder: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Start it, with a program in Krita's place that tells how it was started: arguments, environment."""
    folder.mkdir(exist_ok=True)
    program = folder / "krita"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    command = [sys.executable, str(SCRIPT), "--profile", str(profile), *arguments]
    environment = {**os.environ, "PATH": str(folder)}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    answer = json.loads(told)
    return answer["arguments"], answer["environment"]


def test_the_profile_holds_the_checkouts_plugin(tmp_path: Path) -> None:
    """As links: what is changed in the checkout is what the next start runs."""
    arguments, environment = run(tmp_path / "profile", tmp_path / "bin", "picture.kra")
    resources = tmp_path / "profile" / "data" / "krita"
    assert (resources / "pykrita" / "dreammix_krita").resolve() == ROOT / "krita_plugin" / "dreammix_krita"
    assert (resources / "pykrita" / "dreammix_krita.desktop").is_file()
    assert 'name="dreammix_insert"' in (resources / "actions" / "dreammix_krita.action").read_text()
    assert arguments == ["--nosplash", "picture.kra"]
    assert environment["DREAMMIX_PYTHON"] == sys.executable


def test_a_second_start_keeps_what_was_set(tmp_path: Path) -> None:
    """The developer's own switches stay, with their capitals."""
    run(tmp_path / "profile", tmp_path / "bin")
    path = tmp_path / "profile" / "config" / "kritarc"
    path.write_text("[python]\nenable_Other=true\nenable_dreammix_krita=false\n[Theme]\nName=Krita dark\n")
    run(tmp_path / "profile", tmp_path / "bin")
    assert path.read_text().splitlines()[:3] == [
        "[python]",
        "enable_Other=true",
        "enable_dreammix_krita=true",
    ]
    assert "Name=Krita dark" in path.read_text()


def test_without_krita_it_says_how_to_get_it(tmp_path: Path) -> None:
    """In one line."""
    command = [sys.executable, str(SCRIPT), "--profile", str(tmp_path / "profile")]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Krita is not installed: apt install krita\n")
    assert not (tmp_path / "profile").exists()


@pytest.mark.parametrize(
    "name", ["dreammix_krita/plugin.py", "dreammix_krita/loading.py", "dreammix_krita.action"]
)
def test_what_krita_loads_is_in_the_checkout(name: str) -> None:
    """The links lead somewhere."""
    assert (ROOT / "krita_plugin" / name).is_file()
