"""Messages: what they hold beside what their hints say, and how they belong together."""

from dataclasses import replace
from typing import get_args

import pytest

from dreammix.protocol import (
    Attribute,
    AttributeKind,
    Box,
    DreamMixError,
    InsertRequest,
    InvalidMessage,
    InvalidPicture,
    InvalidRequest,
    ModelNotFound,
    Picture,
    Replacement,
    Result,
    SampleFormat,
    Size,
    Stage,
    StorageFull,
    SubjectUse,
)
from dreammix.protocol.asking import MAX_ERROR_CHARACTERS, ErrorReport, answer_of
from dreammix.protocol.jobs import (
    Happening,
    Insert,
    JobChanged,
    JobInfo,
    JobKind,
    JobState,
    PreviewReady,
    ResultReady,
    SampleReady,
    Teach,
)
from dreammix.protocol.library import AddPictures, CreateSubject, GetSubject, ImportSubject, SetMask
from dreammix.protocol.messages import Answer, Ask, JobEvent, Side
from dreammix.protocol.payloads import (
    FileForm,
    PixelForm,
    PreviewPicture,
    ResultPicture,
    SamplePicture,
    Source,
)
from dreammix.protocol.pictures import MAX_AREA_PX
from dreammix.protocol.requests import InsertSettings
from dreammix.protocol.services import DescribePictures, PlanInsert
from dreammix.protocol.shapes import tag
from dreammix.protocol.teaching import TeachRequest

INSERT = Insert(prompt="a mug", key="k", scene=1, mask=2, window=Box(10, 20, 2, 1))
SCENE = Picture(Size(2, 1), SampleFormat.RGBA8, bytes(8))
MASK = Picture(Size(2, 1), SampleFormat.GRAY8, b"\0\1")
ERROR = ErrorReport("storage_full", "a", "b", "c")


@pytest.mark.parametrize("asked", get_args(Ask), ids=tag)
def test_every_request_is_answered_by_one_kind_of_answer(asked: type) -> None:
    """A client knows what comes back before it asks."""
    assert answer_of(asked) in get_args(Answer)


def test_every_answer_answers_something() -> None:
    """There are no answers that nobody asked for."""
    assert {answer_of(asked) for asked in get_args(Ask)} == set(get_args(Answer))


def test_an_insert_becomes_the_request_to_compute() -> None:
    """With the pictures that were uploaded, and everything else as it was asked."""
    request = replace(INSERT, seed=7).request(SCENE, MASK)
    assert (request.scene, request.mask, request.prompt, request.seed) == (SCENE, MASK, "a mug", 7)


def test_an_insert_is_made_of_a_request() -> None:
    """And gives it again: nothing of what was asked for is lost on the way."""
    request = InsertRequest(scene=SCENE, mask=MASK, prompt="a mug", seed=7, variants=2)
    asked = Insert.of(request, key="k", scene=1, mask=2, window=Box.of(SCENE.size))
    assert asked.uploads == (1, 2) and asked.request(SCENE, MASK) == request


@pytest.mark.parametrize(
    ("event", "picture"),
    [
        (
            PreviewReady(stage=Stage.LOCAL, step=1, variant=2, box=Box(0, 0, 2, 1), size=SCENE.size),
            PreviewPicture("j", 2),
        ),
        (ResultReady(variant=1, seed=0, box=Box(0, 0, 2, 1)), ResultPicture("j", 1)),
        (SampleReady(3, SCENE.size), SamplePicture("j", 3)),
        (JobChanged(state=JobState.QUEUED), None),
    ],
)
def test_an_event_says_which_picture_it_announces(event: Happening, picture: Source | None) -> None:
    """A client fetches that, and need not know which kind of event has which."""
    assert JobEvent("j", 1, event).picture == picture


def test_an_insert_rejects_a_scene_of_another_size_than_its_window() -> None:
    """Else its result would lie in the wrong place."""
    with pytest.raises(InvalidPicture, match="window"):
        replace(INSERT, window=Box(0, 0, 3, 1)).request(SCENE, MASK)


def test_an_insert_keeps_the_limits_of_its_request() -> None:
    """What cannot be computed is not asked for."""
    with pytest.raises(InvalidRequest, match="seed"):
        replace(INSERT, seed=-1)


@pytest.mark.parametrize("subject", ["../pip", "a/b", "pip "])
def test_a_subject_is_named_by_an_id(subject: str) -> None:
    """Security 8: neither an insert nor a teaching carries a path."""
    with pytest.raises(InvalidMessage):
        replace(INSERT, subject=SubjectUse(subject=subject))
    with pytest.raises(InvalidMessage):
        Teach("k", TeachRequest(subject=subject))


