"""Twenty inserts, and all that can come between: cancelled, undone, done again, closed in the middle."""

from __future__ import annotations

import random
from typing import Final

from tests.krita.studio import Studio

STEPS: Final = 8
_FATES: Final = 8 * ["kept"] + 4 * ["cancelled"] + 3 * ["undone"] + 3 * ["done again"] + 2 * ["closed"]

Region = tuple[int, int, int, int]


def fates(chance: random.Random) -> list[str]:
    """What becomes of them, in an order drawn by chance."""
    return chance.sample(_FATES, len(_FATES))


def insert(found: Studio, region: Region, reopen: str) -> int:
    """Insert Pip twenty times, as an artist; how many layers there must be at the end.

    Args:
        found: a picture is open, which has one layer, and the docker is ready.
        region: what is selected.
        reopen: opens such a picture again, in `desk`'s words.
    """
    krita, chance = found.krita, random.Random(5)
    krita.run(f"desk.steps({STEPS})")
    layers = 1
    for fate in fates(chance):
        krita.run(f"desk.ground()\ndesk.select(*{region})")
        krita.wait_until("desk.can('Insert subject')")
        stopped = fate in ("cancelled", "closed")
        if stopped:
            found.hold()
        krita.run("desk.press()")
        if stopped:
            krita.wait_until(f"desk.can('Cancel') and desk.step() >= {chance.randrange(STEPS // 2)}")
            krita.run("desk.press()" if fate == "cancelled" else "desk.close()")
            found.go_on()
        else:
            layers += 1
            krita.wait_until(f"len(desk.stack()) == {layers}")
        if fate == "closed":
            krita.run(reopen)
            layers = 1
        if fate in ("undone", "done again"):
            krita.run("desk.act('edit_undo')")
            krita.wait_until(f"len(desk.stack()) == {layers - 1}")
            layers -= 1
        if fate == "done again":
            krita.run("desk.act('edit_redo')")
            krita.wait_until(f"len(desk.stack()) == {layers + 1}")
            layers += 1
    krita.run(f"desk.ground()\ndesk.select(*{region})")
    krita.wait_until("desk.can('Insert subject') and desk.step() == -1 and desk.previews() == 0")
    return layers
