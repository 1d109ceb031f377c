"""All that the artist's story needs: a backend that paints Pip, a library, and Krita with the plugin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.protocol import Attribute, AttributeKind
from dreammix.subjects import Library, LoraFiles, NewPicture
from tests.backend.serving import Serving, serving
from tests.krita import harness
from tests.krita.harness import ROOT, Krita, running
from tests.krita.painter import HOLD

DEMO: Final = ROOT / "dreammix/sandbox/demo"
PAINTER: Final = "tests.krita.painter:load"
SUBJECTS: Final = {"Pip": ("teapot", "green", "pip-1.png"), "Pop": ("teapot", "green", "pip-3.png")}
"""By name: class word, colour, picture."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A Krita and its backend."""

    krita: Krita
    server: Serving

    def hold(self) -> None:
        """Keep the painter in the middle of its work, until `go_on`."""
        (self.server.library / HOLD).touch()

    def go_on(self) -> None:
        """Let it finish."""
        (self.server.library / HOLD).unlink()


def build_plugin(folder: Path) -> Path:
    """The plugin's zip, of this checkout."""
    plugin = folder / "plugin.zip"
    builder = [ROOT / "packaging/plugin_zip.py", "--wheels", ROOT / ".venv/vendored", plugin]
    subprocess.run([sys.executable, *map(str, builder)], check=True, capture_output=True)
    return plugin


@contextmanager
def backend(folder: Path, tools: str = PAINTER) -> Iterator[Serving]:
    """A backend that works with these tools, and knows `SUBJECTS`."""
    library = Library(folder / "server/library")
    for name, (word, colour, picture) in SUBJECTS.items():
        subject = library.create(
            name,
            word,
            (Attribute(AttributeKind.COLOUR, colour),),
            [NewPicture((DEMO / picture).read_bytes())],
        )
        # The painter does not look at what was learned.
        files = LoraFiles(diffusers=b"learned", kohya=b"the same")
        library.add_lora(subject.id, files, base="sandbox", base_hash="0" * 64, token="q", steps=1, seed=0)
    with serving(folder / "server", tools=tools) as server:
        yield server


@contextmanager
def studio(folder: Path, tools: str = PAINTER, renderer: str = harness.PAINTER) -> Iterator[Studio]:
    """One in a new folder (with a short path), gone at the end. Its backend works with these tools."""
    plugin = build_plugin(folder)
    with backend(folder, tools) as server, opened(folder, plugin, server, renderer) as krita:
        yield Studio(krita, server)


@contextmanager
def opened(folder: Path, plugin: Path, server: Serving, renderer: str = harness.PAINTER) -> Iterator[Krita]:
    """A start of Krita, with the plugin and a backend; the next one in the same folder finds its profile."""
    home = folder / "krita"
    home.mkdir(exist_ok=True)
    variables = {"DREAMMIX_BACKEND": str(server.folder)}
    with running(home, plugin, variables, renderer=renderer) as krita:
        krita.run("Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)")
        yield krita
