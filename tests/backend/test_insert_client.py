"""The script in the documentation, run as it stands against a real server."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from dreammix.files import png
from dreammix.protocol import Picture, SampleFormat
from dreammix.protocol.places import ENDPOINT_FILE
from dreammix.subjects import Library, NewPicture
from tests.backend.serving import PATIENCE_S, ROOT, Serving, plain, serving

SIDE = 600
"""Of the scene, in pixels: its bytes do not fit into one message."""
SCRIPT = ROOT / "docs" / "insert_client.py"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    """A server, beside it a square scene and its mask."""
    pictures: dict[str, Picture] = {
        "scene.png": plain(SIDE, SampleFormat.RGBA8),
        "mask.png": plain(SIDE, SampleFormat.GRAY8),
    }
    for name, picture in pictures.items():
        (tmp_path / name).write_bytes(png(picture))
    with serving(tmp_path) as running:
        yield running


def run(server: Serving, subject: str, words: str) -> subprocess.CompletedProcess[str]:
    """The script, as its first line says it is called."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), "scene.png", "mask.png", subject, words],
        cwd=server.folder.parent,
        input=(server.folder / ENDPOINT_FILE).read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_the_documented_client_inserts_a_subject(server: Serving, tmp_path: Path) -> None:
    """It saves previews and the result; the words reach the server as the subject's edit."""
    picture = NewPicture(png(plain(32, SampleFormat.RGBA8)))
    subject = Library(server.library, "default").create("Pip", "mug", pictures=[picture])
    done = run(server, subject.id, "blue")
    assert done.returncode == 0, done.stderr
    (result,) = tmp_path.glob("result_*.png")
    assert Image.open(result).tobytes() == plain(SIDE, SampleFormat.RGBA8).data
    assert list(tmp_path.glob("preview_*.png"))


def test_what_cannot_be_done_is_said_in_one_line(server: Serving) -> None:
    """A subject that is not there."""
    done = run(server, "0" * 16, "blue")
    assert done.returncode == 1 and "There is no subject" in done.stderr and done.stderr.count("\n") == 1


def test_it_is_a_plain_client_of_thirty_lines() -> None:
    """It needs nothing of ours to speak the protocol, as docs/backend.md says; imports are not counted."""
    code = SCRIPT.read_text(encoding="utf-8")
    _, *statements = ast.parse(code).body
    imports = [each for each in statements if isinstance(each, (ast.Import, ast.ImportFrom))]
    named = {(each.module if isinstance(each, ast.ImportFrom) else each.names[0].name) for each in imports}
    assert named == {"json", "sys", "PIL", "websockets.sync.client"}
    first = statements[len(imports)].lineno - 1
    assert 20 <= sum(bool(line.strip()) for line in code.splitlines()[first:]) <= 30
