"""Going to the layer of an earlier result: it is edited, and its successor takes its place."""

from pathlib import Path

from dreammix.protocol import Box
from dreammix_krita.canvas import Background, Layer
from dreammix_krita.history import History
from dreammix_krita.state import Button
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import BACKGROUND, FakeDocument, region
from tests.plugin.flow.scripted import BOX, Desk

ELSEWHERE = Box(300, 300, 50, 50)


def test_a_new_result_is_not_edited_by_itself(desk: Desk) -> None:
    """Krita goes to its layer, but the next insert is a new one, on the same ground."""
    desk.finish(desk.insert(), BOX)
    desk.document.layer = desk.document.added[0].layer
    desk.controller.look()
    assert desk.controller.editing is None
    desk.finish(desk.insert(), BOX)
    assert desk.document.added[1].above == desk.document.added[0].layer
    assert desk.document.hidden == []


def edit_first(desk: Desk) -> Layer:
    """Insert "red", go elsewhere, and come back to the result's layer."""
    desk.controller.change(words="red")
    desk.finish(desk.insert(), BOX)
    desk.controller.look()
    desk.controller.change(words="something else")
    desk.document.layer = desk.document.added[0].layer
    desk.controller.look()
    desk.document.layer = BACKGROUND
    desk.controller.look()
    desk.document.layer = desk.document.added[0].layer
    desk.controller.look()
    return desk.document.added[0].layer


def test_a_results_layer_brings_its_words_back(desk: Desk) -> None:
    """Insert becomes Update; when the artist goes elsewhere, what was there before is there again."""
    edit_first(desk)
    assert (desk.controller.wish.words, desk.controller.shown.button) == ("red", Button.UPDATE)
    desk.document.layer = BACKGROUND
    desk.controller.look()
    assert (desk.controller.wish.words, desk.controller.shown.button) == ("something else", Button.INSERT)


def test_the_layer_of_a_picture_that_was_opened_anew_is_edited(tmp_path: Path) -> None:
    """However quickly it was: nobody looked between. Ids of layers outlast a file's closing."""
    desk = Desk(tmp_path, History()).ready()
    desk.document.selected = region(BOX)
    desk.controller.open()
    desk.controller.change(words="red")
    desk.finish(desk.insert(), BOX)
    before, layer = desk.document, desk.document.added[0].layer
    before.layer = layer
    desk.controller.look()
    before.is_open = False
    desk.canvas.active = FakeDocument(key="{2}", layer=layer, annotations=before.annotations)
    desk.controller.look()
    assert desk.controller.shown.button is Button.UPDATE
    desk.close()


def test_an_update_takes_the_old_ones_place(desk: Desk) -> None:
    """The old layer is hidden, not deleted, and not before; the ground is what it was painted on."""
    old = edit_first(desk)
    desk.controller.change(words="blue")
    job = desk.insert()
    assert desk.document.hidden == []
    desk.finish(job, BOX)
    new = desk.document.added[1]
    assert (new.layer.name, new.above, desk.document.hidden) == ("Pip: blue", old, [old])


def test_an_undone_update_shows_the_old_one_again(desk: Desk) -> None:
    """And one that is done again hides it again, however many followed each other."""
    first = edit_first(desk)
    desk.finish(desk.insert(), BOX)
    desk.controller.pick(desk.controller.outcomes[0].id)
    desk.controller.try_again()
    until(lambda: len(desk.client.jobs) == 3)
    desk.finish(desk.client.jobs[-1], BOX)
    second, third = (added.layer for added in desk.document.added[1:])
    undone = []
    assert desk.document.hidden == [first, second]
    for hidden in ([first], []):
        undone.append(desk.document.added.pop())
        desk.controller.look()
        assert desk.document.hidden == hidden
    desk.document.added.extend(reversed(undone))
    desk.controller.look()
    assert (desk.document.hidden, third in desk.document.hidden) == ([first, second], False)


def test_what_is_replaced_is_no_ground(desk: Desk) -> None:
    """Of what the artist sees the old one is taken away while it is read, and it is there again at once."""
    desk.controller.change(background=Background.VISIBLE)
    old = edit_first(desk)
    job = desk.insert()
    assert (desk.document.seen_hidden[-1], desk.document.hidden) == ((old,), [])
    desk.finish(job, BOX)
    assert desk.controller.notice is None


def test_a_new_selection_ends_the_editing(desk: Desk) -> None:
    """Who selects another region wants something new there."""
    edit_first(desk)
    desk.document.selected = region(ELSEWHERE)
    desk.controller.look()
    assert desk.controller.shown.button is Button.INSERT


def test_a_subject_that_is_tried_out_leaves_the_edited_result(desk: Desk) -> None:
    """It is something new, in the selection; the artist's own words from before are there again."""
    edit_first(desk)
    desk.document.selected = region(ELSEWHERE)
    desk.controller.look()
    desk.document.layer = BACKGROUND
    desk.controller.look()
    desk.document.layer = desk.document.added[0].layer
    desk.controller.look()
    assert desk.controller.shown.button is Button.UPDATE
    desk.controller.try_out("mia")
    until(lambda: len(desk.client.jobs) == 2)
    desk.finish(desk.client.jobs[-1], ELSEWHERE)
    new, outcome = desk.document.added[1], desk.controller.outcomes[0]
    assert (new.layer.name, outcome.region.box) == ("Mia: something else", ELSEWHERE)
    assert desk.document.hidden == []
