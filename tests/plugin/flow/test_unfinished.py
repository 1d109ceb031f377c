"""What Krita left with the backend when it ended: found again at the next start, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol import OutOfMemory
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import ControlJob, JobChanged, JobInfo, JobKind, Jobs, JobState, ListJobs, Order
from dreammix.protocol.library import GetSubject, SubjectDetails
from dreammix_krita.notes import FOLDER
from dreammix_krita.texts import Words
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import BACKGROUND, FakeDocument, region
from tests.plugin.flow.scripted import BOX, NOW, Desk, Job, card

FILE = "/pictures/lawn.kra"


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Desk]:
    """A start of Krita with a document that has a file, and Pip chosen."""
    desk = Desk(tmp_path).ready()
    desk.document.path = FILE
    desk.document.selected = region(BOX, 128)
    desk.controller.look()
    yield desk
    desk.close()


def insert(desk: Desk, **wish: object) -> Job:
    """An insert that the backend knows; then Krita is gone."""
    desk.controller.change(words="red", **wish)
    job = desk.insert()
    job.begin()
    return job


def start_again(folder: Path, *jobs: Job, state: JobState = JobState.RUNNING, path: str = FILE) -> Desk:
    """Krita anew, with another document object; the backend still has the jobs."""
    desk = Desk(folder)
    desk.document = desk.canvas.active = FakeDocument(key="{another}", path=path, layer=None)
    desk.controller.look()
    desk.client.left = jobs
    desk.client.answers[ListJobs] = Jobs(tuple(job.info(state) for job in jobs))
    desk.ready()
    until(lambda: ListJobs() in desk.client.asked and len(desk.client.jobs) == len(jobs))
    return desk


def offered(desk: Desk) -> int:
    """How many results there are to choose from."""
    return sum(not outcome.used for outcome in desk.controller.outcomes)


def notes(folder: Path) -> list[str]:
    """The jobs that another start would find."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*"))


def test_an_insert_is_found_again_in_its_document(first: Desk, tmp_path: Path) -> None:
    """It runs on, can be seen, and what it paints is offered: nothing in a picture changes by itself."""
    job = insert(first)
    desk = start_again(tmp_path, job)
    assert [one.commission.title for one in desk.controller.jobs] == ["Pip: red"]
    desk.finish(desk.client.jobs[0], BOX)
    assert desk.document.added == []
    assert desk.controller.notice == (Words.WAITS_HERE, {"title": "Pip: red"})
    (outcome,) = desk.controller.outcomes
    assert (outcome.region, outcome.wish.words, outcome.origin) == (region(BOX, 128), "red", BACKGROUND)
    desk.controller.apply()
    assert [(added.layer.name, added.box) for added in desk.document.added] == [("Pip: red", BOX)]
    assert (desk.client.acknowledged, notes(tmp_path)) == ([job.id], [])
    desk.close()


def test_a_picture_that_was_never_saved_is_known_by_its_layers(first: Desk, tmp_path: Path) -> None:
    """Krita recovers it under another name, or none."""
    first.document.path = ""
    job = insert(first)
    desk = start_again(tmp_path, job, path="")
    desk.canvas.active = FakeDocument(key="{recovered}", layer=BACKGROUND)
    desk.controller.look()
    assert desk.controller.jobs[0].commission.document is desk.canvas.active
    desk.close()


def test_what_is_for_a_picture_that_is_not_open_is_offered_in_any(first: Desk, tmp_path: Path) -> None:
    """With the picture's name; it may be gone for ever."""
    job = insert(first)
    desk = start_again(tmp_path, job, path="/pictures/other.kra")
    desk.finish(desk.client.jobs[0], BOX)
    values = {"title": "Pip: red", "document": "picture.kra"}
    assert desk.controller.notice == (Words.WAITS_ELSEWHERE, values)
    assert desk.client.acknowledged == []
    desk.controller.apply()
    assert (len(desk.document.added), desk.client.acknowledged) == (1, [job.id])
    desk.close()


def test_a_picture_that_is_opened_later_takes_what_is_its_own(first: Desk, tmp_path: Path) -> None:
    """And elsewhere it is offered no more."""
    job = insert(first, variants=2)
    desk = start_again(tmp_path, job, path="/pictures/other.kra")
    desk.finish(desk.client.jobs[0], BOX)
    assert offered(desk) == 2
    other = desk.canvas.active
    desk.canvas.active = FakeDocument(key="{lawn}", path=FILE)
    desk.controller.look()
    assert (offered(desk), desk.controller.picked is None) == (2, False)
    assert desk.controller.notice == (Words.WAITS_HERE, {"title": "Pip: red"})
    desk.canvas.active = other
    desk.controller.look()
    assert offered(desk) == 0
    desk.close()


def test_a_picture_that_is_opened_while_it_runs_is_where_it_arrives(first: Desk, tmp_path: Path) -> None:
    """The preview is seen there, too."""
    job = insert(first)
    desk = start_again(tmp_path, job, path="/pictures/other.kra")
    document = desk.canvas.active = FakeDocument(key="{lawn}", path=FILE)
    desk.controller.look()
    desk.client.jobs[0].preview()
    until(lambda: any(sketch and sketch.picture for sketch in document.sketches))
    desk.finish(desk.client.jobs[0], BOX)
    assert len(desk.controller.outcomes) == 1
    desk.close()


