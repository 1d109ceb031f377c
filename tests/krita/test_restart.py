"""Krita ends in the middle of an insert, by a crash or by its menu, and is started again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.krita.studio import DEMO, Studio, backend, build_plugin, opened


@pytest.mark.parametrize("end", ["kill", "quit"])
def test_an_insert_is_there_after_krita_was_started_again(end: str) -> None:
    """It goes on without Krita; opened again, its picture has the result among the thumbnails."""
    with tempfile.TemporaryDirectory(prefix="dm-") as place, backend(folder := Path(place)) as server:
        plugin, path = build_plugin(folder), str(folder / "lawn.kra")
        with opened(folder, plugin, server) as krita:
            krita.run("from tests.krita import desk")
            krita.wait_until("desk.made()")
            krita.run(f"desk.docker()\ndesk.open_picture({str(DEMO / 'lawn.jpg')!r})")
            krita.rest()
            assert krita.run(f"desk.save({path!r})") is True
            krita.wait_until("desk.items('dreammix_subjects')")
            krita.run("desk.choose('Pip')\ndesk.select(230, 180, 260, 260)")
            krita.wait_until("desk.can('Insert subject')")
            Studio(krita, server).hold()
            krita.run("desk.press()")
            krita.wait_until("desk.previews() == 1")
            if end == "kill":
                krita.kill()
            else:
                assert krita.quit() == 0
        with opened(folder, plugin, server) as krita:
            krita.run("from tests.krita import desk")
            krita.wait_until("desk.made()")
            krita.run(f"desk.docker()\ndesk.open_picture({path!r})")
            krita.wait_until("desk.step() > 0")
            Studio(krita, server).go_on()
            krita.wait_until("desk.step() == -1 and desk.previews() == 1")
            assert krita.run("desk.stack()") == ["Background"]
            krita.run("desk.widget('dreammix_apply').click()")
            assert krita.run("desk.stack()") == ["Background", "Pip"]
            krita.close_all()
            assert krita.quit() == 0