def test_a_subject_by_its_id_passes() -> None:
    """The other half of the rule."""
    assert replace(INSERT, subject=SubjectUse(subject="pip")).subject == SubjectUse(subject="pip")
    assert Teach("k", TeachRequest(subject="pip")).request.subject == "pip"


def test_a_result_is_announced_where_it_lies_on_the_canvas() -> None:
    """The pipeline knows the window only."""
    layer = Picture(Size(1, 1), SampleFormat.RGBA8, bytes(4))
    red = Replacement(AttributeKind.COLOUR, "brown", "red")
    result = Result(variant=0, seed=3, box=Box(1, 0, 1, 1), layer=layer, replaced=(red,))
    ready = ResultReady.of(result, Box(10, 20, 2, 1))
    assert (ready.box, ready.seed, ready.replaced) == (Box(11, 20, 1, 1), 3, (red,))


@pytest.mark.parametrize(
    ("state", "error"), [(JobState.FAILED, None), (JobState.SUCCEEDED, ERROR), (JobState.QUEUED, ERROR)]
)
def test_an_error_belongs_to_failure_and_to_nothing_else(state: JobState, error: ErrorReport | None) -> None:
    """A job that failed says why."""
    with pytest.raises(InvalidMessage):
        JobChanged(state=state, error=error)
    with pytest.raises(InvalidMessage):
        JobInfo(job="j", key="k", kind=JobKind.INSERT, created="now", state=state, error=error, last=0)


def test_three_states_are_final() -> None:
    """Nothing follows them."""
    final = {state for state in JobState if state.final}
    assert final == {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


def test_requests_name_the_uploads_that_they_use() -> None:
    """The session lets go of an upload when it was used."""
    assert INSERT.uploads == (1, 2)
    assert CreateSubject(name="Pip", class_word="mug", pictures=(3, 4)).uploads == (3, 4)
    assert AddPictures("pip", (5,)).uploads == (5,)
    assert SetMask("pip", 0, 6).uploads == (6,)
    assert SetMask("pip", 0).uploads == ()
    assert ImportSubject(7).uploads == (7,)
    assert GetSubject("pip").uploads == ()


def test_describing_pictures_does_not_use_them_up() -> None:
    """The artist goes on to make a subject of them."""
    asked = DescribePictures("mug", (1,))
    assert asked.uploads == (1,) and not asked.uses_up and INSERT.uses_up


def test_a_form_says_how_many_bytes_travel() -> None:
    """Raw pixels have exactly the size that they imply."""
    assert PixelForm(Size(3, 2), SampleFormat.RGBA8).bytes == 24
    assert PixelForm(Size(3, 2), SampleFormat.GRAY8).bytes == 6
    assert FileForm(9).bytes == 9


def test_a_picture_too_large_is_not_declared() -> None:
    """Security 9: before anything is allocated for it."""
    with pytest.raises(InvalidPicture):
        PixelForm(Size(50_000, 50_000), SampleFormat.RGBA8)
    with pytest.raises(InvalidPicture):
        PlanInsert(canvas=Size(50_000, 50_000), region=Box(0, 0, 1, 1), settings=InsertSettings())


def test_a_canvas_may_have_more_pixels_than_a_picture() -> None:
    """No more of it travels than the part that an insert needs."""
    asked = PlanInsert(canvas=Size(30_000, 30_000), region=Box(0, 0, 9, 9), settings=InsertSettings())
    assert asked.canvas.area > MAX_AREA_PX


@pytest.mark.parametrize("kind", [ModelNotFound, StorageFull, DreamMixError])
def test_an_error_comes_back_from_its_report(kind: type[DreamMixError]) -> None:
    """The other end may catch it by its class."""
    error = ErrorReport.of(kind("a", "b", "c")).error()
    assert type(error) is kind
    assert (error.what, error.why, error.remedy) == ("a", "b", "c")


def test_an_unknown_error_is_still_one() -> None:
    """A newer program at the other end may know more of them."""
    assert type(ErrorReport("new", "a", "b", "c").error()) is DreamMixError


def test_a_report_holds_nothing_that_cannot_be_shown() -> None:
    """Security 10: texts of libraries and models come through it, at any length."""
    report = ErrorReport.of(DreamMixError("a\nb\u202ec\udc80", "<img>" * 1000, ""))
    assert report.what == "a b c"
    assert len(report.why) == MAX_ERROR_CHARACTERS


def test_each_side_has_the_other() -> None:
    """There are two."""
    assert Side.CLIENT.other is Side.SERVER and Side.SERVER.other is Side.CLIENT


def test_a_subject_is_made_with_the_attributes_of_its_dictionary() -> None:
    """They travel as they are kept."""
    red = Attribute(AttributeKind.COLOUR, "red")
    assert CreateSubject(name="Pip", class_word="mug", attributes=(red,)).attributes == (red,)
