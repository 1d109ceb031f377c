"""Twenty inserts, and what can come between: cancelled anywhere, undone, done again, closed in the middle."""

from __future__ import annotations

import os
import random
from typing import Final

from tests.krita.harness import Krita
from tests.krita.studio import Studio

SEED_VARIABLE: Final = "DREAMMIX_TWENTY"
"""Names another chance: what comes when, and at which step one is cancelled or closed."""
SEED: Final = 5
STEPS: Final = 8
CANCELLED: Final = {
    "cancelled at upload": ("upload", range(1)),
    "cancelled at local content": ("painting", range(1, 6)),
    "cancelled at harmonisation": ("painting", range(6, STEPS + 1)),
    "cancelled at download": ("download", range(1)),
    "cancelled at arrival": ("arrival", range(1)),
}
"""Which of the `moments` that is, and the steps to draw one from."""
_FATES: Final = [*7 * ["kept"], *CANCELLED, *3 * ["undone"], *3 * ["done again"], *2 * ["closed"]]
_PLAIN: Final = """
from krita import Selection
def new():
    document = Krita.instance().{opened}
    Krita.instance().activeWindow().addView(document)
def host():
    return Krita.instance().activeDocument()
def select(x, y, width, height):
    selection = Selection()
    selection.select(x, y, width, height, 255)
    host().setSelection(selection)
def stack():
    return [node for node in host().topLevelNodes() if not node.type().endswith("mask")]
def add(x, y, width, height, path):
    node = host().createNode("control", "paintlayer")
    node.setPixelData(open(path, "rb").read(), x, y, width, height)
    host().rootNode().addChildNode(node, stack()[-1])
def close():
    host().setModified(False)
    host().close()
"""
"""What the control does, by Krita's API alone."""

Region = tuple[int, int, int, int]


def drawn() -> random.Random:
    """The chance, and its seed told: pytest shows that where a test fails."""
    seed = int(os.environ.get(SEED_VARIABLE, SEED))
    print(f"{SEED_VARIABLE}={seed}")
    return random.Random(seed)


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
    krita, chance = found.krita, drawn()
    krita.run(f"from tests.krita import moments\ndesk.steps({STEPS})")
    layers = 1
    for fate in fates(chance):
        select(krita, region)
        if fate == "closed":
            found.hold()
            krita.run("desk.press()")
            krita.wait_until(f"desk.can('Cancel') and desk.step() >= {chance.randrange(STEPS // 2)}")
            krita.settle()
            krita.run("desk.close()")
            found.go_on()
        elif fate in CANCELLED:
            moment, steps = CANCELLED[fate]
            krita.run(f"moments.cancel_at({moment!r}, {chance.choice(steps)})\ndesk.press()")
            krita.wait_until("moments.met() and desk.step() == -1")
        else:
            krita.run("desk.press()")
            layers += 1
            krita.wait_until(f"len(desk.stack()) == {layers}")
        if fate == "closed":
            krita.run(reopen)
            layers = 1
        layers = undo_and_redo(krita, fate, layers, "desk.stack()")
    select(krita, region)
    krita.wait_until("desk.step() == -1 and desk.previews() == 0")
    return layers


def select(krita: Krita, region: Region) -> None:
    """Select where the next one goes, which is painted on the lowest layer."""
    krita.rest()
    krita.wait_until("desk.ground()")
    krita.run(f"desk.select(*{region})")
    krita.wait_until("desk.can('Insert subject')")


def undo_and_redo(krita: Krita, fate: str, layers: int, stack: str) -> int:
    """Do this to the last layer of so many, which an expression lists; how many there are then."""
    if fate in ("undone", "done again"):
        krita.act("edit_undo")
        layers -= 1
        krita.wait_until(f"len({stack}) == {layers}")
    if fate == "done again":
        krita.act("edit_redo")
        layers += 1
        krita.wait_until(f"len({stack}) == {layers}")
    return layers


def control(krita: Krita, region: Region, opened: str, pixels: str) -> int:
    """The same layers in the same order, added without the plugin; how many there must be at the end.

    Args:
        krita: nothing is open in it.
        region: where the layers are.
        opened: opens a picture of one layer: a call of Krita's, with its arguments.
        pixels: a file with a layer's, as Krita orders them.
    """
    krita.run(_PLAIN.format(opened=opened) + "new()")
    krita.wait_until("len(stack()) == 1")
    layers = 1
    for fate in fates(drawn()):
        krita.run(f"select(*{region})")
        if fate == "closed":
            krita.settle()
            krita.run("close()\nnew()")
            krita.wait_until("len(stack()) == 1")
            layers = 1
        elif fate not in CANCELLED:
            krita.run(f"add(*{region}, {pixels!r})")
            layers += 1
            krita.wait_until(f"len(stack()) == {layers}")
        layers = undo_and_redo(krita, fate, layers, "stack()")
    return layers