def test_an_update_that_is_found_again_hides_what_it_replaces(first: Desk, tmp_path: Path) -> None:
    """But only once it is applied."""
    first.finish(first.insert(), BOX)
    old = first.document.added[0].layer
    first.controller.pick(first.controller.outcomes[0].id)
    first.controller.try_again()
    until(lambda: len(first.client.jobs) == 2)
    first.client.jobs[1].begin()
    desk = start_again(tmp_path, first.client.jobs[1])
    desk.document.added += first.document.added
    desk.finish(desk.client.jobs[0], BOX)
    assert desk.document.hidden == []
    desk.controller.apply()
    assert desk.document.hidden == [old]
    desk.close()


def test_variants_that_were_not_chosen_from_are_there_again(first: Desk, tmp_path: Path) -> None:
    """Those of a job that had ended, too."""
    job = insert(first, variants=3)
    first.finish(job, BOX)
    desk = start_again(tmp_path, job, state=JobState.SUCCEEDED)
    desk.finish(desk.client.jobs[0], BOX)
    assert [outcome.used for outcome in desk.controller.outcomes] == [False] * 3
    desk.close()


def test_what_runs_when_krita_is_closed_is_not_stopped(first: Desk, tmp_path: Path) -> None:
    """Its documents are closed, but not because nobody wants them any more."""
    job = insert(first)
    first.canvas.is_closing = True
    first.document.is_open, first.canvas.active = False, None
    first.controller.look()
    assert (job.orders, notes(tmp_path)) == ([], [job.id])


@pytest.mark.parametrize("fate", ["used", "cancelled", "discarded", "failed", "closed"])
def test_what_nobody_needs_is_not_found_again(first: Desk, tmp_path: Path, fate: str) -> None:
    """Nor does anything of it stay on disk."""
    job = insert(first, variants=2 if fate == "discarded" else 1)
    assert notes(tmp_path) == [job.id]
    match fate:
        case "cancelled":
            first.controller.cancel()
        case "failed":
            job.tell(JobChanged(state=JobState.FAILED, error=FULL))
        case "closed":
            first.document.is_open, first.canvas.active = False, None
            first.controller.look()
        case _:
            first.finish(job, BOX)
    if fate == "discarded":
        first.controller.discard()
        first.controller.discard()
    assert notes(tmp_path) == []


def test_a_job_without_a_note_is_cleared_away(first: Desk, tmp_path: Path) -> None:
    """It was cancelled, and Krita ended before the backend heard of it."""
    job = insert(first)
    first.controller.cancel()
    desk = Desk(tmp_path)
    desk.client.answers |= {ListJobs: Jobs((job.info(),)), ControlJob: job.info(JobState.CANCELLED)}
    desk.ready()
    until(lambda: desk.client.acknowledged == [job.id])
    assert ControlJob(job.id, Order.CANCEL) in desk.client.asked
    assert desk.controller.jobs == ()
    desk.close()


def test_a_note_without_a_job_goes(first: Desk, tmp_path: Path) -> None:
    """The backend has forgotten it."""
    insert(first)
    desk = start_again(tmp_path)
    until(lambda: notes(tmp_path) == [])
    desk.close()


def test_it_is_asked_once_a_start(first: Desk, tmp_path: Path) -> None:
    """After a lost connection the jobs of this start are known already."""
    first.client.lose()
    first.client.arrive()
    first.client.answers[ListJobs] = Jobs(())
    until(lambda: first.controller.plan is not None)
    assert first.client.asked.count(ListJobs()) == 1


FULL = ErrorReport.of(OutOfMemory("The card is full", "others use it", "Close them"))


def lesson(state: JobState, error: ErrorReport | None = None) -> JobInfo:
    """A teaching of Pip."""
    return JobInfo(
        job="lesson",
        key="key",
        kind=JobKind.TEACH,
        subject="pip",
        created=NOW,
        state=state,
        error=error,
        last=0,
    )


@pytest.mark.parametrize(
    ("state", "words", "acknowledged"),
    [
        (JobState.RUNNING, Words.STILL_TAUGHT, []),
        (JobState.PAUSED, Words.STILL_TAUGHT, []),
        (JobState.SUCCEEDED, Words.TAUGHT_AWAY, ["lesson"]),
    ],
)
def test_what_became_of_a_teaching_is_told(
    tmp_path: Path, state: JobState, words: Words, acknowledged: list[str]
) -> None:
    """By the subject's name; it went on while Krita was closed."""
    desk = Desk(tmp_path)
    details = SubjectDetails(
        card=card("Pip"), attributes=(), pictures=(), versions=(), created=NOW, disk_bytes=1
    )
    desk.client.answers |= {ListJobs: Jobs((lesson(state),)), GetSubject: details}
    desk.ready()
    until(lambda: desk.controller.notice == (words, {"subject": "Pip"}))
    assert desk.client.acknowledged == acknowledged
    desk.close()


def test_a_teaching_that_failed_meanwhile_says_why(tmp_path: Path) -> None:
    """Once: it is not needed any more."""
    desk = Desk(tmp_path)
    desk.client.answers[ListJobs] = Jobs((lesson(JobState.FAILED, FULL),))
    desk.ready()
    until(lambda: desk.controller.trouble is not None)
    assert str(desk.controller.trouble) == str(FULL.error())
    assert desk.client.acknowledged == ["lesson"]
    desk.close()
