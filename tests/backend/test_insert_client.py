"""The script in the documentation, run as it stands against a real server."""

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from dreammix.files import png
from dreammix.protocol import Picture, SampleFormat
from dreammix.subjects import Library, NewPicture
from tests.backend.serving import PATIENCE_S, ROOT, plain, serving

SIDE = 600
"""Of the scene, in pixels: its bytes do not fit into one message."""
SCRIPT = ROOT / "docs" / "insert_client.py"


def run(folder: Path, backend: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The script, with a square scene and its mask, working in `folder`."""
    pictures: dict[str, Picture] = {
        "scene.png": plain(SIDE, SampleFormat.RGBA8),
        "mask.png": plain(SIDE, SampleFormat.GRAY8),
    }
    for name, picture in pictures.items():
        (folder / name).write_bytes(png(picture))
    return subprocess.run(
        [sys.executable, str(SCRIPT), *pictures, *words],
        cwd=folder,
        env=os.environ | {"DREAMMIX_BACKEND": str(backend)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_the_documented_client_inserts_a_subject(tmp_path: Path) -> None:
    """It saves previews and the result; a subject that is not there is said in one line."""
    with serving(tmp_path) as server:
        picture = NewPicture(png(plain(32, SampleFormat.RGBA8)))
        subject = Library(server.library, "default").create("Pip", "mug", pictures=[picture])
        done = run(tmp_path, server.folder, "slow 20", subject.id)
        assert done.returncode == 0, done.stderr
        assert Image.open(tmp_path / "result.png").size == (SIDE, SIDE)
        assert list(tmp_path.glob("preview-*.png"))
        unknown = run(tmp_path, server.folder, "red", "0" * 16)
        assert unknown.returncode == 1 and "There is no subject" in unknown.stderr
