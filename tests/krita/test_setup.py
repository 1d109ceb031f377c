"""The guide's first steps in a Krita that has never seen the plugin: imported, set up, and ready."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.krita.hands import opens, photograph, sit_down
from tests.krita.harness import ENABLED, PLUGIN, Krita, running
from tests.krita.studio import build_plugin
from tests.packaging.setup.shop import Shop, open_shop
from tests.packaging.setup.wheels import stock

TO_THE_SHOP: Final = """#!/bin/sh
if [ "$1" = install ]; then
    set -- "$@" --python "{python}" --card cpu --index {url}/simple --torch-index {url}/whl
fi
exec /bin/sh "$(dirname "$0")/own.sh" "$@"
"""
"""How the set-up is started here: what it fetches comes from a shop on this machine, not from the world."""
TRICKLES_AT: Final = 2_000_000
"""Of torch's wheel, in bytes: from there on it comes slowly."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A Krita after the plugin was imported, and the shop that its set-up fetches from."""

    krita: Krita
    shop: Shop


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    """Somebody who has just imported the plugin; in the end their Krita and their backend go."""
    with tempfile.TemporaryDirectory(prefix="dm-") as name:
        folder = Path(name)
        import_from_the_menu(folder, build_plugin(folder))
        (folder / "stock").mkdir()
        with open_shop(stock(folder / "stock")) as shop, running(folder) as krita:
            program = folder / PLUGIN / "setup"
            shop.sell_uv(program)
            (program / "setup.sh").rename(program / "own.sh")
            (program / "setup.sh").write_text(TO_THE_SHOP.format(python=sys.executable, url=shop.url))
            sit_down(krita)
            yield Newcomer(krita, shop)
            krita.run("desk.choose_from('dreammix_status_menu', 'Stop backend')")
            krita.wait_until("desk.text('dreammix_action') == 'Start backend'")
            assert krita.quit() == 0


def import_from_the_menu(folder: Path, plugin: Path) -> None:
    """Take the zip in Krita's own window for it, and say Yes; Krita is to be started again then."""
    with running(folder) as krita:
        krita.run(
            "from tests.krita import desk\n"
            "desk.window().setGeometry(0, 0, 1600, 1000)\n"
            "desk.later('plugin_importer_file')"
        )
        krita.connect_anew()
        krita.wait_until("desk.part('QFileDialog', 'fileNameEdit')")
        krita.click(krita.run("desk.part('QFileDialog', 'fileNameEdit')"))
        krita.type(str(plugin))
        krita.wait_for(lambda: accepted(krita, "QFileDialog"), "the zip is taken")
        krita.wait_until("desk.agree('QMessageBox')")
        krita.wait_for(lambda: accepted(krita, "QMessageBox"), "the plugin is switched on")
        assert krita.quit() == 0
    assert ENABLED in (folder / "config/kritarc").read_text()


def accepted(krita: Krita, dialog: str) -> bool:
    """Whether a dialog is gone; else it is agreed to. The first click may only shut the list of what fits."""
    place = krita.run(f"desk.agree({dialog!r})")
    if place:
        krita.click(place)
    return not place


def test_set_up_from_the_docker_to_a_backend_that_is_ready(newcomer: Newcomer, tmp_path: Path) -> None:
    """What goes wrong is told and tried again; it says how far it is, and starts what it made."""
    krita, shop = newcomer.krita, newcomer.shop
    (uv,), (torch,) = shop.wheels["uv"], shop.wheels["whl/cpu"]
    shop.spoiled.add(uv.name)
    shop.slow[torch.name] = TRICKLES_AT
    krita.wait_until("desk.can('Set up backend')")
    frame = opens(krita, "action", "SetUpDialog")
    krita.click(krita.run("desk.place('set_up_start')"))
    krita.wait_until("'not what it should be' in desk.text('set_up_trouble_what')")
    shop.spoiled.clear()
    krita.click(krita.run("desk.place('set_up_start')"))
    krita.wait_for(shop.trickling.is_set, "torch is being fetched")
    krita.wait_until("desk.text('set_up_state').startswith('Downloading: ')")
    photograph(krita, "set_up", tmp_path, frame)
    krita.wait_until("'is set up' in desk.text('set_up_state')")
    krita.click(krita.run("desk.place('set_up_close')"))
    krita.wait_until("desk.text('dreammix_message') == 'Open a picture'")
