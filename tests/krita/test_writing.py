"""What the canvas puts into a real Krita."""

import struct

import pytest

from tests.krita.harness import Krita
from tests.krita.spaces import COLOURS, Space, in_every_space, open_new


@in_every_space
def test_a_result_is_converted_as_krita_does(krita: Krita, space: Space) -> None:
    """Within one part in 255 of what Krita's own colour picker makes of the same colours."""
    open_new(krita, *space.name)
    krita.run(f"inside.write('result', {COLOURS})")
    data = bytes.fromhex(krita.run(f"inside.pixels('result', {len(COLOURS)})"))
    samples = [value / space.one for value in struct.unpack(f"<{len(data) // space.bytes}{space.code}", data)]
    for index, colour in enumerate(COLOURS):
        found = samples[space.channels * index : space.channels * (index + 1)]
        wanted = krita.run(f"inside.converted({colour}, {space.name})")
        assert found == pytest.approx(wanted, abs=1 / 255), colour


@in_every_space
def test_a_result_is_one_undo_step(krita: Krita, space: Space) -> None:
    """Ctrl+Z takes away the result and no more; redo brings it back, and it is the same."""
    open_new(krita, *space.name)
    krita.run("inside.add('earlier', 'paintlayer')")
    krita.run(f"inside.write('result', {COLOURS})")
    before = krita.run(f"inside.pixels('result', {len(COLOURS)})")
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base', 'earlier']")
    krita.press("ctrl+shift+z")
    krita.wait_until("inside.stack() == ['base', 'earlier', 'result']")
    assert krita.run(f"inside.pixels('result', {len(COLOURS)})") == before
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base', 'earlier']")
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base']")


def test_a_result_that_comes_while_krita_undoes_is_a_step_of_its_own(krita: Krita) -> None:
    """It waits until that is done; the next undo takes away the result and no more."""
    krita.run("inside.add('kept', 'paintlayer')")
    krita.run("inside.add('undone', 'paintlayer')")
    krita.run(f"Krita.instance().action('edit_undo').trigger()\ninside.write('result', {COLOURS})")
    assert krita.run("inside.stack()") == ["base", "kept", "result"]
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base', 'kept']")


def test_nothing_changes_outside_of_the_feather(krita: Krita) -> None:
    """Where the result's alpha is 0 what the artist sees stays the same, bit for bit."""
    krita.run(f"inside.paint('base', {COLOURS})")
    before = bytes.fromhex(krita.run("inside.visible()"))
    krita.run("inside.write('result', [[255, 0, 0, 0], [255, 0, 0, 255], [255, 0, 0, 0]])")
    after = bytes.fromhex(krita.run("inside.visible()"))
    assert after[4:8] == bytes([0, 0, 255, 255])
    assert after[:4] + after[8:] == before[:4] + before[8:]


def test_a_result_lies_above_its_layer(krita: Krita) -> None:
    """Beneath what lay above that layer before."""
    krita.run("inside.add('over', 'paintlayer')")
    krita.run(f"inside.write('result', {COLOURS}, 'base')")
    assert krita.run("inside.stack()") == ["base", "result", "over"]


def test_a_result_of_all_that_is_seen_lies_on_top(krita: Krita) -> None:
    """So nothing composites twice; a selection, which Krita keeps in the same list, is no layer."""
    krita.run("inside.add('over', 'paintlayer')")
    krita.run("inside.select(1, 1, 5, 5, 255)")
    krita.run(f"inside.write('result', {COLOURS})")
    assert krita.run("inside.stack()") == ["base", "over", "result", "Selection Mask"]


def test_a_result_stays_in_the_group_of_its_layer(krita: Krita) -> None:
    """A group that is open is where the artist works."""
    krita.run("inside.add('group', 'grouplayer')")
    krita.run("inside.add('child', 'paintlayer', 'group')")
    krita.run(f"inside.write('result', {COLOURS}, 'child')")
    assert krita.run("inside.stack('group')") == ["child", "result"]


