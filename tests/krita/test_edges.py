"""The canvas where a real Krita is not as one expects it: odd layers, and documents that change meanwhile."""

import pytest

from tests.krita.harness import Krita

PICTURE = "inside.Picture(inside.Size(1, 1), inside.SampleFormat.RGBA8, bytes([9, 8, 7, 255]))"


def add_special(krita: Krita, kind: str) -> None:
    """A layer of that kind, picked."""
    krita.run(f"inside.add_special({kind!r})")
    krita.wait_until("inside.pick('special')")


@pytest.mark.parametrize(
    ("kind", "colour"),
    [
        ("file", [1, 2, 3, 255]),
        ("fill", [0, 0, 0, 255]),
        ("filter", [55, 155, 205, 255]),
        ("clone", [200, 100, 50, 255]),
        ("vector", [1, 2, 3, 255]),
    ],
)
def test_a_layer_without_pixels_is_read_as_it_is_drawn(krita: Krita, kind: str, colour: list[int]) -> None:
    """And a result lies above it, as above any other."""
    krita.run("inside.paint('base', [[200, 100, 50, 255]])")
    add_special(krita, kind)
    krita.wait_until(f"inside.read('layer', 1) == [[{colour}], 'special']")  # Shapes are drawn in turns.
    krita.run("inside.write('result', [[9, 8, 7, 255]], 'special')")
    assert krita.run("inside.stack()") == ["base", "special", "result"]


@pytest.mark.parametrize("change", ["setVisible(False)", "setLocked(True)"])
def test_a_result_lies_above_a_shut_layer(krita: Krita, change: str) -> None:
    """The layer is neither opened nor changed; the result is seen and can be painted on."""
    krita.run(f"inside.node('base').{change}")
    krita.run("inside.write('result', [[9, 8, 7, 255]], 'base')")
    assert krita.run("inside.stack()") == ["base", "result"]
    found = krita.run("[inside.node('result').visible(), inside.node('result').locked()]")
    assert found == [True, False]


def test_of_an_animation_the_frame_that_is_seen_is_read(krita: Krita) -> None:
    """A result lies over all frames: it is a layer that does not move."""
    krita.run("inside.paint('base', [[10, 20, 30, 255]])")
    krita.run("inside.node('base').enableAnimation()\ninside.host().setCurrentTime(5)")
    krita.wait_until("inside.host().currentTime() == 5")
    krita.act("add_blank_frame")
    krita.wait_until("inside.read('layer', 1)[0] != [[10, 20, 30, 255]]")
    krita.run("inside.write('result', [[9, 8, 7, 255]], 'base')")
    krita.wait_until("inside.pick('base')")
    krita.run("inside.host().setCurrentTime(0)")
    krita.wait_until("inside.read('layer', 1) == [[[10, 20, 30, 255]], 'base']")
    krita.wait_until("inside.read('visible', 1) == [[[9, 8, 7, 255]], None]")


def test_a_result_for_what_was_cut_off_is_kept(krita: Krita) -> None:
    """The canvas became smaller while it was computed: its pixels lie beyond the edge, and none are lost."""
    krita.run("drop = inside.ours().read(inside.Box(40, 40, 1, 1), inside.Background.LAYER)")
    krita.run("inside.host().resizeImage(0, 0, 32, 32)\ninside.host().waitForDone()")
    assert krita.run("inside.ours().show(inside.Sketch(outlines=(drop.box,)))") is True
    krita.run(f"inside.ours().add_layer('result', drop.box, {PICTURE}, drop.above).name")
    krita.run("inside.host().resizeImage(0, 0, 64, 64)\ninside.host().waitForDone()")
    assert krita.run("bytes(inside.node('result').pixelData(40, 40, 1, 1)).hex()") == "070809ff"


def test_a_result_has_the_colours_that_the_document_has_then(krita: Krita) -> None:
    """They may have been converted while it was computed."""
    krita.run(
        "inside.host().setColorSpace('GRAYA', 'U8', 'Gray-D50-elle-V2-srgbtrc.icc')\n"
        "inside.host().waitForDone()"
    )
    krita.run("inside.write('result', [[200, 200, 200, 255]], 'base')")
    assert krita.run("inside.node('result').colorModel()") == "GRAYA"
    assert krita.run("inside.pixels('result', 1)") == "c8ff"


def test_a_result_goes_into_its_own_document(krita: Krita) -> None:
    """Also while another one is looked at, and if that is a copy with the same names and ids."""
    krita.run("first = inside.ours()")
    krita.run("inside.copy()")
    krita.wait_until("inside.ours() is not first")
    assert krita.run("inside.ours().key != first.key") is True
    krita.run(f"first.add_layer('first', inside.Box(0, 0, 1, 1), {PICTURE}, None).name")
    krita.run(f"inside.ours().add_layer('second', inside.Box(0, 0, 1, 1), {PICTURE}, None).name")
    assert krita.run("inside.stacks()") == [["base", "first"], ["base", "second"]]


def test_what_is_shown_lies_over_its_own_document(krita: Krita) -> None:
    """Closing the other one leaves it alone."""
    krita.run("first = inside.ours()")
    krita.run("inside.copy()")
    krita.wait_until("inside.ours() is not first")
    krita.run("first.show(inside.Sketch(outlines=(inside.Box(0, 0, 5, 5),)))")
    krita.run("inside.show([1, 1, 9, 9])")
    krita.wait_until("len(inside.overlays()) == 2")
    krita.settle()
    krita.run("inside.host().setModified(False)\ninside.host().close()")
    krita.wait_until("len(inside.overlays()) == 1")
    assert krita.run("first.is_open") is True


def test_a_region_larger_than_a_picture_may_be_is_told(krita: Krita) -> None:
    """Before Krita is asked for its gigabytes; a small region of the same canvas is read."""
    region, background, corner = krita.run("inside.too_large()")
    assert region == background
    assert region == [
        "The region is too large",
        "it has 30000 x 2300 pixels; at most 67108864 pixels and 32768 a side are allowed",
        "Select less, or scale the picture down",
    ]
    assert corner == ["400"]
