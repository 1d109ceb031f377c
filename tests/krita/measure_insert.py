"""How long the plugin keeps Krita's interface waiting, measured in a real Krita (run as a module).

A heartbeat of 1 ms in the GUI thread during inserts into a picture of 4096 x 4096, against a backend whose
painter is always there. A gap is the time of the wall between two beats. All calls of Krita's own API are
listed, and counted apart. The control is another Krita, without the plugin, in which the same layers are
added by Krita's API alone. What the thread computed between two beats does not depend on how busy the machine
is; the time of the wall does.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.krita.harness import Krita, running
from tests.krita.studio import Studio, studio

SIDE_PX = 4096
REGIONS = {"region of 512": (1800, 1800, 512, 512), "region of 1024": (1500, 1500, 1024, 1024)}
STEPS = 8
SHOWN_MS = 1.0
"""A call of Krita's API that takes less is only counted."""
CONTROL = """
node = desk.host().createNode("control", "paintlayer")
node.setPixelData(bytes(4 * {width} * {height}), {x}, {y}, {width}, {height})
desk.host().rootNode().addChildNode(node, None)
desk.host().refreshProjection()
"""
PULSE = """
from tests.krita import desk, heart
Krita.instance().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)
pulse = heart.Heart()
pulse.watch()
"""
IMPORTS = """
import importlib, time
begun = time.thread_time()
from dreammix_krita import loading, plugin
for name in loading.MODULES:
    importlib.import_module(name)
imported = 1000 * (time.thread_time() - begun)
made = plugin.plugin()
"""
EDIT = """
from dreammix_krita.plugin import plugin
def edit(name):
    there = desk.pick(name)
    plugin().controller.look()
    if there and not desk.can("Update"):
        desk.ground()
    return there and desk.can("Update")
"""
DOCKER = """
begun = time.thread_time()
from dreammix_krita.docker.panel import Panel
panel = Panel(made.controller, made.services)
built = 1000 * (time.thread_time() - begun)
panel.deleteLater()
"""


def main() -> None:
    """Print a line for each."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, running(Path(folder)) as krita:
        krita.run(IMPORTS)
        krita.wait_until("made.controller is not None")
        krita.run(DOCKER)
        imported, built = krita.run("[imported, built]")
        print(f"imports: {imported:.0f} ms of computing; the docker: {built:.0f} ms")
        krita.quit()
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, studio(Path(folder)) as found:
        krita = found.krita
        krita.run(PULSE)
        krita.wait_until("desk.made()")
        krita.run("desk.docker()\ndesk.alone()")
        krita.run(f"desk.new({SIDE_PX})")
        krita.wait_until("len(desk.stack()) == 1 and desk.items('dreammix_subjects')")
        krita.run(f"desk.steps({STEPS})\ndesk.choose('Pip')")
        for name, region in REGIONS.items():
            insert(found, name, region)
            update(found, name)
        krita.close_all()
        krita.quit()
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, running(Path(folder)) as krita:
        krita.run(f"{PULSE}\ndesk.new({SIDE_PX})")
        for name, region in REGIONS.items():
            control(krita, name, region)
        krita.quit()


def insert(found: Studio, name: str, region: tuple[int, int, int, int]) -> None:
    """From the click to the layer."""
    krita = found.krita
    krita.wait_until("desk.ground()")
    krita.run(f"desk.select(*{region})")
    krita.wait_until("desk.can('Insert subject')")
    before = krita.run("len(desk.stack())")
    krita.run("pulse.begin()\ndesk.press()")
    krita.wait_until(f"len(desk.stack()) == {before + 1} and desk.step() == -1")
    show(krita, f"insert, {name}")
    krita.run(f"desk.layer('Pip').setName({name!r})")


def update(found: Studio, name: str) -> None:
    """The same once more, in the last one's place."""
    krita = found.krita
    # Krita goes to a new layer by itself, late; then the docker must see that the artist went away, and back.
    krita.run(EDIT)
    krita.wait_until(f"edit({name!r})")
    before = krita.run("len(desk.stack())")
    krita.run("pulse.begin()\ndesk.press()")
    krita.wait_until(f"len(desk.stack()) == {before + 1} and desk.step() == -1")
    show(krita, f"update, {name}")
    krita.run(f"desk.layer('Pip').setName('{name}, again')")


def control(krita: Krita, name: str, region: tuple[int, int, int, int]) -> None:
    """The same layer, without the plugin."""
    places = dict(zip(("x", "y", "width", "height"), region, strict=True))
    krita.run("pulse.begin()\n" + CONTROL.format(**places))
    krita.run("desk.host().waitForDone()")
    show(krita, f"control, {name}")


def show(krita: Krita, what: str) -> None:
    """A line, and one for each call of Krita's API that took long."""
    whole, wall, work = krita.run("pulse.end()")
    waiting = os.getloadavg()[0]
    print(
        f"{what:24} longest gap {whole:7.1f} ms, outside of Krita's API {wall:7.1f} ms,"
        f" of that computing {work:6.1f} ms; {waiting:.0f} programs run or wait"
    )
    for name, longest in sorted(krita.run("pulse.own").items(), key=lambda one: -one[1]):
        if longest > 1.0:
            print(f"    {name:28} {longest:7.1f} ms computing, Krita's API apart")
    calls = krita.run("{name: [*map(max, zip(*times)), len(times)] for name, times in pulse.calls.items()}")
    for call, (took, computed, count) in sorted(calls.items(), key=lambda one: -one[1][0]):
        if took >= SHOWN_MS:
            print(f"    {call:28} {took:7.1f} ms, computing {computed:6.1f} ms; the longest of {count} calls")
    short = sum(took < SHOWN_MS for took, _, _ in calls.values())
    print(f"    {short} other functions of Krita's API were called, none took {SHOWN_MS} ms")


if __name__ == "__main__":
    main()
