"""A set-up as the plugin's zip unpacks it, and an index that it installs from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.setup import wheels
from tests.packaging.setup.shop import Shop, open_shop
from tests.packaging.setup.wheels import ROOT

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@dataclass(frozen=True)
class Told:
    """What one run said."""

    status: int
    events: list[dict[str, object]]
    errors: str

    @property
    def last(self) -> dict[str, object]:
        """The last event."""
        return self.events[-1]

    def messages(self, stage: str) -> list[str]:
        """What was said at a stage."""
        return [str(event["message"]) for event in self.events if event["stage"] == stage]


@dataclass(frozen=True)
class SetUp:
    """The set-up, its folder with blanks and letters beyond ASCII, and the shop it buys from."""

    program: Path
    home: Path
    shop: Shop
    environment: dict[str, str]

    def words(self, action: str, *more: str) -> list[str]:
        """The command line; an install is told the shop and this Python, for none is fetched."""
        index = ["--index", f"{self.shop.url}/simple", "--torch-index", f"{self.shop.url}/whl"]
        usual = ["--python", sys.executable, "--card", "cpu", *index] if action == "install" else []
        return [sys.executable, str(self.program), action, *usual, *more]

    def run(self, action: str, *more: str) -> Told:
        """Run it to its end."""
        done = subprocess.run(self.words(action, *more), env=self.environment, capture_output=True, text=True)
        return Told(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def start(self) -> subprocess.Popen[str]:
        """Begin an install."""
        return subprocess.Popen(
            self.words("install"), env=self.environment, stdout=subprocess.PIPE, text=True
        )

    @property
    def python(self) -> Path:
        """The installed environment's."""
        return Path(json.loads((self.home / "installed.json").read_text(encoding="utf-8"))["python"])


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's zip."""
    output = tmp_path_factory.mktemp("plugin") / "plugin.zip"
    script = [
        str(ROOT / "packaging" / "plugin_zip.py"),
        "--wheels",
        str(ROOT / ".venv" / "vendored"),
        str(output),
    ]
    subprocess.run([sys.executable, *script], check=True, capture_output=True)
    return output


@dataclass(frozen=True)
class Installed:
    """A set-up that ran, and what it said."""

    set_up: SetUp
    told: Told


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """See `wheels.stock`."""
    return wheels.stock(tmp_path_factory.mktemp("stock"))


@pytest.fixture
def shop(stock: dict[str, list[Path]]) -> Iterator[Shop]:
    """An index that has everything."""
    with open_shop(stock) as shop:
        yield shop


@pytest.fixture
def set_up(tmp_path: Path, plugin: Path, shop: Shop) -> SetUp:
    """A set-up that was never run."""
    return unpack(plugin, tmp_path, shop)


@pytest.fixture(scope="session")
def installed(
    tmp_path_factory: pytest.TempPathFactory, plugin: Path, stock: dict[str, list[Path]]
) -> Iterator[Installed]:
    """One that ran to its end, and what it said. Whoever changes it changes it back."""
    with open_shop(stock) as shop:
        set_up = unpack(plugin, tmp_path_factory.mktemp("installed"), shop)
        yield Installed(set_up, set_up.run("install"))


def unpack(plugin: Path, tmp_path: Path, shop: Shop) -> SetUp:
    """The set-up of a plugin's zip, in a folder, with the shop's uv."""
    with zipfile.ZipFile(plugin) as archive:
        names = [name for name in archive.namelist() if name.startswith("dreammix_krita/setup/")]
        archive.extractall(tmp_path / "plug in", names)
    program = tmp_path / "plug in" / "dreammix_krita" / "setup"
    shop.sell_uv(program)
    home = tmp_path / "Äpfel und Bäume" / "setup"
    environment = os.environ | {
        "DREAMMIX_SETUP": str(home),
        "DREAMMIX_BACKEND": str(tmp_path / "backend"),
        "HOME": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
    }
    return SetUp(program, home, shop, environment)
