"""What the canvas reads out of a real Krita."""

import pytest

from tests.krita.harness import Krita
from tests.krita.spaces import COLOURS, Space, in_every_space, open_new


def pick(krita: Krita, name: str) -> None:
    """Make a node the current one."""
    krita.wait_until(f"inside.pick({name!r})")


def test_there_is_no_document_before_one_is_opened(started: Krita) -> None:
    """Without a picture there is nothing to insert into, and nothing breaks."""
    started.close_all()
    assert started.run("inside.canvas.document() is None") is True


def test_a_document_is_the_same_at_every_look(krita: Krita) -> None:
    """Whoever asks twice gets the same document, by its key and as an object."""
    assert krita.run("inside.ours() is inside.ours()") is True
    assert krita.run("[inside.ours().name, inside.ours().size.width]") == ["new", 64]


def test_nothing_is_selected_in_a_new_document(krita: Krita) -> None:
    """No selection is not the whole canvas."""
    assert krita.run("inside.selection()") == ["none"]


@pytest.mark.parametrize(
    ("rectangle", "found"),
    [
        ((10, 20, 8, 4, 255), [[10, 20, 8, 4], [255], False]),
        ((10, 20, 8, 4, 128), [[10, 20, 8, 4], [128], False]),
        ((0, 0, 64, 64, 255), [[0, 0, 64, 64], [255], True]),
        ((-5, 60, 30, 30, 255), [[0, 60, 25, 4], [255], False]),
        ((-500, -500, 2000, 2000, 255), [[0, 0, 64, 64], [255], True]),
        ((63, 63, 1, 1, 1), [[63, 63, 1, 1], [1], False]),
        ((70, 70, 5, 5, 255), ["outside"]),
        ((0, 0, 0, 0, 255), ["empty"]),
    ],
)
def test_a_selection_is_its_mask_within_the_canvas(
    krita: Krita, rectangle: tuple[int, ...], found: list[object]
) -> None:
    """Soft stays soft, all is said to be all, and what lies off the canvas is cut off."""
    krita.run(f"inside.select{rectangle}")
    assert krita.run("inside.selection()") == found


def test_deselecting_leaves_no_region(krita: Krita) -> None:
    """A selection that was taken back is none."""
    krita.run("inside.select(1, 1, 5, 5, 255)")
    krita.act("deselect")
    krita.rest()
    krita.wait_until("inside.selection() == ['none']")


@in_every_space
def test_a_layer_of_any_colours_is_read_as_srgb(krita: Krita, space: Space) -> None:
    """Within one part in 255 of what Krita's own colour picker makes of the same colours."""
    open_new(krita, *space.name)
    krita.run(f"inside.write('colours', {COLOURS})")
    krita.wait_until("inside.stack() == ['base', 'colours']")
    pick(krita, "colours")
    (found, above) = krita.run(f"inside.read('layer', {len(COLOURS)})")
    assert above == "colours"
    for colour, pixel in zip(COLOURS, found, strict=True):
        wanted = krita.run(f"inside.seen_again({colour}, {space.name})")
        assert pixel == pytest.approx(wanted, abs=1), colour


def test_the_background_is_the_layer_or_all_that_is_seen(krita: Krita) -> None:
    """The current layer alone, with the place for the result above it; or all layers, and on top of them."""
    krita.run(f"inside.paint('base', {COLOURS})")
    krita.run("inside.add('over', 'paintlayer')")
    krita.run("inside.paint('over', [[1, 2, 3, 255]])")
    pick(krita, "base")
    assert krita.run("inside.read('layer', 1)") == [[[200, 100, 50, 255]], "base"]
    assert krita.run("inside.read('visible', 1)") == [[[1, 2, 3, 255]], None]


def test_a_group_is_read_with_all_that_it_holds(krita: Krita) -> None:
    """A group has no pixels of its own."""
    krita.run("inside.add('group', 'grouplayer')")
    krita.run("inside.add('child', 'paintlayer', 'group')")
    krita.run("inside.paint('child', [[9, 8, 7, 255]])")
    pick(krita, "group")
    assert krita.run("inside.read('layer', 1)") == [[[9, 8, 7, 255]], "group"]


def test_of_a_mask_its_layer_is_read(krita: Krita) -> None:
    """An artist who has picked a layer's mask works on that layer."""
    krita.run("inside.add('mask', 'transparencymask', 'base')")
    pick(krita, "mask")
    assert krita.run("inside.current()") == "base"
    assert krita.run("inside.read('layer', 0)") == [[], "base"]


@pytest.mark.parametrize("change", ["setVisible(False)", "setLocked(True)"])
def test_a_shut_layer_is_read_as_it_is(krita: Krita, change: str) -> None:
    """Hidden or locked, the current layer is still the one that the artist means."""
    krita.run(f"inside.paint('base', {COLOURS})")
    krita.run(f"inside.node('base').{change}")
    assert krita.run("inside.read('layer', 1)") == [[COLOURS[0]], "base"]


def test_an_empty_vector_layer_is_transparent(krita: Krita) -> None:
    """A layer of another kind is read as it is drawn."""
    krita.run("inside.add('shapes', 'vectorlayer')")
    pick(krita, "shapes")
    assert krita.run("inside.read('layer', 1)") == [[[0, 0, 0, 0]], "shapes"]


def test_a_box_off_the_canvas_is_told(krita: Krita) -> None:
    """Krita would give zeros there: the canvas may have become smaller since the region was selected."""
    assert krita.run("inside.failure(60, 0, 5, 5)") == [
        "canvas_failure",
        "The picture cannot be read there",
        "the canvas has 64 x 64 pixels now",
        "Select anew",
    ]


def test_a_closed_document_says_so(krita: Krita) -> None:
    """What is asked of it after it was closed is answered by its name and what to do."""
    krita.run("kept = inside.ours()")
    krita.close_all()
    assert krita.run("[kept.is_open, kept.name, kept.show(None)]") == [False, "new", True]
    with pytest.raises(AssertionError, match=r"DocumentClosed: new cannot be used: it was closed\. Open it"):
        krita.run("kept.selection()")
