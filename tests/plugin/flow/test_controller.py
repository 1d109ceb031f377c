"""From the click to the layer: every way that an insert can go, without a widget, Krita or a model."""

from pathlib import Path

import pytest

from dreammix.protocol import Box, OutOfMemory, Size
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobState, Order
from dreammix.protocol.payloads import ResultPicture
from dreammix.protocol.services import (
    GetHealth,
    ListModels,
    Matched,
    MatchWords,
    ModelInfo,
    Models,
    PlanInsert,
)
from dreammix_krita.canvas import Background, CanvasFailure, Region, Unselected
from dreammix_krita.facts import Backend
from dreammix_krita.flow.insertion import Insertion
from dreammix_krita.state import Condition
from dreammix_krita.texts import Words
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import BACKGROUND, FakeDocument, region
from tests.plugin.flow.scripted import BOX, GLASS, RED, Desk, card, health

WIDE = Box(80, 80, 100, 80)


def condition(desk: Desk) -> Condition:
    """The docker's state."""
    return desk.controller.shown.condition


def test_without_a_backend_nothing_begins(tmp_path: Path) -> None:
    """And nothing is lost: it is simply not there yet."""
    desk = Desk(tmp_path)
    desk.document.selected = region(BOX)
    desk.controller.insert()
    assert desk.controller.jobs == ()
    assert desk.controller.facts.backend is Backend.MISSING


def test_an_insert_becomes_one_layer(desk: Desk) -> None:
    """Named for what it shows, above the layer that was its background; then the backend may forget it."""
    desk.controller.change(words="red,  made of glass ")
    job = desk.insert()
    desk.finish(job, BOX)
    (added,) = desk.document.added
    assert (added.layer.name, added.box, added.above) == ("Pip: red, made of glass", BOX, BACKGROUND)
    assert desk.client.acknowledged == [job.id]
    assert desk.controller.jobs == ()


def test_what_is_sent_is_the_window_of_the_click(desk: Desk) -> None:
    """The scene of the whole context box, and in it the mask of the selection."""
    desk.document.selected = region(BOX, 128)
    work = desk.insert().work
    assert (work.window, work.scene.size) == (WIDE, WIDE.size)
    assert sum(work.mask.data) == 128 * BOX.size.area
    first = (BOX.y - WIDE.y) * WIDE.width + BOX.x - WIDE.x
    assert work.mask.data[first - 1 : first + 1] == b"\x00\x80"


def test_a_known_plan_is_not_asked_again(desk: Desk) -> None:
    """The click does not wait for what the hint has told already."""
    until(lambda: desk.controller.plan is not None)
    asked = sum(isinstance(one, PlanInsert) for one in desk.client.asked)
    desk.insert()
    assert sum(isinstance(one, PlanInsert) for one in desk.client.asked) == asked


def test_the_picture_forms_on_the_canvas(desk: Desk) -> None:
    """First the context box, then the preview in it; when the layer is there, nothing more."""
    job = desk.insert()
    job.begin()
    job.preview()
    until(lambda: any(sketch is not None and sketch.box == WIDE for sketch in desk.document.sketches))
    first, last = desk.document.sketches[0], desk.document.sketches[-1]
    assert first is not None and (first.outlines, first.picture) == ((WIDE,), None)
    assert last is not None and last.picture is not None
    desk.finish(job, BOX)
    assert desk.document.sketches[-1] is None


def test_cancel_answers_at_once_and_a_late_result_makes_no_layer(desk: Desk) -> None:
    """The backend is told; what it still sends is cleared away."""
    job = desk.insert()
    job.begin()
    desk.controller.cancel()
    assert (desk.controller.jobs, job.orders) == ((), [Order.CANCEL])
    assert desk.document.sketches[-1] is None
    desk.finish(job, BOX)
    assert desk.document.added == []
    assert desk.client.acknowledged == [job.id]


def test_cancel_before_the_plan_has_come_sends_nothing(desk: Desk) -> None:
    """The artist may be faster than the backend."""
    desk.document.selected = region(Box(5, 5, 50, 50))
    desk.controller.insert()
    desk.controller.cancel()
    questions = len(desk.client.asked)
    desk.controller.change(words="anything")
    until(lambda: len(desk.client.asked) > questions)
    assert desk.client.jobs == []