@pytest.mark.parametrize("change", ["setVisible(False)", "setLocked(True)"])
def test_a_result_comes_out_of_a_shut_group(krita: Krita, change: str) -> None:
    """In a group that is hidden it could not be seen, and one that is locked is not to change."""
    krita.run("inside.add('group', 'grouplayer')")
    krita.run("inside.add('inner', 'grouplayer', 'group')")
    krita.run("inside.add('child', 'paintlayer', 'inner')")
    krita.run("inside.add('over', 'paintlayer')")
    krita.run(f"inside.node('group').{change}")
    krita.run(f"inside.write('result', {COLOURS}, 'child')")
    assert krita.run("inside.stack()") == ["base", "group", "result", "over"]


def test_a_result_whose_layer_is_gone_lies_on_top(krita: Krita) -> None:
    """The artist may delete the layer while the result is computed."""
    krita.run("inside.add('gone', 'paintlayer')")
    krita.run("place = inside.Layer(inside.node('gone').uniqueId().toString(), 'gone')")
    krita.run("inside.node('gone').remove()")
    krita.run("inside.add('over', 'paintlayer')")
    krita.run(
        "picture = inside.Picture(inside.Size(1, 1), inside.SampleFormat.RGBA8, bytes(4))\n"
        "inside.ours().add_layer('result', inside.Box(0, 0, 1, 1), picture, place).name"
    )
    assert krita.run("inside.stack()") == ["base", "over", "result"]


def test_no_scratch_document_stays(krita: Krita) -> None:
    """One that is left open would crash Krita when it quits."""
    open_new(krita, "RGBA", "U16")
    krita.run(f"inside.write('result', {COLOURS})")
    krita.run("inside.read('visible', 1)")
    assert krita.run("len(Krita.instance().documents())") == 1


def test_an_older_result_can_be_hidden_without_an_undo_step(krita: Krita) -> None:
    """As with Krita's own eye beside a layer: the next undo takes back what was done before."""
    krita.run("inside.add('old', 'paintlayer')")
    krita.run("old = inside.Layer(inside.node('old').uniqueId().toString(), 'old')")
    krita.run("inside.ours().set_visible(old, False)")
    assert krita.run("inside.node('old').visible()") is False
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base']")


def test_what_was_replaced_is_seen_again_after_an_undo(krita: Krita) -> None:
    """One Ctrl+Z takes the successor away and the old one is there; redone, it makes place again."""
    krita.run(
        "from dreammix_krita.flow.places import Places\n"
        "inside.add('old', 'paintlayer')\n"
        "old = inside.Layer(inside.node('old').uniqueId().toString(), 'old')\n"
        "picture = inside.Picture(inside.Size(1, 1), inside.SampleFormat.RGBA8, bytes(4))\n"
        "new = inside.ours().add_layer('new', inside.Box(0, 0, 1, 1), picture, old, old)\n"
        "places = Places()\n"
        "places.took(inside.ours().key, old, new)"
    )
    for keys, there in (("ctrl+z", False), ("ctrl+shift+z", True)):
        assert krita.run("inside.node('old').visible()") is there
        krita.press(keys)
        krita.wait_until(f"('new' in inside.stack()) is {there}")
        krita.run("places.look(inside.ours())")
        assert krita.run("inside.node('old').visible()") is not there
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base', 'old']")
    krita.press("ctrl+z")
    krita.wait_until("inside.stack() == ['base']")


@pytest.mark.parametrize("side", [10, 300])
def test_what_was_replaced_is_not_seen_through_its_successor(krita: Krita, side: int) -> None:
    """Neither where the new one lies, nor where the old one was larger."""
    krita.run(
        "def square(side, pixel):\n"
        "    size = inside.Size(side, side)\n"
        "    return inside.Picture(size, inside.SampleFormat.RGBA8, bytes(pixel) * side**2)\n"
        "def seen():\n"
        "    inside.host().waitForDone()\n"
        "    return [bytes(inside.host().pixelData(x, x, 1, 1)).hex() for x in (5, 250)]\n"
        "inside.host().resizeImage(0, 0, 300, 300)\n"
        "ours, ground = inside.ours(), seen()\n"
        "old = ours.add_layer('old', inside.Box(0, 0, 300, 300), square(300, (255, 0, 0, 255)), None)\n"
        "covered = seen()\n"
        f"clear = square({side}, (0, 0, 0, 0))\n"
        f"new = ours.add_layer('new', inside.Box(0, 0, {side}, {side}), clear, old, old)"
    )
    assert krita.run("covered") == ["0000ffff"] * 2
    assert krita.run("seen() == ground") is True
