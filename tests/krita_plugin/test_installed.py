"""Where the plugin finds the backend that was set up."""

import json
import sys
from pathlib import Path

import pytest

from dreammix_krita.client.installed import installed_python, setup_of
from dreammix_krita.flow.keeper import backend_python
from dreammix_krita.settings import Preferences


def installed(folder: Path, text: str) -> dict[str, str]:
    """An environment in which that is what the set-up left."""
    (folder / "installed.json").write_text(text, encoding="utf-8")
    return {"DREAMMIX_SETUP": str(folder)}


def test_the_python_that_was_set_up_starts_the_backend(tmp_path: Path) -> None:
    """Unless the artist named another."""
    environment = installed(tmp_path, json.dumps({"schema": 1, "python": sys.executable, "card": "cpu"}))
    assert backend_python(Preferences(), environment) == Path(sys.executable)
    other = tmp_path / "python"
    other.touch()
    assert backend_python(Preferences(python=str(other)), environment) == other


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 10_000,
        '{"schema": 1, "python": "/nowhere/python"}',
        f'{{"schema": 2, "python": "{sys.executable}"}}',
        '{"schema": 1, "python": null}',
    ],
)
def test_what_is_not_whole_is_not_there(tmp_path: Path, text: str) -> None:
    """As after a set-up that was stopped, or removed by hand."""
    assert installed_python(installed(tmp_path, text)) is None


def test_the_set_up_comes_with_the_plugin(tmp_path: Path) -> None:
    """In the zip inside of it; in a checkout beside it, also where Krita's profile has only a link."""
    (tmp_path / "pykrita/dreammix_krita/setup").mkdir(parents=True)
    assert setup_of(tmp_path / "pykrita/dreammix_krita") == tmp_path / "pykrita/dreammix_krita/setup"
    root = Path(__file__).resolve().parents[2]
    link = tmp_path / "dreammix_krita"
    link.symlink_to(root / "krita_plugin/dreammix_krita")
    assert setup_of(link) == root / "packaging/setup"
    assert (setup_of(link) / "setup.sh").is_file() and (setup_of(link) / "setup.ps1").is_file()


def test_before_any_set_up_there_is_none(tmp_path: Path) -> None:
    """Not even a folder."""
    assert installed_python({"DREAMMIX_SETUP": str(tmp_path / "none")}) is None
