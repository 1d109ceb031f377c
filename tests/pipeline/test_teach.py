"""Teaching a subject of the library, from its pictures to a version of it."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dreammix.files import png
from dreammix.geometry import to_picture
from dreammix.models.lora import read_lora
from dreammix.pipeline import Pipeline
from dreammix.pipeline.painting import paint
from dreammix.pipeline.teach import teach_subject, wanted_pictures
from dreammix.protocol import (
    Attribute,
    AttributeKind,
    Cancelled,
    InvalidRequest,
    InvalidSubject,
    Picture,
    RegularKind,
    SampleFormat,
    Size,
    StorageFull,
    SubjectNotFound,
    Taught,
    TeachEvent,
    TeachProgress,
    TeachRequest,
    TeachSample,
    TeachSettings,
    TeachStage,
)
from dreammix.subjects import Library, NewPicture, Subject
from dreammix.training import Lesson

QUICK = TeachSettings(steps=3, batch=1, rate=1e-2, rank=2, regular_pictures=2, regular_batch=1, samples=1)
DESCRIBED = replace(QUICK, regular=RegularKind.DESCRIBED)


class Middle:
    """A segmenter that finds everything in the middle."""

    def __init__(self, fingerprint: str = "middle") -> None:
        self.asked: list[Size] = []
        self.fingerprint = fingerprint

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """A box of half the sides."""
        self.asked.append(picture.size)
        height, width = picture.size.height, picture.size.width
        mask = np.zeros((height, width), np.uint8)
        mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
        return to_picture(mask)


class Blue:
    """Sees blue hats, whatever is shown to it; keeps what that is."""

    def __init__(self) -> None:
        self.shown: list[Picture] = []

    def __call__(self, pictures: Sequence[Picture], sentences: Sequence[str]) -> list[list[float]]:
        """Ten for what it sees."""
        self.shown += pictures
        seen = [10.0 * bool({"blue", "hat"} & set(said.split())) for said in sentences]
        return [seen] * len(pictures)


@pytest.fixture(autouse=True)
def small_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few pairs of picture and mask, and one thread."""
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An artist's, with nothing in it."""
    return Library(tmp_path)


@pytest.fixture
def pip(library: Library) -> Subject:
    """A subject of one picture with a mask, one whose ground is transparent, and one of neither."""
    rng = np.random.default_rng(1)
    opaque, cut, plain = (
        np.dstack([rng.integers(0, 256, (40, 48, 3), dtype=np.uint8), np.full((40, 48), 255, np.uint8)])
        for _ in range(3)
    )
    cut[:10, :, 3] = 0
    mask = np.zeros((40, 48), np.uint8)
    mask[5:30, 5:30] = 255
    return library.create(
        "Pip",
        "mug",
        (Attribute(AttributeKind.COLOUR, "red"),),
        [
            NewPicture(png(to_picture(opaque)), png(to_picture(mask))),
            NewPicture(png(to_picture(cut))),
            NewPicture(png(to_picture(plain))),
        ],
    )


def test_a_subject_becomes_a_version(pipeline: Pipeline, library: Library, pip: Subject) -> None:
    """Regular pictures, steps, a sample, and at last a version whose files load; no checkpoint is left."""
    segmenter = Middle()
    request = TeachRequest(subject=pip.id, seed=4, settings=QUICK)
    events = list(teach_subject(pipeline.model, library, request, segmenter))
    stages = [(event.stage, event.step) for event in events if isinstance(event, TeachProgress)]
    assert stages == [(TeachStage.REGULAR, 1), (TeachStage.REGULAR, 2)] + [
        (TeachStage.TEACHING, step) for step in (1, 2, 3)
    ]
    (sample,) = (event for event in events if isinstance(event, TeachSample))
    assert sample.picture.size == Size(32, 32)
    taught = events[-1]
    assert isinstance(taught, Taught)
    assert (taught.subject, taught.version) == (pip.id, 1)
    (version,) = library.get(pip.id).loras
    assert (version.base, version.base_hash) == ("tiny", pipeline.model.fingerprint)
    assert (version.token, version.steps, version.seed) == ("q", 3, 4)
    assert read_lora(library.lora_path(pip.id), pipeline.model.unet).rank == 2
    assert list(library.work_folder(pip.id).iterdir()) == [library.regular_folder(pip.id)]
    assert segmenter.asked == [Size(48, 40)] + 2 * [Size(32, 32)]