def test_several_variants_are_chosen_from(desk: Desk) -> None:
    """They are shown one at a time, and none is a layer before Apply."""
    desk.controller.change(variants=3)
    desk.finish(desk.insert(), BOX)
    assert condition(desk) is Condition.DONE
    assert desk.document.added == []
    assert desk.document.sketches[-1] is not None
    desk.controller.pick(desk.controller.outcomes[1].id)
    desk.controller.apply()
    assert [outcome.used for outcome in desk.controller.outcomes] == [False, True, False]
    assert len(desk.document.added) == 1
    assert desk.document.sketches[-1] is None


def test_variants_have_seeds_of_their_own(desk: Desk) -> None:
    """So that each can be asked for again by itself."""
    desk.controller.change(variants=3, seed=7)
    desk.finish(desk.insert(), BOX)
    wishes = [outcome.wish for outcome in desk.controller.outcomes]
    assert [(wish.seed, wish.variants) for wish in wishes] == [(7, 1), (8, 1), (9, 1)]


def test_discarded_variants_leave_nothing(desk: Desk) -> None:
    """After the last one the backend may forget the job, too."""
    desk.controller.change(variants=2)
    job = desk.insert()
    desk.finish(job, BOX)
    desk.controller.discard()
    assert desk.client.acknowledged == []
    desk.controller.discard()
    assert (desk.controller.outcomes, desk.client.acknowledged) == ((), [job.id])
    assert desk.document.sketches[-1] is None


def test_try_again_takes_another_seed_for_the_same_region(desk: Desk) -> None:
    """The selection may be gone since; a layer that was not liked makes place."""
    first = desk.insert()
    desk.finish(first, BOX)
    desk.document.selected = FakeDocument().selected
    desk.controller.try_again()
    until(lambda: len(desk.client.jobs) == 2)
    second = desk.client.jobs[1]
    assert second.work.window == WIDE
    assert second.work.wish.seed != first.work.wish.seed
    assert desk.document.hidden == []


def test_jobs_wait_for_each_other_and_can_be_stopped_one_by_one(desk: Desk) -> None:
    """The list has each of them; stopping one leaves the others."""
    for _ in range(3):
        desk.insert()
    assert desk.controller.facts.waiting == 2
    second = desk.controller.jobs[1]
    desk.controller.cancel(second)
    assert [job.orders for job in desk.client.jobs] == [[], [Order.CANCEL], []]
    assert desk.controller.facts.waiting == 1


def test_a_closed_document_stops_its_job(desk: Desk) -> None:
    """And the artist is told, by the document's name."""
    job = desk.insert()
    desk.document.is_open, desk.canvas.active = False, None
    desk.controller.look()
    assert (desk.controller.jobs, job.orders) == ((), [Order.CANCEL])
    assert desk.controller.notice == (Words.CLOSED_SINCE, {"document": "picture.kra"})


def test_a_result_goes_to_the_document_that_it_was_asked_for(desk: Desk) -> None:
    """The artist may work on another one meanwhile, and finds it when coming back."""
    job = desk.insert()
    other = FakeDocument(key="{2}", name="other.kra")
    desk.canvas.active = other
    desk.controller.look()
    desk.finish(job, BOX)
    assert (len(desk.document.added), other.added, desk.controller.outcomes) == (1, [], ())
    desk.canvas.active = desk.document
    desk.controller.look()
    assert len(desk.controller.outcomes) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": (1, 2, 3, 255)}, Words.CHANGED_SINCE),
        ({"canvas_size": Size(700, 480)}, Words.RESIZED_SINCE),
        ({"selected": FakeDocument().selected}, None),
    ],
)
def test_what_changed_since_the_click_is_said(
    desk: Desk, change: dict[str, object], said: Words | None
) -> None:
    """The result comes all the same: what was at the click is what counts."""
    job = desk.insert()
    for name, value in change.items():
        setattr(desk.document, name, value)
    desk.finish(job, BOX)
    assert len(desk.document.added) == 1
    assert (desk.controller.notice or (None,))[0] is said


def test_a_failed_job_says_what_why_and_what_to_do(desk: Desk) -> None:
    """The next click puts it aside."""
    job = desk.insert()
    job.begin()
    report = ErrorReport.of(OutOfMemory("The card is full", "others use it", "Close them"))
    job.tell(JobChanged(state=JobState.FAILED, error=report))
    assert condition(desk) is Condition.ERROR
    assert desk.controller.facts.trouble is not None and desk.controller.facts.trouble.remedy == "Close them"
    desk.insert()
    assert condition(desk) is Condition.RUNNING


