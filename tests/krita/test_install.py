"""The plugin's zip in a Krita that has never seen it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita.harness import Krita, running
from tests.krita.studio import build_plugin

SHORTCUT = "Ctrl+Alt+K"
"""What the artist has chosen instead of the plugin's own."""


@pytest.fixture(scope="module")
def krita() -> Iterator[Krita]:
    """Krita's first start after the import, by somebody who reads German and has a shortcut of their own."""
    with tempfile.TemporaryDirectory(prefix="dm-") as name:
        folder = Path(name)
        (folder / "config").mkdir()
        (folder / "data/dreammix").mkdir(parents=True)
        (folder / "data/dreammix/plugin.json").write_text(json.dumps({"language": "de"}))
        (folder / "config/kritashortcutsrc").write_text(f"[Shortcuts]\ndreammix_insert={SHORTCUT}\n")
        with running(folder, build_plugin(folder), {"DREAMMIX_BACKEND": str(folder / "backend")}) as krita:
            krita.run("from tests.krita import desk")
            krita.wait_until("desk.made()")
            yield krita
            assert krita.quit() == 0


def test_after_the_import_the_docker_offers_the_set_up(krita: Krita) -> None:
    """Krita's own importer has put everything in its place, the action once."""
    krita.run("desk.docker()")
    krita.wait_until("desk.text('dreammix_action') == 'Backend einrichten'")
    assert "dreammix_insert" not in krita.log


def test_the_menu_speaks_the_artists_language(krita: Krita) -> None:
    """Its action has the words of the docker; the artist's shortcut for it counts."""
    krita.run("action = Krita.instance().action('dreammix_insert')")
    krita.wait_until("action.text().replace('&', '') == 'Motiv einfügen'")
    assert "Auswahl" in krita.run("action.toolTip()")
    assert krita.run("action.shortcut().toString()") == SHORTCUT
