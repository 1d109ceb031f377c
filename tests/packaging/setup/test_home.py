"""The set-up's folder: where it is, who may write it, and that it can be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dreammix.protocol.places import data_folder
from dreammix.protocol.places import setup_folder as protocol_setup_folder
from dreammix_setup.home import Claim, Home, setup_folder
from dreammix_setup.troubles import Stopped, Trouble
from tests.packaging.setup.wheels import ROOT


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DREAMMIX_SETUP": "/x/y"},
        {"XDG_DATA_HOME": "/data"},
        {"LOCALAPPDATA": "/local", "APPDATA": "/roaming"},
    ],
    ids=lambda environment: "+".join(environment) or "bare",
)
def test_plugin_and_set_up_mean_the_same_folder(environment: dict[str, str], platform: str) -> None:
    """Which never is the one that holds the artist's own things."""
    folder = setup_folder(environment, platform)
    assert folder == protocol_setup_folder(environment, platform)
    assert folder not in (data_folder(environment, platform), *data_folder(environment, platform).parents)


def test_one_at_a_time(tmp_path: Path) -> None:
    """The second is told; after the first it may."""
    first = Claim(Home(tmp_path / "home"))
    with pytest.raises(Trouble, match="Another set-up is running"):
        Claim(Home(tmp_path / "home"))
    first.release()
    Claim(Home(tmp_path / "home")).release()


def test_a_claim_ends_with_its_process(tmp_path: Path) -> None:
    """However that ended: nobody has to remove a file."""
    script = (
        "import os, sys; from pathlib import Path; from dreammix_setup.home import Claim, Home;"
        "claim = Claim(Home(Path(sys.argv[1]))); os._exit(9)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "packaging" / "setup")}
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment).returncode == 9
    Claim(Home(tmp_path)).release()


def test_an_old_wish_to_stop_stops_nothing(tmp_path: Path) -> None:
    """Only one that comes while it runs."""
    home = Home(tmp_path)
    home.stop.touch()
    claim = Claim(home)
    claim.check()
    home.stop.touch()
    with pytest.raises(Stopped):
        claim.check()
    claim.release()


def read_only(tmp_path: Path) -> Path:
    """A folder that not even the administrator can write."""
    if Path("/sys/kernel").is_dir():
        return Path("/sys/kernel/dreammix")
    (tmp_path / "closed").mkdir(mode=0o500)
    return tmp_path / "closed" / "setup"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the variable that names another."""
    with pytest.raises(Trouble, match=r"cannot be written: .*DREAMMIX_SETUP"):
        Claim(Home(read_only(tmp_path)))


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """Where the folder should be."""
    (tmp_path / "dreammix").write_text("a file")
    with pytest.raises(Trouble, match="cannot be written"):
        Claim(Home(tmp_path / "dreammix" / "setup"))