def test_a_failed_question_ends_the_job(desk: Desk) -> None:
    """There is no spinner without a job."""
    desk.client.answers[PlanInsert] = OutOfMemory("The card is full", "others use it", "Close them")
    desk.document.selected = region(Box(5, 5, 50, 50))
    desk.controller.insert()
    until(lambda: desk.controller.trouble is not None)
    assert desk.controller.jobs == ()


def test_a_result_that_cannot_be_placed_is_not_lost(desk: Desk) -> None:
    """Krita may refuse a layer once; Apply tries again."""
    job = desk.insert()
    # Of another size now, it is not read again: what fails is the layer.
    desk.document.canvas_size = Size(700, 480)
    desk.document.failure = CanvasFailure("There is no room", "the disk is full", "Free some space")
    desk.finish(job, BOX)
    assert (desk.document.added, desk.client.acknowledged) == ([], [])
    assert condition(desk) is Condition.ERROR
    desk.controller.apply()
    assert len(desk.document.added) == 1


def test_a_lost_connection_keeps_the_job(desk: Desk) -> None:
    """The docker says so; when it is back, the job goes on."""
    job = desk.insert()
    job.begin()
    desk.client.lose()
    assert condition(desk) is Condition.LOST
    desk.client.arrive()
    assert condition(desk) is Condition.RUNNING
    desk.finish(job, BOX)
    assert len(desk.document.added) == 1


def test_what_the_words_replace_is_asked_and_can_be_refused(desk: Desk) -> None:
    """A chip that is switched off is not sent; the others are."""
    desk.controller.change(words="red, made of glass")
    until(lambda: desk.controller.replacements == (RED, GLASS))
    assert MatchWords("pip", "red, made of glass") in desk.client.asked
    desk.controller.keep_original(GLASS, True)
    subject = desk.insert().work.wish.subject
    assert subject is not None and subject.replacements == (RED,)


def test_words_that_were_not_matched_yet_are_matched_by_the_backend(desk: Desk) -> None:
    """A fast click loses nothing."""
    desk.controller.change(words="red")
    subject = desk.insert().work.wish.subject
    assert subject is not None and subject.replacements is None


def test_words_that_are_open_are_left_to_the_insert(desk: Desk) -> None:
    """The model's encoder decides then, unless the artist did."""
    desk.client.answers[MatchWords] = Matched((RED, GLASS), open=True)
    desk.controller.change(words="red, made of glass")
    until(lambda: desk.controller.replacements == (RED, GLASS))
    subject = desk.insert().work.wish.subject
    assert subject is not None and subject.replacements is None
    desk.controller.keep_original(GLASS, True)
    subject = desk.insert().work.wish.subject
    assert subject is not None and subject.replacements == (RED,)


def test_without_a_subject_the_words_say_what_to_paint(desk: Desk) -> None:
    """They are the prompt."""
    desk.services.shelf.choose(None)
    desk.controller.change(words="a blue mug")
    wish = desk.insert().work.wish
    assert (wish.prompt, wish.subject) == ("a blue mug", None)


def test_a_subject_that_is_not_taught_cannot_be_inserted(desk: Desk) -> None:
    """The reason says whose teaching is missing."""
    desk.services.shelf.cards = (card("Pip", taught=False),)
    desk.services.shelf.changed.emit()
    assert condition(desk) is Condition.UNTAUGHT
    desk.controller.insert()
    assert desk.client.jobs == []


def test_what_is_visible_puts_the_result_on_top(desk: Desk) -> None:
    """Elsewhere it would be composited twice."""
    desk.controller.change(background=Background.VISIBLE)
    desk.finish(desk.insert(), BOX)
    assert desk.document.added[0].above is None


def test_an_aimed_click_shows_what_it_would_see(desk: Desk) -> None:
    """And only as long as it is aimed."""
    until(lambda: desk.controller.plan is not None)
    desk.controller.aim(True)
    assert desk.document.sketches[-1] is not None and desk.document.sketches[-1].outlines == (WIDE,)
    desk.controller.aim(False)
    assert desk.document.sketches[-1] is None


