"""The plugin's zip in a Krita that has never seen it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita.harness import Krita, running
from tests.krita.studio import build_plugin

SHORTCUT = "Ctrl+Alt+K"
"""What the artist has chosen instead of the plugin's own."""


@pytest.fixture
def krita() -> Iterator[Krita]:
    """Krita's first start after the import, by somebody with a shortcut of their own."""
    with tempfile.TemporaryDirectory(prefix="dm-") as name:
        folder = Path(name)
        (folder / "config").mkdir()
        (folder / "config/kritashortcutsrc").write_text(f"[Shortcuts]\ndreammix_insert={SHORTCUT}\n")
        with running(folder, build_plugin(folder), {"DREAMMIX_BACKEND": str(folder / "backend")}) as krita:
            krita.run("from tests.krita import desk")
            krita.wait_until("desk.made()")
            yield krita
            assert krita.quit() == 0


def test_after_the_import_the_docker_offers_the_set_up(krita: Krita) -> None:
    """Krita's own importer has put everything in its place; the artist's shortcut counts."""
    krita.run("desk.docker()")
    krita.wait_until("desk.text('dreammix_action') == 'Set up backend'")
    assert krita.run("Krita.instance().action('dreammix_insert').shortcut().toString()") == SHORTCUT
