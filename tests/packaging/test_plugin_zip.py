"""The plugin's zip: Krita's importer takes it, and its Python needs nothing else of ours."""

import base64
import csv
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "plugin_zip.py"
WHEELS = ROOT / ".venv" / "vendored"
"""Where `make` keeps the pinned wheel, so that no test needs the network."""

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import dreammix_krita
INSIDE_KRITA = ("dreammix_krita.canvas", "dreammix_krita.plugin")
for module in pkgutil.walk_packages(dreammix_krita.__path__, "dreammix_krita."):
    if not module.name.startswith(INSIDE_KRITA + ("dreammix_krita.copies.websockets.",)):
        importlib.import_module(module.name)
from dreammix_krita import vendor
from dreammix_krita.client.line import Hello
assert Hello.__module__ == "dreammix_krita.copies.protocol.messages", Hello.__module__
assert vendor.ClientProtocol.__module__ == "dreammix_krita.copies.websockets.client"
strangers = [name for name in sys.modules if name.split(".")[0] in ("dreammix", "websockets")]
assert not strangers, strangers
print("imported")
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip."""
    return build(tmp_path_factory.mktemp("zip") / "plugin.zip")


def build(output: Path, wheels: Path = WHEELS) -> Path:
    """Build a zip as `make plugin` does."""
    command = [sys.executable, str(SCRIPT), "--wheels", str(wheels), str(output)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return output


def test_the_zip_has_what_kritas_importer_needs(built: Path) -> None:
    """The folder as an entry of its own, before its files; beside it the desktop file and the action."""
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    assert names.index("dreammix_krita/") < names.index("dreammix_krita/__init__.py")
    assert "dreammix_krita/Manual.html" in names
    beside = {name for name in names if not name.startswith("dreammix_krita/")}
    assert beside == {"dreammix_krita.desktop", "dreammix_krita.action"}


def test_the_unpacked_zip_imports_without_the_checkout(built: Path, tmp_path: Path) -> None:
    """With Qt and the standard library alone; neither an installed dreammix nor websockets is touched."""
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path)
    # What is installed is found only through `site`, which -S leaves out; Qt is linked in by itself.
    (tmp_path / "qt").mkdir()
    import PyQt5

    (tmp_path / "qt" / "PyQt5").symlink_to(Path(PyQt5.__path__[0]), target_is_directory=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONPATH"] = os.pathsep.join((str(tmp_path), str(tmp_path / "qt")))
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT_EVERYTHING],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("imported\n", "")


def test_the_same_commit_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """Whoever builds it can check the one that is published."""
    assert build(tmp_path / "again.zip").read_bytes() == built.read_bytes()


def test_another_wheel_is_not_taken(tmp_path: Path) -> None:
    """A wheel of the right name whose bytes are not the pinned ones ends the build, and no zip is left."""
    for wheel in WHEELS.glob("*.whl"):
        (tmp_path / wheel.name).write_bytes(wheel.read_bytes() + b"more")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build(tmp_path / "plugin.zip", tmp_path)
    assert "is not the websockets-16.1.1" in failed.value.stderr
    assert not (tmp_path / "plugin.zip").exists()


def test_the_zip_has_dreammix_for_the_set_up(built: Path) -> None:
    """Its whole wheel, with hashes that hold, and nothing that a build left about."""
    with zipfile.ZipFile(built) as archive:
        names = [name for name in archive.namelist() if name.startswith("dreammix_krita/setup/")]
        (wheel,) = (name for name in names if name.endswith(".whl"))
        data = io.BytesIO(archive.read(wheel))
    assert {name.rpartition("/")[2] for name in names} >= {"__main__.py", "setup.sh", "setup.ps1", "uv.txt"}
    assert not any("__pycache__" in name for name in names)
    with zipfile.ZipFile(data) as inner:
        (record,) = (name for name in inner.namelist() if name.endswith(".dist-info/RECORD"))
        rows = [row for row in csv.reader(inner.read(record).decode().splitlines()) if row[1]]
        for path, digest, _ in rows:
            made = base64.urlsafe_b64encode(hashlib.sha256(inner.read(path)).digest()).rstrip(b"=")
            assert digest == f"sha256={made.decode()}", path
        assert {"dreammix/__init__.py", "dreammix_backend/__main__.py"} <= {row[0] for row in rows}