def test_a_cancel_after_the_end_lets_the_backend_forget(desk: Desk) -> None:
    """The results are being fetched; nobody wants them any more, and no layer comes of them."""
    job = desk.insert()
    desk.client.finish(job, BOX)
    desk.controller.cancel()
    assert desk.client.acknowledged == [job.id]
    insertion = job.listener
    assert isinstance(insertion, Insertion)
    fetched: list[bool] = []
    desk.client.fetch(ResultPicture(job.id, 0), lambda _: fetched.append(True), lambda _: None)
    until(lambda: bool(fetched))  # After its own: answers come in the order of the questions.
    assert (insertion.outcomes, desk.document.added) == ((), [])


def test_a_click_ends_the_aim(desk: Desk) -> None:
    """The result is looked at without a frame around it, although the pointer is still on the button."""
    until(lambda: desk.controller.plan is not None)
    desk.controller.aim(True)
    desk.finish(desk.insert(), BOX)
    assert desk.document.sketches[-1] is None


def test_a_document_that_cannot_be_drawn_over_is_told(desk: Desk) -> None:
    """The result comes without a preview."""
    desk.document.has_view = False
    desk.insert()
    assert desk.controller.notice == (Words.UNSEEN, {"document": "picture.kra"})


def test_words_are_remembered_once_each(desk: Desk) -> None:
    """The last one comes last."""
    for words in ("red", "blue", "red"):
        desk.controller.change(words=words)
        desk.insert()
    assert desk.services.settings.value.said == ("blue", "red")


def test_a_job_is_watched_although_the_docker_is_hidden(desk: Desk) -> None:
    """The shortcut works without it; with the last job the looking ends."""
    job = desk.insert()
    assert desk.controller.watching
    desk.finish(job, BOX)
    desk.controller.look()
    assert not desk.controller.watching


def test_at_the_end_nothing_is_left_on_any_canvas(desk: Desk) -> None:
    """Krita may close the docker at any moment."""
    desk.insert()
    desk.controller.close()
    assert desk.document.sketches[-1] is None
    assert isinstance(desk.document.selected, Region)


@pytest.mark.parametrize(("installed", "shown"), [((True, False), "sandbox"), ((True, True), None)])
def test_before_the_first_job_the_only_model_is_named(
    tmp_path: Path, installed: tuple[bool, bool], shown: str | None
) -> None:
    """Which of several will be loaded is the backend's business."""
    desk = Desk(tmp_path)
    names = ("sandbox", "sdxl")
    desk.client.answers |= {
        GetHealth: health(model=None),
        ListModels: Models(
            tuple(
                ModelInfo(model=name, summary="A model", installed=here, loaded=False)
                for name, here in zip(names, installed, strict=True)
            )
        ),
    }
    desk.ready()
    until(lambda: ListModels() in desk.client.asked and desk.controller.facts.device == "cpu")
    until(lambda: desk.controller.facts.model == shown)
    desk.close()


def test_what_cannot_be_tried_again_says_why(desk: Desk) -> None:
    """After an error, without a selection: what is missing stands where the error stood."""
    job = desk.insert()
    job.begin()
    error = OutOfMemory("The device is full", "others use it", "Close them")
    job.tell(JobChanged(state=JobState.FAILED, error=ErrorReport.of(error)))
    assert condition(desk) is Condition.ERROR
    desk.document.selected = FakeDocument().selected
    desk.controller.insert()
    assert (condition(desk), desk.controller.shown.reason) == (Condition.NO_SELECTION, Words.SELECT_REGION)


def test_a_selection_without_a_pixel_on_the_canvas_says_so(desk: Desk) -> None:
    """Its box may be fine: the pixels are looked at only at the click."""
    desk.document.selected = region(BOX)
    desk.controller.look()
    desk.document.selection = lambda: Unselected.OUTSIDE  # type: ignore[method-assign]
    desk.controller.insert()
    assert (desk.controller.notice, desk.client.jobs) == ((Words.SELECTION_OUTSIDE, {}), [])


def test_the_outline_goes_when_the_result_has_come(desk: Desk) -> None:
    """Also where the pointer came back meanwhile; when it comes once more, the next insert's is shown."""
    job = desk.insert()
    desk.controller.aim(True)
    desk.finish(job, BOX)
    assert desk.document.sketches[-1] is None
    desk.controller.change(words="blue")
    assert desk.document.sketches[-1] is None
    desk.controller.aim(True)
    until(lambda: desk.document.sketches[-1] is not None)