def test_a_second_teaching_paints_no_regular_picture(
    pipeline: Pipeline, library: Library, pip: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its seed and settings: they are found in the subject's work folder."""
    list(teach_subject(pipeline.model, library, TeachRequest(subject=pip.id, settings=QUICK), Middle()))
    segmenter = Middle()
    second = TeachRequest(subject=pip.id, seed=9, settings=QUICK)
    events = list(teach_subject(pipeline.model, library, second, segmenter))
    assert isinstance(events[-1], Taught)
    assert events[-1].version == 2
    assert segmenter.asked == [Size(48, 40)]


def test_another_segmenter_masks_the_regular_pictures_anew(
    pipeline: Pipeline, library: Library, pip: Subject
) -> None:
    """What was masked with other settings or weights is not taken for what these would find."""
    request = TeachRequest(subject=pip.id, settings=QUICK)
    list(teach_subject(pipeline.model, library, request, Middle()))
    other = Middle("middle, retrained")
    list(teach_subject(pipeline.model, library, request, other))
    assert other.asked == [Size(48, 40)] + 2 * [Size(32, 32)]


def test_a_subject_that_has_all_versions_is_not_taught(
    pipeline: Pipeline, library: Library, pip: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said before anything is painted, and what helps; then there is room."""
    monkeypatch.setattr("dreammix.subjects.choosing.MAX_SUBJECT_VERSIONS", 1)
    request = TeachRequest(subject=pip.id, settings=QUICK)
    list(teach_subject(pipeline.model, library, request, Middle()))
    segmenter = Middle()
    with pytest.raises(InvalidRequest, match="forget"):
        next(iter(teach_subject(pipeline.model, library, request, segmenter)))
    assert segmenter.asked == []
    library.remove_lora(pip.id, 1)
    next(iter(teach_subject(pipeline.model, library, request, segmenter)))


def test_cancel_answers_within_a_step_of_a_regular_picture(
    pipeline: Pipeline, library: Library, pip: Subject
) -> None:
    """Nobody waits for a picture: it is asked for after every step of painting, and nothing was kept."""
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 4

    request = TeachRequest(subject=pip.id, settings=QUICK)
    with pytest.raises(Cancelled):
        list(teach_subject(pipeline.model, library, request, Middle(), cancelled=cancelled))
    assert len(asked) == 4
    assert list(library.regular_folder(pip.id).iterdir()) == []


@pytest.mark.parametrize("settings", [QUICK, DESCRIBED])
def test_an_interrupted_teaching_goes_on(
    pipeline: Pipeline, library: Library, pip: Subject, settings: TeachSettings
) -> None:
    """Closed after its first step, it begins with the second; the result is that of one that was not."""
    request = TeachRequest(subject=pip.id, seed=4, settings=settings)

    def teaching() -> Generator[TeachEvent]:
        return teach_subject(pipeline.model, library, request, Middle(), sight=Blue())

    begun = teaching()
    for event in begun:
        if isinstance(event, TeachProgress) and event.stage is TeachStage.TEACHING:
            break
    begun.close()
    assert steps_of(list(teaching())) == [2, 3]
    assert steps_of(list(teaching())) == [1, 2, 3]
    first, second = library.get(pip.id).loras
    assert first.diffusers == second.diffusers


def steps_of(events: list[TeachEvent]) -> list[int]:
    """The numbers of a teaching's steps."""
    return [
        event.step
        for event in events
        if isinstance(event, TeachProgress) and event.stage is TeachStage.TEACHING
    ]


def test_what_cannot_be_kept_is_not_learned_twice(
    pipeline: Pipeline, library: Library, pip: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk at the very end costs no step: the same teaching, asked for again, only keeps it."""

    def full(*_: object, **__: object) -> None:
        raise StorageFull("Cannot write", "no space", "Free some")

    request = TeachRequest(subject=pip.id, seed=4, settings=QUICK)
    with monkeypatch.context() as filled:
        filled.setattr(library, "add_lora", full)
        with pytest.raises(StorageFull):
            list(teach_subject(pipeline.model, library, request, Middle()))
    events = list(teach_subject(pipeline.model, library, request, Middle()))
    assert steps_of(events) == [] and isinstance(events[-1], Taught)
    assert library.get(pip.id).active == 1


@pytest.mark.parametrize("stage", TeachStage)
def test_a_subject_that_is_deleted_while_it_is_taught_is_missed(
    pipeline: Pipeline, library: Library, pip: Subject, stage: TeachStage
) -> None:
    """It is said to be gone, leaves nothing behind, and can be restored."""
    request = TeachRequest(subject=pip.id, settings=replace(QUICK, regular_pictures=1))
    teaching = teach_subject(pipeline.model, library, request, Middle())
    for event in teaching:
        if isinstance(event, TeachProgress) and event.stage is stage:
            library.delete(pip.id)
            break
    with pytest.raises(SubjectNotFound):
        list(teaching)
    assert library.problems() == ()
    assert library.restore(pip.id).id == pip.id


def test_unfit_pictures_show_before_anything_is_painted(pipeline: Pipeline, library: Library) -> None:
    """An empty subject, or one of a blank picture."""
    empty = library.create("Nothing", "mug")
    blank = Picture(Size(40, 40), SampleFormat.RGBA8, bytes([255]) * 6400)
    white = library.create("Blank", "mug", pictures=[NewPicture(png(blank))])
    for subject, said in ((empty, "no pictures"), (white, "^Picture 1 ")):
        request = TeachRequest(subject=subject.id, settings=QUICK)
        with pytest.raises(InvalidSubject, match=said):
            next(iter(teach_subject(pipeline.model, library, request, Middle())))


def test_a_picture_without_its_thing_is_named(pipeline: Pipeline, library: Library, pip: Subject) -> None:
    """Where the segmenter finds nothing, the artist is told in which of the pictures."""

    class Blind(Middle):
        def segment(self, picture: Picture, class_word: str) -> Picture:
            raise InvalidSubject("No mug was found in the picture", "it is not there", "Draw it")

    request = TeachRequest(subject=pip.id, settings=QUICK)
    with pytest.raises(InvalidSubject, match=r"^Picture 3: No mug was found"):
        next(iter(teach_subject(pipeline.model, library, request, Blind())))


def test_the_time_left_is_estimated_for_each_stage(
    pipeline: Pipeline, library: Library, pip: Subject
) -> None:
    """None at first; with a clock that ticks once a look, as many ticks as steps are left."""
    ticks = iter(range(1000))
    request = TeachRequest(subject=pip.id, settings=QUICK)
    events = teach_subject(pipeline.model, library, request, Middle(), clock=lambda: float(next(ticks)))
    told = [event.seconds_left for event in events if isinstance(event, TeachProgress)]
    assert told[:2] == [None, 0.0]
    assert told[2] is None
    assert told[3] is not None
    assert told[3] > 0
    assert told[4] == 0.0


def test_class_pictures_are_of_the_bare_class(pip: Subject) -> None:
    """DreamBooth's regular data: no attributes, no token."""
    wanted = wanted_pictures(pip, "q", TeachSettings(regular=RegularKind.CLASS, regular_pictures=3))
    assert [(one.words, one.prompt) for one in wanted] == [("a mug", "a mug")] * 3


def test_regular_pictures_are_learned_with_the_token(pip: Subject) -> None:
    """ADM: what is painted from plain words is learned under the same with the token."""
    for one in wanted_pictures(pip, "q", TeachSettings(regular_pictures=8)):
        assert " q " in f" {one.prompt} "
        assert " q " not in f" {one.words} "
        assert one.prompt.split()[2:] == one.words.split()[1:]


def test_regular_pictures_are_learned_under_what_they_show(
    pipeline: Pipeline, library: Library, pip: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not under what was asked for: a CLIP is shown what the mask leaves, and its words go to the lesson."""
    lessons: list[Lesson] = []

    def learn(model: object, lesson: Lesson, *_: object, **__: object) -> Iterator[TeachEvent]:
        lessons.append(lesson)
        raise Cancelled("The teaching was cancelled", "the test has seen enough", "Nothing")

    monkeypatch.setattr("dreammix.pipeline.teach.teach", learn)
    sight = Blue()
    request = TeachRequest(subject=pip.id, settings=DESCRIBED)
    with pytest.raises(Cancelled):
        list(teach_subject(pipeline.model, library, request, Middle(), sight=sight))
    (lesson,) = lessons
    assert len(lesson.regular) == QUICK.regular_pictures == len(sight.shown)
    for example in lesson.regular:
        said = set(example.prompt.replace(",", "").split())
        assert said - {"in"} == {"a", "q", "blue", "mug", "with", "hat"}
    assert {picture.data[3] for picture in sight.shown} == {0}


def test_without_a_clip_nothing_is_described(pipeline: Pipeline, library: Library, pip: Subject) -> None:
    """Who asks for descriptions of a base that brings none is told so before anything is painted."""
    request = TeachRequest(subject=pip.id, settings=DESCRIBED)
    with pytest.raises(InvalidRequest, match="no CLIP"):
        next(iter(teach_subject(pipeline.model, library, request, Middle())))


def test_painting_in_a_batch_is_painting_one_by_one(pipeline: Pipeline) -> None:
    """Each prompt keeps its own words and noise."""
    together = paint(pipeline.model, ["red", "a dot"], [1, 2])
    alone = (paint(pipeline.model, ["red"], [1])[0], paint(pipeline.model, ["a dot"], [2])[0])
    for one, other in zip(together, alone, strict=True):
        difference = np.frombuffer(one.data, np.uint8).astype(int) - np.frombuffer(other.data, np.uint8)
        assert abs(difference).max() <= 1
    assert together[0] != together[1]
